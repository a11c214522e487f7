/** A protobuf Duration (`34.07s`), milliseconds (`900ms`), or Go's way (`3h21m4s`), in milliseconds; undefined for anything else. */
export function durationMs(text: string): number | undefined {
  const match = /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/.exec(text.trim())
  if (match === null || match[0] === '') return undefined
  const [, hours = 0, minutes = 0, seconds = 0, milliseconds = 0] = match
  return Math.ceil(Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1_000 + Number(milliseconds))
}

const IN = /retry in (\d+(?:\.\d+)?(?:ms|s))\b/
const AFTER = /after ((?:\d+h)?(?:\d+m)?\d+(?:\.\d+)?s|\d+h(?:\d+m)?|\d+m)\b/

/** What a message says about when to come back: `retry in 34.07s`, `after 3h21m4s`. */
export function durationInWords(message: string): number | undefined {
  const [, text] = IN.exec(message) ?? AFTER.exec(message) ?? []
  return text === undefined ? undefined : durationMs(text)
}

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** Until the next midnight in California, when quotas per day begin anew (`providers.md` §1.5). */
export function untilPacificMidnight(now: number): number {
  const left = DAY_MS - pacificTimeOfDay(now)
  // On the two nights of the year that are an hour longer or shorter.
  const drift = pacificTimeOfDay(now + left)
  return left + (drift > DAY_MS / 2 ? DAY_MS - drift : -Math.min(drift, HOUR_MS))
}

const PACIFIC = new Intl.DateTimeFormat('en-US', { timeZone: 'America/Los_Angeles', hourCycle: 'h23', hour: 'numeric', minute: 'numeric', second: 'numeric' })

function pacificTimeOfDay(time: number): number {
  const part = (type: string) => Number(PACIFIC.formatToParts(time).find(found => found.type === type)?.value ?? 0)
  return ((part('hour') * 60 + part('minute')) * 60 + part('second')) * 1_000 + (time % 1_000)
}

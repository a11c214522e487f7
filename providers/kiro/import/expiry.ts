/** The end of a token's life in wall-clock milliseconds, from any way of writing it; undefined when it cannot be read. */
export function expiryMs(value: unknown): number | undefined {
  if (typeof value === 'number') return fromEpoch(value)
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  if (/^\d+(\.\d+)?$/.test(text)) return fromEpoch(Number(text))
  return fromIso(text)
}

/** Seconds below ten thousand million, milliseconds above (`kiro.md` §2.1). */
function fromEpoch(number: number): number | undefined {
  if (!Number.isFinite(number) || number <= 0 || number > 8.64e15) return undefined
  return Math.round(number < 1e10 ? number * 1000 : number)
}

/** Clients write up to nine fractional digits, and client registrations no zone, which then is UTC. */
function fromIso(text: string): number | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(\.\d{1,9})?\s*(Z|[+-]\d{2}:?\d{2})?$/i.exec(text)
  if (match === null) return undefined
  const [, date, time, fraction = '', zone = 'Z'] = match
  const parsed = Date.parse(`${date}T${time}${fraction.slice(0, 4)}${zone.toUpperCase().replace(/^([+-]\d{2})(\d{2})$/, '$1:$2')}`)
  return Number.isNaN(parsed) ? undefined : parsed
}

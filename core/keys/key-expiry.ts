import { GatewayError } from '../errors/gateway-error.ts'

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/**
 * When a key ends, from `30d`, `12h`, `2026-12-31` (the end of that day, UTC) or a full ISO time.
 * @throws GatewayError `bad_request`
 */
export function parseExpiry(text: string, now: number): number {
  const at = endOf(text.trim(), now)
  if (at === undefined)
    throw new GatewayError('bad_request', `--expires ${JSON.stringify(text.slice(0, 40))} is no time; write 30d, 12h, 2026-12-31 or 2026-12-31T18:00:00Z`)
  if (at <= now) throw new GatewayError('bad_request', `--expires ${text.slice(0, 40)} is in the past`)
  return at
}

function endOf(text: string, now: number): number | undefined {
  const [, count, unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? []
  if (count !== undefined) return now + Number(count) * (UNITS[unit] ?? 0)
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return finite(Date.parse(`${text}T23:59:59.999Z`))
  // Without a zone it would mean another moment on each machine.
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/.test(text) ? finite(Date.parse(text)) : undefined
}

function finite(at: number): number | undefined {
  return Number.isFinite(at) ? at : undefined
}

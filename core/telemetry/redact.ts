import { GatewayError } from '../errors/gateway-error.ts'

const REMOVED = '[redacted]'
const MAX_DEPTH = 4
const MAX_TEXT = 4_000
const MAX_ITEMS = 50

/** Field names whose value is a secret whatever it looks like. */
const SECRET_NAME = /authorization|cookie|password|passwd|secret|token(?!s|Count|_count|Usage)|api[-_]?key|credential|^key$|code_?verifier|device_?code/i

/** Secrets by their looks, in any text: client keys, Kiro tokens and keys, bearer values, JWTs, AWS ARNs with account numbers, URL passwords. */
const SECRET_TEXT = new RegExp(
  [
    String.raw`\bsk-[A-Za-z0-9_-]{12,}`,
    String.raw`\bksk_[A-Za-z0-9_-]{6,}`,
    String.raw`\bao[ar][A-Za-z0-9][A-Za-z0-9_+/=:-]{15,}`,
    String.raw`\bBearer\s+[^\s"',]+`,
    String.raw`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_.-]+`,
    String.raw`\barn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:\d{6,}:[^\s"',]+`,
    String.raw`(?<=://[^\s/:@]{0,200}:)[^\s/@]+(?=@)`,
    String.raw`(?<=[?&](?:key|token|code|state)=)[^&\s"']+`,
  ].join('|'),
  'g',
)

/** Text without anything that looks like a secret. */
export function redactText(text: string): string {
  const short = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length} characters)` : text
  return short.replace(SECRET_TEXT, REMOVED)
}

/** A copy of a log line's fields that is safe to write: bounded, and without secrets by name or by looks. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? '[function]' : value
  if (value instanceof Error) return redactError(value, depth)
  if (depth >= MAX_DEPTH) return '[…]'
  if (Buffer.isBuffer(value)) return `[${value.length} bytes]`
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map(item => redact(item, depth + 1))
  const safe: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value).slice(0, MAX_ITEMS)) {
    safe[name] = typeof member === 'string' && SECRET_NAME.test(name) ? REMOVED : redact(member, depth + 1)
  }
  return safe
}

function redactError(error: Error, depth: number): unknown {
  const known = GatewayError.is(error) ? error : undefined
  return {
    name: error.name,
    message: redactText(error.message),
    ...(known ? { code: known.code, scope: known.scope, ...(known.reason ? { reason: redactText(known.reason) } : {}) } : {}),
    ...('code' in error && !known ? { code: String(error.code) } : {}),
    ...(error.stack && known?.scope !== 'request' ? { stack: redactText(error.stack) } : {}),
    ...(error.cause !== undefined && depth < MAX_DEPTH ? { cause: redact(error.cause, depth + 1) } : {}),
  }
}

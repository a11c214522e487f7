import { GatewayError } from '../errors/gateway-error.ts'

const REMOVED = '[redacted]'
const MAX_DEPTH = 4
const MAX_TEXT = 4_000
const MAX_ITEMS = 50
/** What is looked at beyond a cut, so that no secret is cut into one that is not known any more. */
const OVERLAP = 4_096
/** The longest beginning of a secret that does not yet look like one. */
const STUMP = 64

/** Field names whose value is a secret whatever it looks like. */
const SECRET_NAME = /authorization|cookie|password|passwd|secret|token(?!s|Count|_count|Usage)|api[-_]?key|credential|^key$|code_?verifier|device_?code/i

const NAMED = '(?:token|secret|password|authorization|cookie|api[-_]?key|credential)'

/** Secrets by their looks or by the name before them, in any text. Each alternative begins with a plain character or a bounded look behind: linear. */
const SECRET_TEXT = new RegExp(
  [
    // Client keys, Kiro's keys and tokens, Google's keys and tokens, JWTs.
    String.raw`\bsk-[a-z0-9_-]{12,}`,
    String.raw`\bksk_[a-z0-9_-]{6,}`,
    String.raw`\bao[ar][a-z0-9][a-z0-9_+/=:-]{15,}`,
    String.raw`\bAIza[a-z0-9_-]{20,}`,
    String.raw`\bya29\.[a-z0-9_.-]{8,}`,
    String.raw`\beyJ[a-z0-9_-]{8,}\.[a-z0-9_.-]+`,
    // Header values.
    String.raw`\bBearer\s+(?!token\b)[^\s"',)]+`,
    String.raw`\bBasic\s+(?=[a-z]{0,40}[0-9=+/])[a-z0-9+/=_-]{8,}`,
    String.raw`(?<=\b(?:authorization|cookie|api-key):\s{0,3})[^\s"'{[\\][^\r\n"'\\]*`,
    // Account numbers and profile names.
    String.raw`\barn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:\d{6,}:[^\s"',]+`,
    // Passwords in URLs, secrets in queries and forms.
    String.raw`(?<=://[^\s/:@]{0,200}:)[^\s/]+(?=@)`,
    String.raw`(?<=[?&](?:key|code|state)=)[^&\s"']+`,
    `(?<=${NAMED}=)[^&\\s"',;]+`,
    // Members of JSON text, also of JSON inside JSON.
    String.raw`(?<=${NAMED}\\{0,8}["']\s{0,4}:\s{0,4}\\{0,8}["'])[^"'\\]+`,
  ].join('|'),
  'gi',
)

/**
 * Text without anything that looks like a secret.
 * @param longest characters that are kept of it
 */
export function redactText(text: string, longest = MAX_TEXT): string {
  if (text.length <= longest) return text.replace(SECRET_TEXT, REMOVED)
  const start = text.slice(0, longest + OVERLAP).replace(SECRET_TEXT, REMOVED)
  return `${start.slice(0, Math.min(longest, start.length - STUMP))}… (${text.length} characters)`
}

/** A copy of a log line's fields that is safe to write: bounded, and without secrets by name or by looks. */
export function redact(value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case 'string':
      return redactText(value)
    case 'bigint':
    case 'symbol':
      return redactText(String(value))
    case 'function':
      return '[function]'
    case 'object':
      return value === null ? null : redactObject(value, depth)
    default:
      return value
  }
}

function redactObject(value: object, depth: number): unknown {
  if (value instanceof Error) return redactError(value, depth)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'no date' : value.toISOString()
  if (value instanceof URL) return redactText(value.href)
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (depth >= MAX_DEPTH) return '[…]'
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map(item => redact(item, depth + 1))
  const safe: Record<string, unknown> = {}
  for (const name of Object.keys(value).slice(0, MAX_ITEMS)) safe[redactText(name)] = redactMember(value as Record<string, unknown>, name, depth)
  return safe
}

function redactMember(value: Record<string, unknown>, name: string, depth: number): unknown {
  let member: unknown
  try {
    member = value[name]
  } catch {
    return '[unreadable]'
  }
  // Counts and switches tell nothing: `inputTokens`, `hasToken`.
  const open = member === null || member === undefined || typeof member === 'number' || typeof member === 'boolean'
  return !open && SECRET_NAME.test(name) ? REMOVED : redact(member, depth + 1)
}

function redactError(error: Error, depth: number): unknown {
  const known = GatewayError.is(error) ? error : undefined
  return {
    name: redactText(String(error.name)),
    message: redactText(String(error.message)),
    ...(known ? { code: known.code, scope: known.scope, ...(known.reason ? { reason: redactText(known.reason) } : {}) } : {}),
    ...('code' in error && !known ? { code: redact(error.code, MAX_DEPTH) } : {}),
    ...(error.stack && known?.scope !== 'request' ? { stack: redactText(error.stack) } : {}),
    ...(error instanceof AggregateError && depth < MAX_DEPTH ? { errors: redact(error.errors, depth + 1) } : {}),
    ...(error.cause !== undefined && depth < MAX_DEPTH ? { cause: redact(error.cause, depth + 1) } : {}),
  }
}

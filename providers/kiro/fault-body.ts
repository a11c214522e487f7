/** What a refusal says, whatever the shape of its body (`kiro.md` §7.1). Nothing of it may reach a client. */
export interface FaultWords {
  /** Upper case. */
  readonly reason: string | undefined
  /** Lower case. */
  readonly message: string
  readonly exception: string | undefined
  readonly html: boolean
}

/** A longer text is a document, not a message. */
const MAX_PLAIN_TEXT = 4096
const WORD = /^[A-Za-z][A-Za-z0-9_]{0,63}$/

/** @param name the exception's name where something beside the body tells it: a header, a frame */
export function readFaultBody(body: string, name: string | undefined): FaultWords {
  const text = body.trim()
  const given = exceptionName(name)
  const parsed = parse(text)
  if (parsed === undefined) {
    const html = text.startsWith('<')
    return { reason: undefined, message: html || text.length > MAX_PLAIN_TEXT ? '' : text.toLowerCase(), exception: given, html }
  }
  // Some hosts nest the members under `error`, some frames under the exception's own name.
  const nested = asObject(given === undefined ? undefined : parsed[given]) ?? asObject(parsed['error']) ?? asObject(parsed['Error'])
  const first = (...names: readonly string[]): string | undefined => {
    for (const source of nested ? [nested, parsed] : [parsed]) {
      for (const member of names) {
        const value = source[member]
        if (typeof value === 'string' && value !== '') return value
      }
    }
    return undefined
  }
  return {
    reason: word(first('reason', 'Reason'))?.toUpperCase(),
    message: (first('message', 'Message', 'errorMessage', 'error_description') ?? '').toLowerCase(),
    exception: given ?? exceptionName(first('__type', 'type', 'code', 'error')),
    html: false,
  }
}

/** `com.amazon…#AccessDeniedException`, `ValidationException:http://…` → the bare name. */
function exceptionName(text: string | undefined): string | undefined {
  return word(text?.split(':', 1)[0]?.split('#').at(-1)?.trim())
}

/** Reasons go into logs: only what looks like a word of a fixed list, never free text. */
function word(text: string | undefined): string | undefined {
  return text !== undefined && WORD.test(text) ? text : undefined
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    return asObject(JSON.parse(text))
  } catch {
    return undefined
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined
}

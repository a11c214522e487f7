import { isRecord, type Json } from './content.ts'

/** What a refusal says, whatever the shape of its body (`providers.md` §6.6). */
export interface FaultWords {
  /** Its code and type words, lower case. */
  readonly codes: readonly string[]
  /** As it stands: for the eyes of whoever wrote the request, after secrets are taken out. A relay's upstream has the word before the relay. */
  readonly message: string
  /** Everything that is said, in lower case, by whoever it is said. */
  readonly text: string
  /** The status that the body names; several services say it nowhere else. */
  readonly status: number | undefined
  readonly param: string | undefined
  readonly html: boolean
}

/** A longer text is a document, not a message. */
const MAX_PLAIN_TEXT = 4096
const WORD = /^(?:[A-Za-z][\w.:-]{0,79}|\d{1,6})$/
const STATUS = /^[45]\d\d$/

export function readFaultBody(body: string): FaultWords {
  const text = body.trim()
  const parsed = parse(text.replace(/^data:\s*/, ''))
  if (parsed === undefined) {
    const html = text.startsWith('<')
    const message = html || text.length > MAX_PLAIN_TEXT ? '' : text
    return { codes: [], message, text: message.toLowerCase(), param: undefined, html, status: undefined }
  }
  const own = sourcesOf(parsed)
  const relayed = relayedBy(parsed)
  const sources = [...own, ...relayed.sources]
  const codes = sources.flatMap(source => [source['code'], source['type'], source['status'], source['status_code']]).flatMap(word)
  const messages = [...relayed.texts, ...relayed.sources.flatMap(messagesOf), ...own.flatMap(messagesOf)]
  const param = sources.map(source => source['param']).find((value): value is string => typeof value === 'string' && value !== '')
  return {
    codes: [...new Set(codes)],
    message: messages[0] ?? '',
    text: messages.join('\n').toLowerCase(),
    param,
    html: false,
    status: own.flatMap(({ code, status, status_code }) => [code, status, status_code]).flatMap(statusOf)[0],
  }
}

/** The error's own members first. */
function sourcesOf(parsed: Json): readonly Json[] {
  const { error, errors, base_resp: base } = parsed
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined
  return [error, first, base, parsed].filter(isRecord)
}

/** What a relay's upstream said: OpenRouter puts its body beside empty words of its own, as text or as it is. */
function relayedBy({ error }: Json): { readonly sources: readonly Json[]; readonly texts: readonly string[] } {
  const metadata = isRecord(error) && isRecord(error['metadata']) ? error['metadata'] : {}
  const { raw } = metadata
  const body = typeof raw === 'string' ? parse(raw.trim().replace(/^data:\s*/, '')) : isRecord(raw) ? raw : undefined
  if (body !== undefined) return { sources: sourcesOf(body), texts: [] }
  const plain = typeof raw === 'string' && !raw.trimStart().startsWith('<') && raw.length <= MAX_PLAIN_TEXT ? raw.trim() : ''
  return { sources: [], texts: plain === '' ? [] : [plain] }
}

function messagesOf(source: Json): readonly string[] {
  return [source['message'], source['detail'], source['error'], source['msg'], source['status_msg']].flatMap(messageOf)
}

function statusOf(value: unknown): readonly number[] {
  return (typeof value === 'number' || typeof value === 'string') && STATUS.test(String(value)) ? [Number(value)] : []
}

function messageOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value]
  if (!Array.isArray(value)) return []
  // FastAPI: a list of places with what is wrong there.
  return [
    value.flatMap((item: unknown) => (isRecord(item) && typeof item['msg'] === 'string' ? [`${place(item['loc'])}${item['msg']}`] : [])).join('; '),
  ].filter(text => text !== '')
}

function place(loc: unknown): string {
  return Array.isArray(loc) ? `${loc.join('.')}: ` : ''
}

/** Reasons go into logs: only what looks like a word of a fixed list, never free text. */
function word(value: unknown): readonly string[] {
  if (typeof value === 'number') return [String(value)]
  return typeof value === 'string' && WORD.test(value) ? [value.toLowerCase()] : []
}

function parse(text: string): Json | undefined {
  if (!text.startsWith('{') && !text.startsWith('[')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : Array.isArray(value) && isRecord(value[0]) ? value[0] : undefined
  } catch {
    return undefined
  }
}

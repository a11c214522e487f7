import { isRecord, type Json } from './content.ts'

/** What a refusal says, whatever the shape of its body (`providers.md` §6.6). */
export interface FaultWords {
  /** Its code and type words, lower case. */
  readonly codes: readonly string[]
  /** As it stands: for the eyes of whoever wrote the request, after secrets are taken out. */
  readonly message: string
  readonly param: string | undefined
  readonly html: boolean
}

/** A longer text is a document, not a message. */
const MAX_PLAIN_TEXT = 4096
const WORD = /^[A-Za-z][\w.:-]{0,79}$/

export function readFaultBody(body: string): FaultWords {
  const text = body.trim()
  const parsed = parse(text.replace(/^data:\s*/, ''))
  if (parsed === undefined) {
    const html = text.startsWith('<')
    return { codes: [], message: html || text.length > MAX_PLAIN_TEXT ? '' : text, param: undefined, html }
  }
  const sources = sourcesOf(parsed)
  const codes = sources.flatMap(source => [source['code'], source['type'], source['status'], source['status_code']]).flatMap(word)
  const messages = sources.flatMap(source => [source['message'], source['detail'], source['error'], source['msg'], source['status_msg']]).flatMap(messageOf)
  const param = sources.map(source => source['param']).find((value): value is string => typeof value === 'string' && value !== '')
  return { codes: [...new Set(codes)], message: messages[0] ?? '', param, html: false }
}

/** The error's own members first; a relay's account of what its upstream said last. */
function sourcesOf(parsed: Json): readonly Json[] {
  const { error, errors, base_resp: base } = parsed
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined
  const metadata = isRecord(error) && isRecord(error['metadata']) ? error['metadata'] : undefined
  const raw = typeof metadata?.['raw'] === 'string' ? parse(metadata['raw']) : undefined
  return [error, first, base, parsed, raw, raw?.['error']].filter(isRecord)
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

import { isRecord, type Json } from './content.ts'

interface Template {
  /** Everything before the piece of text, as the upstream writes it. */
  readonly before: string
  /** The same as the client shall read it. */
  readonly renamed: string
  readonly after: string
}

/** Templates that fitted nothing before it is given up: some upstreams write something new into every chunk. */
const MOST_IN_VAIN = 4
/** No model writes this. */
const PROBE = '\u0001probe\u0001'

/**
 * Most chunks of an answer differ in one piece of text alone. Once one of them is understood, those that begin and end as
 * it did need no parsing: what stands between must be one JSON string, and then nothing else can be different.
 */
export class ContentTemplate {
  #template: Template | undefined
  #inVain = 0

  /** The piece of text of an event that fits, with the event as the client shall read it. */
  match(event: string): { readonly content: string; readonly event: string } | undefined {
    const template = this.#template
    if (template === undefined) return undefined
    const { before, after } = template
    const end = event.length - after.length
    // Slices are compared as memory; startsWith goes by character, which cost more than all else here.
    if (end < before.length || event.slice(0, before.length) !== before || event.slice(end) !== after) return undefined
    const piece = event.slice(before.length, end)
    const content = textIn(piece)
    if (content === undefined) return undefined
    this.#inVain = 0
    return { content, event: template.renamed === template.before ? event : template.renamed + piece + template.after }
  }

  /**
   * Takes an event that was understood as the model of those to come, if it holds a piece of text and nothing else.
   * @param read where the event's JSON stands in it, and as what it was read
   * @param renamed the event as the client shall read it
   */
  learn(event: string, read: { readonly json: string; readonly chunk: Json }, renamed: string): void {
    if (this.#inVain >= MOST_IN_VAIN) return
    const content = pieceOf(read.chunk)
    if (content === undefined || content.length < 1) return
    const written = JSON.stringify(content)
    const mark = [`"content":${written}`, `"content": ${written}`].find(candidate => read.json.includes(candidate))
    const start = event.indexOf(read.json)
    if (mark === undefined || start < 0) return
    const from = read.json.indexOf(mark) + mark.length - written.length
    const [before, after] = [read.json.slice(0, from), read.json.slice(from + written.length)]
    // The same words may stand elsewhere: only where the text itself changes with them is the place right.
    if (pieceOf(parsed(before + JSON.stringify(PROBE) + after)) !== PROBE) return
    const tail = after + event.slice(start + read.json.length)
    if (!renamed.endsWith(written + tail)) return
    this.#inVain++
    this.#template = { before: event.slice(0, start) + before, renamed: renamed.slice(0, renamed.length - written.length - tail.length), after: tail }
  }
}

/** The text of a chunk that says nothing but a piece of it. */
function pieceOf(chunk: Json | undefined): string | undefined {
  const { choices, usage } = chunk ?? {}
  if (!Array.isArray(choices) || choices.length !== 1 || (usage !== undefined && usage !== null)) return undefined
  const choice: unknown = choices[0]
  if (!isRecord(choice) || (choice['index'] ?? 0) !== 0 || choice['finish_reason'] || choice['usage']) return undefined
  const { delta } = choice
  if (!isRecord(delta)) return undefined
  const { content, role: _role, ...rest } = delta
  return typeof content === 'string' && Object.values(rest).every(value => value === null) ? content : undefined
}

function textIn(json: string): string | undefined {
  if (!json.startsWith('"')) return undefined
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

function parsed(json: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

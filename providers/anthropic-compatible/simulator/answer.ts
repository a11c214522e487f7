import { createHash } from 'node:crypto'
import { type Fields, fieldsOf, isFields, listOf, textOf } from '../untrusted.ts'
import { type Directives, readDirectives } from './directives.ts'
import type { Signatures } from './signatures.ts'

/** An answer of the imitated service, whole. */
export interface SimulatedMessage {
  readonly id: string
  readonly type: 'message'
  readonly role: 'assistant'
  readonly model: string
  readonly content: readonly Fields[]
  readonly stop_reason: string
  readonly stop_sequence: string | null
  readonly usage: Fields
}

export interface AnswerSource {
  readonly signatures: Signatures
  /** Prompts whose beginning was marked for caching, by hash. */
  readonly cache: Set<string>
  readonly number: number
}

/** The last thing that was asked, with its directives; those of tool results are not followed. */
export function instructionsOf(body: Fields): Directives & { readonly rest: string } {
  const content = fieldsOf(listOf(body.messages).at(-1)).content
  const texts = typeof content === 'string' ? [content] : listOf(content).map(block => (fieldsOf(block).type === 'text' ? String(fieldsOf(block).text) : ''))
  return readDirectives(texts.join('\n'))
}

/** What a model would say: the tools it is told to call, else the user's text, or what the tools brought. */
export function simulateAnswer(body: Fields, instructions: Directives & { readonly rest: string }, source: AnswerSource): SimulatedMessage {
  const { tools, text, reasoning, stopReason, rest } = instructions
  const content: Fields[] = []
  const thinks = fieldsOf(body.thinking).type
  const thought = reasoning ?? (thinks === 'enabled' || thinks === 'adaptive' ? 'Let me think.' : undefined)
  if (thought !== undefined && (thinks === 'enabled' || thinks === 'adaptive')) {
    const omitted = fieldsOf(body.thinking).display === 'omitted' ? '' : thought
    content.push({ type: 'thinking', thinking: omitted, signature: source.signatures.mint(omitted) })
  }
  const said = text ?? (tools.length > 0 ? '' : [rest, ...resultsOf(body)].filter(each => each !== '').join(' '))
  if (said !== '' || tools.length === 0) content.push({ type: 'text', text: said === '' ? 'Hello.' : said })
  tools.forEach(({ name, input }, index) => content.push({ type: 'tool_use', id: `toolu_${source.number}_${index}`, name, input }))
  return {
    id: `msg_${source.number}`,
    type: 'message',
    role: 'assistant',
    model: String(body.model),
    content,
    stop_reason: stopReason ?? (tools.length > 0 ? 'tool_use' : 'end_turn'),
    stop_sequence: stopReason === 'stop_sequence' ? (textOf(listOf(body.stop_sequences)[0]) ?? '') : null,
    usage: usageOf(body, content, source.cache),
  }
}

/** A token is four bytes of JSON, rounded up, so that tests can tell the exact figure. */
function tokensOf(value: unknown): number {
  return Math.ceil(Buffer.byteLength(JSON.stringify(value) ?? '') / 4)
}

export function promptTokens(body: Fields): number {
  return tokensOf([body.tools, body.system, body.messages])
}

function usageOf(body: Fields, content: readonly Fields[], cache: Set<string>): Fields {
  const prefix = [body.tools, body.system]
  const marked = JSON.stringify(prefix)?.includes('"cache_control"') ?? false
  const key = createHash('sha256')
    .update(JSON.stringify(prefix) ?? '')
    .digest('hex')
  const known = cache.has(key)
  if (marked) cache.add(key)
  const cached = marked ? Math.min(tokensOf(prefix), promptTokens(body) - 1) : 0
  return {
    input_tokens: promptTokens(body) - cached,
    cache_creation_input_tokens: known ? 0 : cached,
    cache_read_input_tokens: known ? cached : 0,
    output_tokens: Math.max(1, tokensOf(content)),
    service_tier: 'standard',
  }
}

function resultsOf(body: Fields): readonly string[] {
  const content = fieldsOf(listOf(body.messages).at(-1)).content
  return listOf(content).flatMap(block => {
    const { type, content: inside } = fieldsOf(block)
    if (type !== 'tool_result') return []
    if (typeof inside === 'string') return [inside]
    return listOf(inside).map(part => (isFields(part) && typeof part.text === 'string' ? part.text : `(${String(fieldsOf(part).type)})`))
  })
}

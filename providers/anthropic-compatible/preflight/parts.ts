import { type ForeignPart, isEnvelope, type Message, type Part, type ReasoningPart, type TextPart, type ToolResultPart } from '../../../core/index.ts'
import { fieldsOf, listOf, textOf } from '../untrusted.ts'
import { mediaBlock, type Place } from './media.ts'
import { type Findings, messageAt } from './rules.ts'
import { type Block, cacheMark, type ContentBlock, isBlank, type TextBlock, type Turn } from './turn.ts'

/** What decides whether earlier reasoning can go back. */
export interface ReplayPolicy {
  /** Reasoning is left out altogether: the upstream has refused its signatures. */
  readonly dropReasoning: boolean
  /** Reasoning that is known to be this upstream's own: others behind this API than its vendor sign in their own way, or not at all. */
  readonly recalled?: ReadonlySet<Part>
}

/** A signature of this API's vendor is bare base64, whichever platform made it; the gateway's envelopes have a dot (`isEnvelope`). */
const SIGNATURE = /^[A-Za-z0-9+/_-]+={0,2}$/

/**
 * One message as turns: several where it holds what only the other side may say, because each thing that was said keeps
 * its place in the conversation.
 */
export function turnsOf(
  message: Message & { readonly role: 'user' | 'assistant' },
  index: number,
  { findings, policy }: { readonly findings: Findings; readonly policy: ReplayPolicy },
): Turn[] {
  const place: Place = { findings, where: messageAt(index) }
  const turns: Turn[] = []
  let blocks: Block[] = []
  let side: Turn['role'] = message.role
  const close = () => {
    if (blocks.length > 0) turns.push({ role: side, index, blocks })
    blocks = []
  }
  for (const part of message.parts) {
    const told = partBlocks(part, { place, role: message.role, policy })
    if (told.length === 0) continue
    const speaker = part.type === 'tool-call' ? 'assistant' : part.type === 'tool-result' ? 'user' : message.role
    if (speaker !== side) {
      close()
      side = speaker
    }
    blocks.push(...told)
  }
  close()
  return turns
}

export interface PartContext {
  readonly place: Place
  readonly role: Turn['role']
  readonly policy: ReplayPolicy
}

/** One part as it is sent; several blocks where the API wants its pieces apart. */
export function partBlocks(part: Part, { place, role, policy }: PartContext): readonly Block[] {
  switch (part.type) {
    case 'text':
      return some(textOfPart(part))
    case 'image':
    case 'document':
      if (role === 'user') return some(mediaBlock(part, place))
      place.findings.warn('misplaced-parts', `the assistant's own ${part.type} was left out`, place.where)
      return []
    case 'tool-call':
      return [{ type: 'tool_use', id: part.id, name: part.name, input: part.input, ...cacheMark(part.cache) }]
    case 'tool-result':
      return resultBlocks(part, place)
    case 'reasoning':
      return role === 'assistant' ? some(reasoningBlock(part, place, policy)) : []
    case 'foreign':
      return some(foreignBlock(part, place))
    default:
      return part satisfies never
  }
}

function some<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value]
}

function textOfPart({ text, cache }: TextPart): TextBlock | undefined {
  return isBlank(text) ? undefined : { type: 'text', text, ...cacheMark(cache) }
}

/**
 * A failed call's result may hold text alone: what it shows beside that follows it in the same turn. A cache mark inside a
 * result is put on the result: what is cached ends at the same place, and there is one list of marks.
 */
function resultBlocks({ id, content, isError, cache }: ToolResultPart, place: Place): readonly Block[] {
  const mark = cache ?? content.findLast(part => part.cache !== undefined)?.cache
  const blocks = content.flatMap(({ cache: _own, ...part }): readonly ContentBlock[] => some(part.type === 'text' ? textOfPart(part) : mediaBlock(part, place)))
  const inside = isError ? blocks.filter(block => block.type === 'text') : blocks
  const beside = isError ? blocks.filter(block => block.type !== 'text') : []
  const result: Block = {
    type: 'tool_result',
    tool_use_id: id,
    ...(inside.length === 0 ? {} : { content: inside }),
    ...(isError ? { is_error: true } : {}),
    ...cacheMark(mark),
  }
  return [result, ...beside]
}

/** Text and signature verbatim or not at all: one is bound to the other, and both to their issuer. */
function reasoningBlock(part: ReasoningPart, { findings, where }: Place, { dropReasoning, recalled }: ReplayPolicy): Block | undefined {
  if (dropReasoning) {
    findings.warn('reasoning-replay', 'the upstream did not accept the signature of earlier reasoning, so it was left out', where)
    return undefined
  }
  const { text, signature = '', redacted } = part
  if (isReplayable(part) || recalled?.has(part))
    return redacted === undefined ? { type: 'thinking', thinking: text, signature } : { type: 'redacted_thinking', data: redacted }
  if (text !== '' || signature || redacted) findings.warn('reasoning-replay', 'earlier reasoning that is unsigned or of another vendor was left out', where)
  return undefined
}

/** Whether earlier reasoning can be this API's own. */
export function isReplayable({ text, signature, redacted }: ReasoningPart): boolean {
  return SIGNATURE.test(redacted ?? signature ?? '') && text.isWellFormed()
}

function foreignBlock({ kind, value }: ForeignPart, { findings, where }: Place): Block | undefined {
  const text = foreignText(kind, value)
  if (text !== undefined) return { type: 'text', text }
  findings.warn('foreign-parts', `a "${kind}" block was left out: this model cannot read it`, where)
  return undefined
}

function foreignText(kind: string, value: unknown): string | undefined {
  const fields = fieldsOf(value)
  const lines = ((): readonly (string | undefined)[] => {
    if (kind === 'search_result') return [textOf(fields.title), textOf(fields.source), ...listOf(fields.content).map(block => textOf(fieldsOf(block).text))]
    if (kind === 'refusal') return [textOf(fields.refusal)]
    if (kind === 'tool_reference') return [textOf(fields.tool_name) === undefined ? undefined : `The tool "${textOf(fields.tool_name)}" is available.`]
    return []
  })()
  const text = lines.filter(line => line !== undefined && !isBlank(line)).join('\n')
  return text === '' ? undefined : text
}

/** Whether a block of reasoning on the wire has a signature that this API's vendor could have made. */
export function isSigned(block: unknown): boolean {
  return SIGNATURE.test(sealOf(block))
}

/** Whether a block of reasoning on the wire was sealed by another provider of this gateway. */
export function isSealedElsewhere(block: unknown): boolean {
  return isEnvelope(sealOf(block))
}

function sealOf(block: unknown): string {
  const { type, signature, data } = fieldsOf(block)
  return textOf(type === 'redacted_thinking' ? data : signature) ?? ''
}

import { GatewayError, type ReasoningPart, type StreamEvent, type Usage, type Warning } from '../../core/index.ts'
import type { ToolNames } from './preflight/tool-identifiers.ts'
import { finishReason } from './stop-reason.ts'
import { type Fields, fieldsOf, isFields, parseJson, textOf } from './untrusted.ts'

/** What the reader of an answer must know of its request. */
export interface AnswerContext {
  readonly model: string
  readonly toolNames: ToolNames
  readonly warnings: readonly Warning[]
  /** The client is told in the upstream's own words: a call that was cut off is then the client's to judge. */
  readonly verbatim: boolean
  /** Told once for each kind of block that the hub has no word for. */
  readonly passedOver: (kind: string) => void
  /** Told of each tool call what led to it, though it be nothing; absent where the client keeps that itself. */
  readonly remember?: (call: string, reasoning: readonly ReasoningPart[]) => void
}

export interface Ending {
  readonly stopReason: string | undefined
  readonly stopSequence: string | undefined
  readonly usage: Usage
}

interface OpenBlock {
  /** The upstream's number, by which deltas name it. */
  readonly index: unknown
  readonly block: number
  readonly kind: 'text' | 'reasoning' | 'tool'
  json: string
  thinking: string
  signature: string
  /** Arguments that came whole at the beginning. */
  readonly input: Fields | undefined
}

/** Turns the upstream's blocks into the hub's events, numbered anew: those that the hub has no word for leave no gap. */
export class AnswerEvents {
  readonly #context: AnswerContext
  readonly #unknown = new Set<string>()
  #open: OpenBlock | undefined
  #blocks = 0
  #calls = 0
  /** Reasoning since the last answer that it led to; made anew, never changed, for it is handed out. */
  #thoughts: readonly ReasoningPart[] = []
  #thoughtsTold = false

  constructor(context: AnswerContext) {
    this.#context = context
  }

  start(id: string, usage: Usage): StreamEvent {
    const { model, warnings } = this.#context
    return { type: 'start', id, model, ...(Object.keys(usage).length === 0 ? {} : { usage }), ...(warnings.length === 0 ? {} : { warnings }) }
  }

  /** @throws GatewayError when the block before it cannot be closed */
  blockStart(index: unknown, content: Fields, into: StreamEvent[]): void {
    this.blockEnd(undefined, into)
    switch (content.type) {
      case 'text':
        this.#begin({ index, kind: 'text' }, into)
        this.blockDelta(index, { type: 'text_delta', text: content.text }, into)
        return
      case 'thinking':
        this.#begin({ index, kind: 'reasoning' }, into)
        this.blockDelta(index, { type: 'thinking_delta', thinking: content.thinking }, into)
        this.blockDelta(index, { type: 'signature_delta', signature: content.signature }, into)
        return
      case 'redacted_thinking':
        into.push({ type: 'reasoning-start', block: this.#blocks, redacted: textOf(content.data) ?? '' }, { type: 'block-end', block: this.#blocks })
        this.#think({ type: 'reasoning', text: '', redacted: textOf(content.data) ?? '' })
        this.#blocks += 1
        return
      case 'tool_use':
        this.#begin({ index, kind: 'tool', content }, into)
        return
      default:
        this.#passOver(String(content.type))
    }
  }

  blockDelta(index: unknown, delta: Fields, into: StreamEvent[]): void {
    const open = this.#open
    if (open === undefined || open.index !== index) return
    const { block, kind } = open
    const told = textOf(delta[DELTA_FIELDS[String(delta.type)] ?? ''])
    if (told === undefined) return
    if (delta.type === 'text_delta' && kind === 'text') into.push({ type: 'text-delta', block, text: told })
    else if (delta.type === 'thinking_delta' && kind === 'reasoning') {
      open.thinking += told
      into.push({ type: 'reasoning-delta', block, text: told })
    } else if (delta.type === 'signature_delta' && kind === 'reasoning') {
      open.signature += told
      into.push({ type: 'reasoning-signature', block, signature: told })
    } else if (delta.type === 'input_json_delta' && kind === 'tool') {
      open.json += told
      into.push({ type: 'tool-delta', block, json: told })
    }
  }

  /**
   * @param index of the block; undefined: whichever is open
   * @throws GatewayError when a tool call's arguments are not whole
   */
  blockEnd(index: unknown, into: StreamEvent[]): void {
    const open = this.#open
    if (open === undefined || (index !== undefined && open.index !== index)) return
    this.#open = undefined
    if (open.kind === 'tool') this.#closeCall(open, into)
    else if (open.kind === 'reasoning') this.#think({ type: 'reasoning', text: open.thinking, ...(open.signature === '' ? {} : { signature: open.signature }) })
    into.push({ type: 'block-end', block: open.block })
  }

  finish({ stopReason, stopSequence, usage }: Ending, into: StreamEvent[]): void {
    this.blockEnd(undefined, into)
    into.push({
      type: 'finish',
      reason: finishReason(stopReason, this.#calls),
      ...(stopReason === undefined ? {} : { raw: stopReason }),
      ...(stopSequence === undefined ? {} : { stopSequence }),
      usage,
    })
  }

  #begin({ index, kind, content = {} }: { readonly index: unknown; readonly kind: OpenBlock['kind']; readonly content?: Fields }, into: StreamEvent[]): void {
    const block = this.#blocks
    const input = isFields(content.input) && Object.keys(content.input).length > 0 ? content.input : undefined
    this.#blocks += 1
    this.#open = { index, block, kind, json: '', thinking: '', signature: '', input }
    if (kind !== 'tool') {
      into.push({ type: `${kind}-start`, block })
      return
    }
    this.#calls += 1
    const id = textOf(content.id) ?? `toolu_${block}`
    into.push({ type: 'tool-start', block, id, name: this.#context.toolNames.original(textOf(content.name) ?? '') })
    this.#context.remember?.(id, this.#thoughts)
    this.#thoughtsTold = true
  }

  #think(thought: ReasoningPart): void {
    this.#thoughts = this.#thoughtsTold ? [thought] : [...this.#thoughts, thought]
    this.#thoughtsTold = false
  }

  /** What is run must be what the model meant: half of it is an error, never an empty object. */
  #closeCall({ block, json, input }: OpenBlock, into: StreamEvent[]): void {
    if (json === '') {
      // Some relays send no deltas at all and the arguments whole.
      if (input !== undefined) into.push({ type: 'tool-delta', block, json: JSON.stringify(input) })
      return
    }
    if (this.#context.verbatim || isFields(parseJson(json))) return
    throw new GatewayError('tool_call_truncated', 'the model was cut off in the middle of a tool call; raise max_tokens, or ask for smaller steps', {
      reason: 'tool_use',
    })
  }

  #passOver(kind: string): void {
    if (this.#unknown.has(kind)) return
    this.#unknown.add(kind)
    this.#context.passedOver(kind)
  }
}

const DELTA_FIELDS: Readonly<Record<string, string>> = {
  text_delta: 'text',
  thinking_delta: 'thinking',
  signature_delta: 'signature',
  input_json_delta: 'partial_json',
}

/** `stop_reason` and `stop_sequence` of a message or of its last delta. */
export function endingOf(told: unknown): Omit<Ending, 'usage'> {
  const fields = fieldsOf(told)
  return { stopReason: textOf(fields.stop_reason), stopSequence: textOf(fields.stop_sequence) }
}

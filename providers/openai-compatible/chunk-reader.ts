import { type FinishEvent, GatewayError } from '../../core/index.ts'
import { AnswerWriter } from './answer-writer.ts'
import { isRecord, type Json } from './content.ts'
import { carryDetail } from './reasoning-details.ts'
import { type KeptReasoning, ReasoningTrace } from './reasoning-trace.ts'
import { FAILED_WORDS, finishReason } from './stop-reason.ts'
import { ThinkTags } from './think-tags.ts'
import { ToolCalls } from './tool-calls.ts'
import type { ToolNames } from './tool-names.ts'
import type { Quirks } from './quirks.ts'

export interface ReaderOptions {
  readonly toolNames: ToolNames
  readonly thinkTags: Quirks['thinkTags']
  /** `hidden`: the client did not ask for reasoning and shall see none. */
  readonly reasoning: 'visible' | 'hidden'
  /** Answers that this client takes half as well, and empty, because it gets the upstream's own words. */
  readonly lenient: boolean
  /** Told at the end what led to the calls, though it be nothing; absent where no reasoning is wanted back. */
  readonly remember?: (calls: readonly string[], reasoning: KeptReasoning) => void
  newId(): string
}

/** Turns what the first choice of an answer says, whole or in deltas, into the hub's events. */
export class ChunkReader {
  readonly writer = new AnswerWriter()
  readonly #options: ReaderOptions
  readonly #calls: ToolCalls
  readonly #tags: ThinkTags | undefined
  readonly #trace: ReasoningTrace | undefined
  #word: string | undefined
  #refused = false
  #spoke = false
  /** Everything that was written, for a guess where nobody counts. */
  #written = 0

  constructor(options: ReaderOptions) {
    this.#options = options
    this.#trace = options.remember === undefined ? undefined : new ReasoningTrace()
    const original = (name: string) => options.toolNames.original(name)
    this.#calls = new ToolCalls({ writer: this.writer, newId: () => options.newId(), original })
    const outlets = { text: (text: string) => this.#text(text), reasoning: (text: string) => this.#reasoning(text) }
    this.#tags = options.thinkTags === 'none' ? undefined : new ThinkTags(outlets, options.thinkTags === 'implied')
  }

  /** Whether the upstream has said how the answer ended. */
  get closed(): boolean {
    return this.#word !== undefined
  }

  get written(): number {
    return this.#written
  }

  choice({ delta, message, finish_reason: word }: Json): void {
    const said = isRecord(delta) ? delta : isRecord(message) ? message : undefined
    if (said !== undefined) this.#said(said)
    if (typeof word === 'string' && word !== '') this.#word = word
  }

  /**
   * Ends the answer.
   * @throws GatewayError when what came is no answer
   */
  finish(usage: FinishEvent['usage']): void {
    this.#tags?.flush()
    const { lenient } = this.#options
    const word = this.#word
    if (word !== undefined && FAILED_WORDS.has(word) && !lenient) {
      throw new GatewayError('upstream_failed', 'the upstream gave up on its answer; send the request again', { reason: word })
    }
    this.#calls.end(lenient)
    const reason = finishReason(word, { calls: this.#calls.count, refused: this.#refused })
    // Clients take an answer without a word for a fault of their own.
    if (!this.#spoke && this.#calls.count === 0 && !lenient && reason === 'stop') {
      throw new GatewayError('empty_answer', 'the model answered without a word; send the request again')
    }
    if (this.#trace !== undefined) this.#options.remember?.(this.writer.calls, this.#trace.kept)
    this.writer.finish({ type: 'finish', reason, usage, ...(word === undefined ? {} : { raw: word }) })
  }

  #said(said: Json): void {
    const { content, refusal, tool_calls: calls, reasoning_details: details } = said
    if (Array.isArray(details) && details.length > 0) this.#details(details)
    else this.#reasoning(firstText(said['reasoning_content'], said['reasoning']))
    if (typeof content === 'string') this.content(content)
    else if (Array.isArray(content)) this.#parts(content)
    if (typeof refusal === 'string' && refusal !== '') {
      this.#refused = true
      this.#text(refusal)
    }
    if (!Array.isArray(calls) || calls.length === 0) return
    this.#tags?.flush()
    this.#written += 8
    this.#calls.push(calls)
  }

  /** A piece of the answer's text, which may still hold a thought. */
  content(text: string): void {
    if (text === '') return
    if (this.#tags) this.#tags.push(text)
    else this.#text(text)
  }

  /** Content as a list of parts, among which some upstreams put their thoughts. */
  #parts(parts: readonly unknown[]): void {
    for (const part of parts) {
      if (!isRecord(part)) continue
      if (typeof part['text'] === 'string') this.#text(part['text'])
      const thoughts: readonly unknown[] = Array.isArray(part['thinking']) ? part['thinking'] : [part['thinking']]
      for (const thought of thoughts) this.#reasoning(firstText(thought, isRecord(thought) ? thought['text'] : undefined))
    }
  }

  #details(details: readonly unknown[]): void {
    for (const detail of details) {
      this.#trace?.detail(detail)
      const carried = isRecord(detail) ? carryDetail(detail) : undefined
      if (carried === undefined) continue
      this.#reasoning(carried.text)
      if (this.#options.reasoning === 'hidden') continue
      if (carried.signature !== undefined) this.writer.signature(carried.signature)
      if (carried.redacted !== undefined) this.writer.redacted(carried.redacted)
    }
  }

  #text(text: string): void {
    if (text === '') return
    this.#spoke = true
    this.#written += text.length
    this.writer.text(text)
  }

  #reasoning(text: string): void {
    if (text === '') return
    this.#written += text.length
    this.#trace?.text(text)
    if (this.#options.reasoning === 'visible') this.writer.reasoning(text)
  }
}

function firstText(...values: readonly unknown[]): string {
  return values.find((value): value is string => typeof value === 'string' && value !== '') ?? ''
}

import type { Batch, FinishEvent, GatewayError, StartEvent, StreamEvent } from '../../core/index.ts'
import type { ToolCall } from './tool-calls.ts'

const NOTHING: Batch = []

/** Writes events in the order that the hub's grammar asks for: opens and closes blocks, numbers them, fills batches. */
export class AnswerWriter {
  #batch: StreamEvent[] = []
  #block = -1
  #open: 'text' | 'native' | 'tags' | undefined
  #signature = ''
  #ended = false
  /** Complete tool calls written. */
  calls = 0
  /** Whether any text was written. */
  hasText = false
  /** Whether anything was written that a client can see. */
  visible = false

  /** After `finish` or `failure` nothing more is written. */
  get ended(): boolean {
    return this.#ended
  }

  /** The events since the last call. */
  take(): Batch {
    if (this.#batch.length === 0) return NOTHING
    const batch = this.#batch
    this.#batch = []
    return batch
  }

  start(event: StartEvent): void {
    this.#batch.push(event)
  }

  text(text: string): void {
    if (text === '') return
    if (this.#open !== 'text') {
      this.close()
      this.#open = 'text'
      this.hasText = true
      this.visible = true
      this.#batch.push({ type: 'text-start', block: ++this.#block })
    }
    this.#batch.push({ type: 'text-delta', block: this.#block, text })
  }

  /** `native` reasoning carries a signature bound to its text, so reasoning from tags never joins its block. */
  reasoning(text: string, origin: 'native' | 'tags'): void {
    if (text === '') return
    // Text after a signature is the next thought.
    if (this.#open !== origin || this.#signature !== '') this.#openReasoning(origin)
    this.#batch.push({ type: 'reasoning-delta', block: this.#block, text })
  }

  /** Signatures come in fragments and are worth nothing in part: the whole is written when the block ends. */
  signature(fragment: string): void {
    if (fragment === '') return
    if (this.#open !== 'native') this.#openReasoning('native')
    this.#signature += fragment
  }

  redacted(data: string): void {
    this.close()
    this.visible = true
    this.#block++
    this.#batch.push({ type: 'reasoning-start', block: this.#block, redacted: data }, { type: 'block-end', block: this.#block })
  }

  toolCall(call: ToolCall): void {
    this.close()
    this.visible = true
    this.calls++
    const block = ++this.#block
    this.#batch.push({ type: 'tool-start', block, id: call.id, name: call.name })
    if (call.json !== '') this.#batch.push({ type: 'tool-delta', block, json: call.json })
    this.#batch.push({ type: 'block-end', block })
  }

  close(): void {
    if (this.#open === undefined) return
    if (this.#signature !== '') {
      this.#batch.push({ type: 'reasoning-signature', block: this.#block, signature: this.#signature })
      this.#signature = ''
    }
    this.#open = undefined
    this.#batch.push({ type: 'block-end', block: this.#block })
  }

  finish(event: Omit<FinishEvent, 'type'>): void {
    this.close()
    this.#ended = true
    this.#batch.push({ type: 'finish', ...event })
  }

  /** Leaves an open block open: it broke off and must not look complete. */
  fail(error: GatewayError): void {
    this.#ended = true
    this.#batch.push({ type: 'failure', error })
  }

  #openReasoning(origin: 'native' | 'tags'): void {
    this.close()
    this.#open = origin
    this.visible = true
    this.#batch.push({ type: 'reasoning-start', block: ++this.#block })
  }
}

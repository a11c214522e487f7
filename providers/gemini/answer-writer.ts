import type { Batch, FinishEvent, GatewayError, StartEvent, StreamEvent } from '../../core/index.ts'
import { seal } from './signatures.ts'

const NOTHING: Batch = []

export interface WrittenCall {
  readonly id: string
  readonly name: string
  readonly json: string
  readonly signature?: string | undefined
}

/** Writes events in the order that the hub's grammar asks for: opens and closes blocks, numbers them, fills batches. */
export class AnswerWriter {
  #batch: StreamEvent[] = []
  #block = -1
  #open: 'text' | 'reasoning' | undefined
  #text = ''
  #ended = false
  /** Complete tool calls written. */
  calls = 0
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
      this.#text = ''
      this.visible = true
      this.#batch.push({ type: 'text-start', block: ++this.#block })
    }
    this.#text += text
    this.#batch.push({ type: 'text-delta', block: this.#block, text })
  }

  /** The text of the last block, as the client has it; empty if it was no text. */
  get lastText(): string {
    return this.#text
  }

  reasoning(text: string): void {
    if (text === '') return
    this.#openReasoning()
    this.#batch.push({ type: 'reasoning-delta', block: this.#block, text })
  }

  /** A signature, in the place that clients have for one. After it comes the next thought. */
  signature(part: 'call' | 'thought', signature: string): void {
    this.#openReasoning()
    this.#batch.push({ type: 'reasoning-signature', block: this.#block, signature: seal(part, signature) })
    this.close()
  }

  toolCall({ id, name, json, signature }: WrittenCall): void {
    this.close()
    this.#text = ''
    this.visible = true
    this.calls++
    const block = ++this.#block
    const signed = signature === undefined ? {} : { signature }
    this.#batch.push({ type: 'tool-start', block, id, name, ...signed }, { type: 'tool-delta', block, json }, { type: 'block-end', block })
  }

  close(): void {
    if (this.#open === undefined) return
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

  #openReasoning(): void {
    if (this.#open === 'reasoning') return
    this.close()
    this.#text = ''
    this.#open = 'reasoning'
    this.visible = true
    this.#batch.push({ type: 'reasoning-start', block: ++this.#block })
  }
}

import type { FinishEvent, StartEvent, StreamEvent } from '../../core/index.ts'

type Kind = 'text' | 'reasoning'

/** Puts what an answer says into blocks that do not overlap, numbered as they come. */
export class AnswerWriter {
  #events: StreamEvent[] = []
  #block = -1
  #open: Kind | 'tool' | undefined
  #ended = false
  readonly #calls: string[] = []

  get ended(): boolean {
    return this.#ended
  }

  /** Ids of the calls, as the client has them. */
  get calls(): readonly string[] {
    return this.#calls
  }

  /** Everything since the last time. */
  take(): StreamEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }

  start(event: StartEvent): void {
    this.#events.push(event)
  }

  text(text: string): void {
    this.#enter('text')
    this.#events.push({ type: 'text-delta', block: this.#block, text })
  }

  reasoning(text: string): void {
    this.#enter('reasoning')
    this.#events.push({ type: 'reasoning-delta', block: this.#block, text })
  }

  /** Signs the reasoning before it, which it ends. */
  signature(signature: string): void {
    this.#enter('reasoning')
    this.#events.push({ type: 'reasoning-signature', block: this.#block, signature })
    this.close()
  }

  redacted(redacted: string): void {
    this.close()
    this.#events.push({ type: 'reasoning-start', block: ++this.#block, redacted }, { type: 'block-end', block: this.#block })
  }

  toolStart(id: string, name: string): void {
    this.close()
    this.#open = 'tool'
    this.#calls.push(id)
    this.#events.push({ type: 'tool-start', block: ++this.#block, id, name })
  }

  toolDelta(json: string): void {
    if (json !== '') this.#events.push({ type: 'tool-delta', block: this.#block, json })
  }

  close(): void {
    if (this.#open === undefined) return
    this.#open = undefined
    this.#events.push({ type: 'block-end', block: this.#block })
  }

  finish(event: FinishEvent): void {
    this.close()
    this.#ended = true
    this.#events.push(event)
  }

  fail(error: Extract<StreamEvent, { type: 'failure' }>['error']): void {
    this.#ended = true
    this.#events.push({ type: 'failure', error })
  }

  #enter(kind: Kind): void {
    if (this.#open === kind) return
    this.close()
    this.#open = kind
    this.#events.push({ type: `${kind}-start`, block: ++this.#block })
  }
}

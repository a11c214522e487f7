import { type Attempt, type Batch, type ChatRequest, type FinishEvent, type GatewayError, type ModelCard, type Provider, type StartEvent, type StreamEvent, Type } from '../../core/index.ts'

const Credential = Type.Object({})

export type Script = (request: ChatRequest, attempt: Attempt) => AsyncIterable<Batch>

/** A provider that plays one script per attempt, the last one for ever, and keeps what it was asked. */
export class ScriptedProvider implements Provider<typeof Credential> {
  readonly name: string
  readonly credential = Credential
  readonly requests: ChatRequest[] = []
  readonly attempts: Attempt[] = []
  readonly #scripts: readonly Script[]

  constructor(scripts: readonly Script[], name = 'scripted') {
    this.#scripts = scripts
    this.name = name
  }

  models(): Promise<readonly ModelCard[]> {
    return Promise.resolve([{ id: 'model-1', input: ['text'], features: [] }])
  }

  stream(request: ChatRequest, attempt: Attempt): AsyncIterable<Batch> {
    const script = this.#scripts[Math.min(this.requests.length, this.#scripts.length - 1)] as Script
    this.requests.push(request)
    this.attempts.push(attempt)
    return script(request, attempt)
  }
}

export const START: StartEvent = { type: 'start', id: 'upstream-1', model: 'model-1' }
export const FINISH: FinishEvent = { type: 'finish', reason: 'stop', usage: { input: 7, output: 3 } }

/** The events of one text block, a delta per piece, without start and finish. */
export function textBlock(pieces: readonly string[], block = 0): readonly StreamEvent[] {
  return [{ type: 'text-start', block }, ...pieces.map((text): StreamEvent => ({ type: 'text-delta', block, text })), { type: 'block-end', block }]
}

/** All batches at once, then the end. */
export function says(...batches: readonly Batch[]): Script {
  return async function* () {
    for (const batch of batches) yield batch
  }
}

/** A short answer, whole. */
export const answers = (text: string): Script => says([START, ...textBlock([text]), FINISH])

/** Fails before it says anything. */
export const refuses = (error: GatewayError): Script => says([{ type: 'failure', error }])

export const failure = (error: GatewayError): StreamEvent => ({ type: 'failure', error })

/** A stream that a test feeds by hand; notes how it was let go. */
export class Feed implements AsyncIterableIterator<Batch> {
  readonly #waiting: IteratorResult<Batch>[] = []
  #reader: ((result: IteratorResult<Batch>) => void) | undefined
  #rejectReader: ((error: unknown) => void) | undefined
  /** How often somebody asked for a batch. */
  pulls = 0
  /** How often the reader let go of it. */
  returns = 0

  push(...batch: StreamEvent[]): void {
    this.#give({ done: false, value: batch })
  }

  end(): void {
    this.#give({ done: true, value: undefined })
  }

  /** Breaks a read that waits, as a bug in a provider would. */
  break(error: unknown): void {
    this.#rejectReader?.(error)
  }

  next(): Promise<IteratorResult<Batch>> {
    this.pulls++
    const first = this.#waiting.shift()
    if (first) return Promise.resolve(first)
    return new Promise((resolve, reject) => {
      this.#reader = resolve
      this.#rejectReader = reject
    })
  }

  return(): Promise<IteratorResult<Batch>> {
    this.returns++
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #give(result: IteratorResult<Batch>): void {
    if (this.#reader) this.#reader(result)
    else this.#waiting.push(result)
    this.#reader = undefined
  }
}

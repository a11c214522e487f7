import { Worker } from 'node:worker_threads'
import type { Clock, Timer } from '../contract/clock.ts'
import type { Logger } from '../contract/log.ts'

export interface CountQuestion {
  readonly id: number
  readonly texts: readonly string[]
}

export interface CountAnswer {
  readonly id: number
  readonly tokens: number
}

/** What the tokenizer needs of a thread. */
export interface CountingThread {
  postMessage(question: CountQuestion): void
  on(event: 'message', listener: (answer: CountAnswer) => void): unknown
  on(event: 'error', listener: (error: unknown) => void): unknown
  on(event: 'exit', listener: () => void): unknown
  unref(): void
  terminate(): Promise<unknown>
}

export interface TokenizerDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly startThread?: () => CountingThread
}

/** Jobs that may wait. One client sends some fifty at its start. */
const MAX_WAITING = 256
/** Characters that all jobs together may hold. */
const MAX_CHARACTERS = 64 * 1024 * 1024
/** Longer requests fit no model's window by far: nobody needs them counted to the token. */
const MAX_JOB_CHARACTERS = 8 * 1024 * 1024
/** A job that takes longer is given up together with its thread. */
const PATIENCE_MS = 15_000
/** A thread that dies this often in a row is left alone for a while: its package may be broken. */
const DEATHS = 3
const REST_MS = 60_000

interface Job {
  readonly texts: readonly string[]
  readonly characters: number
  readonly settle: (tokens: number | undefined) => void
}

/**
 * A real tokenizer in a thread of its own: started by the first count, one job at a time, begun anew when it dies.
 * It never fails: what it cannot count in time is answered with undefined.
 */
export class Tokenizer {
  readonly #clock: Clock
  readonly #log: Logger
  readonly #startThread: () => CountingThread
  readonly #waiting: Job[] = []
  #characters = 0
  #thread: CountingThread | undefined
  #running: { readonly id: number; readonly job: Job; readonly patience: Timer } | undefined
  #jobs = 0
  #deaths = 0
  #restUntil = 0
  #closed = false

  constructor({ clock, log, startThread = startWorker }: TokenizerDeps) {
    this.#clock = clock
    this.#log = log
    this.#startThread = startThread
  }

  /** Whether it has been loaded and has nothing to do. */
  get idle(): boolean {
    return this.#thread !== undefined && this.#running === undefined
  }

  /** Tokens of all texts together; undefined when there is too much to do, when it takes too long, or when the signal aborts. */
  count(texts: readonly string[], signal?: AbortSignal): Promise<number | undefined> {
    const characters = texts.reduce((sum, text) => sum + text.length, 0)
    const full = this.#waiting.length >= MAX_WAITING || characters > MAX_JOB_CHARACTERS || this.#characters + characters > MAX_CHARACTERS
    const resting = this.#clock.monotonic() < this.#restUntil
    if (this.#closed || full || resting || signal?.aborted) return Promise.resolve(undefined)
    return new Promise(resolve => {
      this.#characters += characters
      const settle = (tokens: number | undefined) => {
        this.#characters -= characters
        signal?.removeEventListener('abort', leave)
        resolve(tokens)
      }
      const job: Job = { texts, characters, settle }
      const leave = () => {
        const at = this.#waiting.indexOf(job)
        // One that runs already is let run: its thread is worth more than the rest of its work.
        if (at !== -1) this.#waiting.splice(at, 1)[0]?.settle(undefined)
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.#waiting.push(job)
      this.#next()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const job of this.#waiting.splice(0)) job.settle(undefined)
    const thread = this.#thread
    this.#end(undefined)
    await thread?.terminate()
  }

  #next(): void {
    if (this.#running !== undefined) return
    const job = this.#waiting.shift()
    if (job === undefined) return
    const id = ++this.#jobs
    const patience = this.#clock.timer(PATIENCE_MS, () => this.#died(this.#thread, 'a count took too long'))
    this.#running = { id, job, patience }
    try {
      this.#thread ??= this.#start()
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
      this.#thread.postMessage({ id, texts: job.texts })
    } catch (error) {
      this.#died(this.#thread, error)
    }
  }

  #start(): CountingThread {
    const thread = this.#startThread()
    // What dies belatedly must not take its successor's job with it.
    thread.on('message', ({ id, tokens }) => {
      if (this.#running?.id !== id) return
      this.#deaths = 0
      this.#finish(tokens)
    })
    thread.on('error', error => this.#died(thread, error))
    thread.on('exit', () => this.#died(thread, 'the thread ended'))
    thread.unref()
    return thread
  }

  #died(thread: CountingThread | undefined, reason: unknown): void {
    if (this.#closed || this.#thread !== thread) return
    this.#log.warn('the tokenizer ended and is begun anew when it is needed', { reason })
    if (++this.#deaths >= DEATHS) {
      this.#deaths = 0
      this.#restUntil = this.#clock.monotonic() + REST_MS
      for (const job of this.#waiting.splice(0)) job.settle(undefined)
    }
    this.#thread = undefined
    void thread?.terminate().catch(() => undefined)
    this.#finish(undefined)
  }

  #finish(tokens: number | undefined): void {
    this.#end(tokens)
    this.#next()
  }

  #end(tokens: number | undefined): void {
    if (this.#closed) this.#thread = undefined
    const running = this.#running
    this.#running = undefined
    running?.patience.cancel()
    running?.job.settle(tokens)
  }
}

/** Source runs as TypeScript in a checkout and as JavaScript when built: the thread's file has this file's own extension. */
function startWorker(): CountingThread {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
  // A text that needs more memory than this ends the thread alone, not the process.
  return new Worker(new URL(`./worker${extension}`, import.meta.url), { name: 'tokenizer', resourceLimits: { maxOldGenerationSizeMb: 512 } })
}

import { type Clock, sleep } from '../contract/clock.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { restartDelay, STEADY_MS } from './restart-delay.ts'
import type { ServingFacts } from './worker-facts.ts'
import { type Ending, endingWords, type Fork, type WorkerProcess } from './worker-process.ts'

/** While nobody serves, this many starts in a row may fail. */
const MOST_FAILED_STARTS = 5

export interface SupervisorDeps {
  readonly count: number
  readonly fork: Fork
  readonly clock: Clock
  /** Other workers serve now. */
  readonly changed: (workers: readonly ServingWorker[]) => void
  /** A worker ended that should not have, and another takes its place in so long. */
  readonly replacing: (news: { readonly worker: number; readonly ending: string; readonly inMs: number }) => void
}

export interface ServingWorker {
  readonly number: number
  readonly pid: number
}

interface Place {
  readonly number: number
  process: WorkerProcess | undefined
  /** Since when it listens. */
  servingSince: number | undefined
  /** Ends in a row, each soon after the start. */
  crashes: number
}

/** A worker ended before it listened. */
export class StartFailed extends Error {
  override readonly name = 'StartFailed'
  readonly ending: Ending

  constructor(number: number, ending: Ending) {
    super(`worker ${number} ended before it listened (${endingWords(ending)})`)
    this.ending = ending
  }
}

/** Keeps a number of workers running: starts them, replaces those that end, ends them all. */
export class Supervisor {
  readonly #deps: SupervisorDeps
  readonly #places: readonly Place[]
  readonly #stopping = new AbortController()
  readonly #lost = Promise.withResolvers<never>()
  /** Resolved one by one as processes end. */
  readonly #running = new Set<Promise<void>>()
  #failedStarts = 0

  constructor(deps: SupervisorDeps) {
    this.#deps = deps
    this.#places = Array.from({ length: deps.count }, (_, index) => ({ number: index + 1, process: undefined, servingSince: undefined, crashes: 0 }))
    // Heard by whoever waits for it, and by nobody during a stop.
    this.#lost.promise.catch(() => undefined)
  }

  /**
   * Starts one worker and, once it serves, the others: it alone brings the database up to date and finds out what is wrong
   * with configuration and port.
   * @throws StartFailed at the first that ends instead
   */
  async start(served: (first: ServingFacts) => void): Promise<void> {
    const [first, ...others] = this.#places
    if (first === undefined) return
    served(await this.#launch(first, true))
    await Promise.all(others.map(place => this.#launch(place, false)))
  }

  /** Rejects when there is no worker left and none can be started. */
  get lost(): Promise<never> {
    return this.#lost.promise
  }

  /** Asks all to end and waits until they have. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    for (const { process } of this.#places) process?.kill('SIGTERM')
    await Promise.all(this.#running)
  }

  #launch(place: Place, first: boolean): Promise<ServingFacts> {
    const { fork, clock, changed } = this.#deps
    const over = Promise.withResolvers<void>()
    this.#running.add(over.promise)
    return new Promise((resolve, reject) => {
      const ended = (ending: Ending) => {
        const { servingSince } = place
        Object.assign(place, { process: undefined, servingSince: undefined })
        this.#running.delete(over.promise)
        over.resolve()
        if (servingSince === undefined) return reject(new StartFailed(place.number, ending))
        changed(this.#serving())
        if (clock.monotonic() - servingSince >= STEADY_MS) place.crashes = 0
        void this.#replace(place, ending)
      }
      const ready = (facts: ServingFacts) => {
        place.servingSince = clock.monotonic()
        this.#failedStarts = 0
        changed(this.#serving())
        resolve(facts)
      }
      place.process = fork({ number: place.number, first }, { ready, ended })
    })
  }

  async #replace(place: Place, ending: Ending): Promise<void> {
    const { signal } = this.#stopping
    if (signal.aborted) return
    place.crashes++
    const inMs = restartDelay(place.crashes)
    this.#deps.replacing({ worker: place.number, ending: endingWords(ending), inMs })
    try {
      if (inMs > 0) await sleep(this.#deps.clock, inMs, signal)
      await this.#launch(place, false)
    } catch (error) {
      if (signal.aborted || !(error instanceof StartFailed)) return
      this.#failedStarts++
      if (this.#failedStarts >= MOST_FAILED_STARTS && this.#serving().length === 0) {
        this.#lost.reject(
          new GatewayError('internal', `no worker serves any more: ${MOST_FAILED_STARTS} in a row ended before they listened; the messages above say why`),
        )
        return
      }
      await this.#replace(place, error.ending)
    }
  }

  #serving(): readonly ServingWorker[] {
    return this.#places.flatMap(({ number, process, servingSince }) => (process && servingSince !== undefined ? [{ number, pid: process.pid }] : []))
  }
}

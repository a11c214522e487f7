import type { Agent } from 'undici'
import { createCheck } from './answer-check.ts'
import type { Destination } from './destination.ts'
import type { Scenario } from './scenario.ts'
import { nowMicros, StampReader } from './stamp.ts'

export interface Exchange {
  /** ms until the first event was there. */
  readonly firstEventMs: number
  /** What went wrong, if anything did. */
  readonly problem?: string
}

export interface Tally {
  requests: number
  events: number
  bytes: number
  errors: number
  firstProblem: string | undefined
}

/** Answers whose text is compared too: of the first ones, not of all. */
const THOROUGH = 50
const AFTER_ERROR_MS = 20

/** Sends one scenario's requests and keeps count. */
export class Exchanger {
  readonly tally: Tally = { requests: 0, events: 0, bytes: 0, errors: 0, firstProblem: undefined }
  /** How long each stamped event was on its way, in ms. */
  transits: number[] = []
  readonly #agent: Agent
  readonly #scenario: Scenario
  #started = 0

  constructor(agent: Agent, scenario: Scenario) {
    this.#agent = agent
    this.#scenario = scenario
  }

  /** One request and its whole answer; never rejects. */
  ask({ origin, path, headers, body, form }: Destination): Promise<Exchange> {
    const { tally } = this
    const check = createCheck(form, this.#scenario, this.#started++ < THOROUGH)
    const stamps = this.#scenario.stamped ? new StampReader() : undefined
    const start = performance.now()
    let firstEventMs = Number.NaN
    return new Promise(resolve => {
      const settle = (problem: string | undefined) => {
        if (problem === undefined) {
          tally.requests += 1
          resolve({ firstEventMs })
          return
        }
        tally.errors += 1
        tally.firstProblem ??= problem
        // A target that refuses at once would be asked without a pause, and the end of the window would never come.
        setTimeout(() => resolve({ firstEventMs, problem }), AFTER_ERROR_MS)
      }
      let status = 0
      this.#agent.dispatch(
        { origin, path, method: 'POST', headers, body },
        {
          onRequestStart: () => undefined,
          onResponseStart: (_controller, received) => {
            status = received
          },
          onResponseData: (_controller, chunk) => {
            const before = check.events
            if (stamps !== undefined) this.#time(stamps, chunk)
            check.push(chunk)
            tally.bytes += chunk.length
            tally.events += check.events - before
            if (before === 0 && check.events > 0) firstEventMs = performance.now() - start
          },
          onResponseEnd: () => {
            const before = check.events
            const problem = status === 200 ? check.problem() : `status ${status}`
            // A document's events are known when it has been read.
            tally.events += check.events - before
            settle(problem)
          },
          onResponseError: (_controller, error) => settle(error.message),
        },
      )
    })
  }

  #time(stamps: StampReader, chunk: Buffer): void {
    const now = nowMicros()
    for (const sent of stamps.push(chunk)) this.transits.push((now - sent) / 1000)
  }
}

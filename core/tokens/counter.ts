import type { Call, Outcome } from '../contract/call.ts'
import type { Clock } from '../contract/clock.ts'
import type { EventBus, GatewayEvents } from '../contract/event-bus.ts'
import type { Logger } from '../contract/log.ts'
import type { ChatRequest } from '../model/request.ts'
import { Calibration } from './calibration.ts'
import { type CountedContent, contentOf } from './request-content.ts'
import { Tokenizer } from './tokenizer.ts'

export interface TokenCounterDeps {
  readonly events: EventBus
  readonly clock: Clock
  readonly log: Logger
  readonly tokenizer?: Pick<Tokenizer, 'count' | 'idle' | 'close'>
}

/** Answers are compared with our count at most this often: each comparison costs a pass of the tokenizer. */
const LEARN_EVERY_MS = 5_000

/** How many tokens a request is, before anybody upstream has seen it. */
export class TokenCounter {
  readonly #events: EventBus
  readonly #clock: Clock
  readonly #tokenizer: Pick<Tokenizer, 'count' | 'idle' | 'close'>
  readonly #calibration = new Calibration()
  readonly #onSettled: GatewayEvents['request.settled']
  #learnedAt = Number.NEGATIVE_INFINITY

  constructor({ events, clock, log, tokenizer = new Tokenizer({ clock, log }) }: TokenCounterDeps) {
    this.#events = events
    this.#clock = clock
    this.#tokenizer = tokenizer
    this.#onSettled = ({ call, outcome }) => void this.learn(call, outcome)
    events.on('request.settled', this.#onSettled)
  }

  /** At least 1, whatever happens to the tokenizer: then the texts' length stands in for it. */
  async count(request: ChatRequest, signal?: AbortSignal): Promise<number> {
    const content = contentOf(request)
    const counted = (await this.#tokenizer.count(content.texts, signal)) ?? byLength(content)
    return Math.max(1, Math.round((counted + content.fixed) * this.#calibration.ratio(request.model)))
  }

  /**
   * Compares one finished answer with our count of its request. Only when the tokenizer is loaded and idle: a gateway
   * whose clients never ask for counts pays nothing, and nobody waits for this.
   */
  async learn({ request }: Pick<Call, 'request'>, { status, usage }: Pick<Outcome, 'status' | 'usage'>): Promise<void> {
    const now = this.#clock.monotonic()
    const reported = usage?.input
    if (status !== 'ok' || reported === undefined || usage?.guessed === true) return
    if (!this.#tokenizer.idle || now - this.#learnedAt < LEARN_EVERY_MS) return
    this.#learnedAt = now
    const content = contentOf(request)
    const counted = await this.#tokenizer.count(content.texts)
    if (counted !== undefined) this.#calibration.learn(request.model, { reported, counted: counted + content.fixed })
  }

  async close(): Promise<void> {
    this.#events.off('request.settled', this.#onSettled)
    await this.#tokenizer.close()
  }
}

/** Four ASCII characters make a token; every byte beyond one per character counts three eighths: one token per CJK character. */
function byLength({ texts }: CountedContent): number {
  return Math.ceil(texts.reduce((sum, text) => sum + text.length / 4 + (Buffer.byteLength(text) - text.length) * 0.375, 0))
}

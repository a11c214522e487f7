import type { Clock, Timer } from '../contract/clock.ts'
import type { Logger } from '../contract/log.ts'
import type { AccountEntry } from './entry.ts'
import type { AccountRepository } from './repository.ts'

const FLUSH_MS = 1_000

/** Writes health down a little later, many accounts at once: losing a second of it costs one more failure, not an account. */
export class HealthJournal {
  readonly #repository: Pick<AccountRepository, 'saveHealth'>
  readonly #clock: Clock
  readonly #log: Logger
  #changed = new Set<AccountEntry>()
  #timer: Timer | undefined
  #flushing: Promise<void> = Promise.resolve()
  #failing = false
  #closed = false

  constructor({ repository, clock, log }: { repository: Pick<AccountRepository, 'saveHealth'>; clock: Clock; log: Logger }) {
    this.#repository = repository
    this.#clock = clock
    this.#log = log
  }

  note(entry: AccountEntry): void {
    this.#changed.add(entry)
    this.#arm()
  }

  /** Whether the last write failed. */
  get failing(): boolean {
    return this.#failing
  }

  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#write())
    return this.#flushing
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    this.#timer = undefined
    await this.flush()
  }

  #arm(): void {
    if (this.#closed) return
    this.#timer ??= this.#clock.timer(FLUSH_MS, () => {
      this.#timer = undefined
      void this.flush()
    })
  }

  async #write(): Promise<void> {
    const changed = this.#changed
    if (changed.size === 0) return
    this.#changed = new Set()
    try {
      await this.#repository.saveHealth([...changed].map(entry => ({ id: entry.id, epoch: entry.healthEpoch, state: entry.health })))
      this.#failing = false
    } catch (error) {
      if (!this.#failing) this.#log.warn('account health could not be written down, it is kept in memory', { error })
      this.#failing = true
      for (const entry of changed) this.#changed.add(entry)
      this.#arm()
    }
  }
}

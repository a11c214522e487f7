import type { Clock, Timer } from '../contract/clock.ts'
import type { Logger } from '../contract/log.ts'
import type { AccountEntry } from './entry.ts'
import type { AccountRepository, HealthChange } from './repository.ts'

const FLUSH_MS = 1_000

/** That an account rests or has ended is for other processes to know before they use it again. */
const URGENT_FLUSH_MS = 50

/** Writes health down a little later, many accounts at once: losing a second of it costs one more failure, not an account. */
export class HealthJournal {
  readonly #repository: Pick<AccountRepository, 'saveHealth'>
  readonly #clock: Clock
  readonly #log: Logger
  #changed = new Set<AccountEntry>()
  #timer: Timer | undefined
  #timerAt = 0
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
    this.#arm(entry.health.status === 'active' ? FLUSH_MS : URGENT_FLUSH_MS)
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

  #arm(ms: number): void {
    const at = this.#clock.monotonic() + ms
    if (this.#closed || (this.#timer && this.#timerAt <= at)) return
    this.#timer?.cancel()
    this.#timerAt = at
    this.#timer = this.#clock.timer(ms, () => {
      this.#timer = undefined
      void this.flush()
    })
  }

  async #write(): Promise<void> {
    const changed = this.#changed
    if (changed.size === 0) return
    this.#changed = new Set()
    const changes = [...changed].map(entry => ({ entry, state: entry.health, change: changeOf(entry) }))
    try {
      const { written, revision = 0 } = await this.#repository.saveHealth(
        changes.map(({ change }) => change),
        this.#clock.now(),
      )
      for (const { entry, state } of changes) {
        if (written.has(entry.id)) entry.noteStored(state, revision)
        if (entry.health === state) entry.unsavedHealth = false
      }
      this.#failing = false
    } catch (error) {
      if (!this.#failing) this.#log.warn('account health could not be written down, it is kept in memory', { error })
      this.#failing = true
      for (const entry of changed) this.#changed.add(entry)
      this.#arm(FLUSH_MS)
    }
  }
}

function changeOf({ id, healthEpoch: epoch, storedHealth: base, health: state, account: { generation } }: AccountEntry): HealthChange {
  return { id, epoch, generation, base, state }
}

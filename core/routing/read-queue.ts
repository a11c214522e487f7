import type { Account } from '../contract/account.ts'
import type { Clock, Timer } from '../contract/clock.ts'

/** Reads under way at once; those that somebody waits for have some places of their own. */
const AT_ONCE = { background: 4, awaited: 8 } as const
/** A read that takes longer goes on, but holds up no other. */
const PLACE_MS = 10_000

type Urgency = keyof typeof AT_ONCE

interface Queued {
  readonly account: Account
  readonly done: () => void
}

/** Reads lists a few at a time, each once for all who ask. */
export class ReadQueue {
  readonly #read: (account: Account) => Promise<void>
  readonly #clock: Clock
  readonly #flights = new Map<string, Promise<void>>()
  readonly #waiting: Readonly<Record<Urgency, Map<string, Queued>>> = { background: new Map(), awaited: new Map() }
  #running = 0
  #closed = false

  /** @param read never rejects */
  constructor(read: (account: Account) => Promise<void>, clock: Clock) {
    this.#read = read
    this.#clock = clock
  }

  async readAll(accounts: readonly Account[]): Promise<void> {
    await Promise.all(accounts.map(account => this.read(account, 'awaited')))
  }

  read(account: Account, urgency: Urgency): Promise<void> {
    const { id } = account
    const { background, awaited } = this.#waiting
    const queued = background.get(id)
    if (queued !== undefined && urgency === 'awaited') {
      background.delete(id)
      awaited.set(id, queued)
      this.#next()
    }
    const running = this.#flights.get(id)
    if (running !== undefined) return running
    const flight = new Promise<void>(resolve => this.#waiting[urgency].set(id, { account, done: resolve }))
    this.#flights.set(id, flight)
    this.#next()
    return flight
  }

  /** Begins no more reads. */
  close(): void {
    this.#closed = true
    for (const waiting of Object.values(this.#waiting)) {
      for (const { done } of waiting.values()) done()
      waiting.clear()
    }
  }

  #next(): void {
    for (const urgency of ['awaited', 'background'] as const) {
      for (const [id, queued] of this.#waiting[urgency]) {
        if (this.#closed || this.#running >= AT_ONCE[urgency]) break
        this.#waiting[urgency].delete(id)
        this.#start(queued)
      }
    }
  }

  #start({ account, done }: Queued): void {
    this.#running++
    let held = true
    const leave = () => {
      if (!held) return
      held = false
      this.#running--
      this.#next()
    }
    const timer: Timer = this.#clock.timer(PLACE_MS, leave)
    void this.#read(account).finally(() => {
      timer.cancel()
      this.#flights.delete(account.id)
      done()
      leave()
    })
  }
}

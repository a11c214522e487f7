import type { Clock, Timer } from '../contract/clock.ts'
import type { Logger } from '../contract/log.ts'
import type { Rotation, TokenStore } from './token-store.ts'

const FIRST_RETRY_MS = 250
const LONGEST_RETRY_MS = 15_000

interface Held {
  readonly rotation: Rotation
  readonly settled: (result: 'stored' | 'superseded') => void
  waitMs: number
  timer: Timer | undefined
  readonly stored: PromiseWithResolvers<void>
}

/**
 * Puts rotations into the store, and does not let go of one that the store cannot take: the credential before it is
 * spent, so until the disk has space again this process holds the only copy.
 */
export class RotationWriter {
  readonly #tokens: Pick<TokenStore, 'rotate'>
  readonly #clock: Clock
  readonly #log: Logger
  readonly #held = new Map<string, Held>()

  constructor({ tokens, clock, log }: { tokens: Pick<TokenStore, 'rotate'>; clock: Clock; log: Logger }) {
    this.#tokens = tokens
    this.#clock = clock
    this.#log = log
  }

  /** Accounts whose newest credential is in memory only. None of them may be renewed meanwhile. */
  get held(): ReadonlySet<string> {
    return new Set(this.#held.keys())
  }

  holds(account: string): boolean {
    return this.#held.has(account)
  }

  /** Resolves when the store has what is held of an account; undefined when nothing is. */
  stored(account: string): Promise<void> | undefined {
    return this.#held.get(account)?.stored.promise
  }

  /**
   * @param settled told once, now or later, when the store has it
   * @throws what the store met; the rotation is then held and tried again
   */
  async write(rotation: Rotation, settled: (result: 'stored' | 'superseded') => void): Promise<void> {
    let result: 'stored' | 'superseded'
    try {
      result = await this.#tokens.rotate(rotation)
    } catch (error) {
      this.#log.error('a renewed credential could not be stored: it is held in memory and tried again', { account: rotation.account, error })
      const held: Held = { rotation, settled, waitMs: FIRST_RETRY_MS, timer: undefined, stored: Promise.withResolvers() }
      this.#held.set(rotation.account, held)
      this.#arm(held)
      throw error
    }
    settled(result)
  }

  /** A last try for everything that is held. */
  async close(): Promise<void> {
    for (const held of this.#held.values()) {
      held.timer?.cancel()
      await this.#retry(held).catch(() => this.#log.error('a renewed credential is lost: the store refused it to the end', { account: held.rotation.account }))
    }
  }

  #arm(held: Held): void {
    held.timer = this.#clock.timer(held.waitMs, () => {
      held.waitMs = Math.min(held.waitMs * 2, LONGEST_RETRY_MS)
      this.#retry(held).catch(() => this.#arm(held))
    })
  }

  async #retry(held: Held): Promise<void> {
    const result = await this.#tokens.rotate(held.rotation)
    this.#held.delete(held.rotation.account)
    this.#log.info('a held credential is stored now', { account: held.rotation.account })
    held.settled(result)
    held.stored.resolve()
  }
}

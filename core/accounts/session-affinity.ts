import { LRUCache } from 'lru-cache'

/** Prompt caches live for minutes; a conversation that was silent for this long gains nothing by its old account. */
const IDLE_MS = 3_600_000

/** Conversations remembered at once, some hundred bytes each. */
const REMEMBERED = 10_000

interface Binding {
  readonly account: string
  usedAt: number
}

/** Which account a conversation is with. In memory only: after a restart each finds an account anew. */
export class SessionAffinity {
  readonly #bindings = new LRUCache<string, Binding>({ max: REMEMBERED })

  /** The account that a conversation was served by last, if that is not too long ago. */
  accountOf(session: string, now: number): string | undefined {
    const binding = this.#bindings.get(session)
    if (binding === undefined || now - binding.usedAt > IDLE_MS) return undefined
    return binding.account
  }

  /** The account has answered: the conversation stays with it. */
  bind(session: string, account: string, now: number): void {
    const binding = this.#bindings.get(session)
    if (binding?.account === account) binding.usedAt = now
    else this.#bindings.set(session, { account, usedAt: now })
  }
}

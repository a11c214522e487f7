import { BoundedMap } from './bounded-map.ts'
import type { Principal } from './call.ts'

/** Characters that all reasoning together may hold: some of it is as long as an answer. */
const MOST_CHARACTERS = 32 * 1024 * 1024

/**
 * The reasoning that led to tool calls, for clients that have no place for it: upstreams want it back while the calls are
 * worked on. Found by the calls' ids, and by nobody but whoever was answered with them. `T` is the upstream's own form of
 * it, kept as long as there is room.
 */
export class ReasoningMemory<T> {
  readonly #kept: BoundedMap<T>

  constructor(limit = MOST_CHARACTERS) {
    this.#kept = new BoundedMap(limit)
  }

  /** Nothing may be remembered too: that there was no reasoning is another thing than that it was lost. */
  remember(caller: Principal, calls: readonly string[], reasoning: T): void {
    if (calls.length === 0) return
    const weight = JSON.stringify(reasoning).length
    for (const call of calls) this.#kept.set(keyOf(caller, call), reasoning, weight)
  }

  /** What led to a call, the same value for all calls that it led to; undefined: not known here. */
  recall(caller: Principal, call: string): T | undefined {
    return this.#kept.size === 0 ? undefined : this.#kept.get(keyOf(caller, call))
  }
}

function keyOf({ keyId, tenant = '' }: Principal, call: string): string {
  return JSON.stringify([keyId, tenant, call])
}

import type { Clock, ImportContext } from '../../../core/index.ts'
import { type ClientPair, findClient } from './companion.ts'

/** Looks for client registrations beside sources; a list of thousands of accounts reads its folder once. */
export class ClientSearch {
  readonly #clock: Clock
  readonly #found = new Map<ImportContext, Map<string | null, Promise<ClientPair | undefined>>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @param wanted name of the registration; null: any; undefined: none is needed */
  find(wanted: string | null | undefined, context: ImportContext): Promise<ClientPair | undefined> {
    if (wanted === undefined) return Promise.resolve(undefined)
    const known = this.#found.get(context) ?? new Map<string | null, Promise<ClientPair | undefined>>()
    this.#found.set(context, known)
    const found = known.get(wanted) ?? findClient(wanted ?? undefined, context, this.#clock)
    known.set(wanted, found)
    return found
  }
}

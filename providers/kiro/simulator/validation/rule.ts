import type { SimulatedAccount } from '../accounts.ts'
import type { ErrorName } from '../error-catalogue.ts'
import type { Generation } from '../generation.ts'
import type { SignatureRegistry } from '../signatures.ts'

/**
 * How demanding the simulator is (`kiro.md` §10.2). `strict` refuses whatever any source reports as refused;
 * `lenient` is what the amazonaws.com hosts let pass; `kirodev` is strict and knows no unknown members; `off` asks nothing.
 */
export type ValidationProfile = 'strict' | 'lenient' | 'kirodev' | 'off'

/** What the rules may look at. */
export interface Inquiry {
  readonly generation: Generation
  readonly account: SimulatedAccount
  /** Which request line was used: the REST path, or the root path with a target header. */
  readonly form: 'rest' | 'rpc'
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Region that the called host stands for; undefined: any. */
  readonly hostRegion: string | undefined
  readonly bodyLimit: number
  /** Overrides the models' own windows. */
  readonly contextWindow: number | undefined
  readonly signatures: SignatureRegistry
}

/** One demand on a request. */
export interface Rule {
  readonly name: string
  /** The answer to a request that breaks it. */
  readonly error: ErrorName
  /** Profiles that make the demand; absent: all. */
  readonly profiles?: readonly ValidationProfile[]
  /** What breaks the rule, in words for the journal; undefined when nothing does. */
  readonly violation: (inquiry: Inquiry) => string | undefined
}

/** Profiles that do not forgive what the amazonaws.com hosts forgive. */
export const UNFORGIVING: readonly ValidationProfile[] = ['strict', 'kirodev']

/** The first item's complaint, if any item has one. */
export function firstComplaint<T>(items: readonly T[], complaint: (item: T, index: number) => string | undefined): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = complaint(item, index)
    if (found !== undefined) return found
  }
  return undefined
}

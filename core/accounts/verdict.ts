import type { Lane } from '../contract/account.ts'
import type { Provider } from '../contract/provider.ts'
import type { ErrorCode } from '../errors/codes.ts'
import type { AccountEntry } from './entry.ts'

/** Who serves an attempt, and over which way. */
export interface Choice {
  readonly provider: Provider
  readonly entry: AccountEntry
  readonly lane: Lane
  /** The provider's own id. */
  readonly model: string
  /** As the client names it, by which others are found. */
  readonly asked: string
  /** The conversation that stays with the account once it has answered. */
  readonly session?: string
}

/** Why an account that may serve somebody cannot serve this. */
export type Obstacle =
  /** It was found unusable while this attempt was being prepared. */
  | { readonly obstacle: 'passed' }
  | { readonly obstacle: 'no-provider' }
  | { readonly obstacle: 'no-lane' }
  | { readonly obstacle: 'not-served' }
  /** Nothing says that it has the model, and others are known to: it serves where they cannot. */
  | { readonly obstacle: 'behind' }
  /** The upstream refused it the model, which is remembered for a while. */
  | { readonly obstacle: 'refused'; readonly code: ErrorCode; readonly until: number }
  /** Each of its lanes failed lately: it serves where nobody else can. */
  | { readonly obstacle: 'tired'; readonly until: number }
  /** It would serve if its pace allowed; `until` is Infinity where only the end of a request helps. */
  | { readonly obstacle: 'busy'; readonly until: number }

export type Verdict = Choice | Obstacle

export function isChoice(verdict: Verdict): verdict is Choice {
  return 'entry' in verdict
}

/** Somebody could serve, but not at once: whoever asks may wait. */
export class Busy {
  /** In whose line to wait. */
  readonly provider: string
  /** When the first of them may be asked again; Infinity where only the end of a request helps. */
  readonly until: number

  constructor(provider: string, until: number) {
    this.provider = provider
    this.until = until
  }

  /** Somebody else is busy too. */
  or(until: number): Busy {
    return new Busy(this.provider, Math.min(until, this.until))
  }
}

export const PASSED: Obstacle = { obstacle: 'passed' }
export const NO_PROVIDER: Obstacle = { obstacle: 'no-provider' }
export const NO_LANE: Obstacle = { obstacle: 'no-lane' }
export const NOT_SERVED: Obstacle = { obstacle: 'not-served' }
export const BEHIND: Obstacle = { obstacle: 'behind' }

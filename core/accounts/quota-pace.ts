import type { AccountEntry } from './entry.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** An account that is asked for answers. */
const IN_USE_MS = 15 * MINUTE
/** One that is not: often enough to show a plan that changed or a sign-in that ended, and to note a reset. */
const IDLE_MS = 6 * HOUR
/** One that has nothing left may get something at any time; a little less than the hour after which it is tried without a date. */
const EXHAUSTED_MS = 55 * MINUTE
/** An upstream that refused for lack of quota knows when it comes back; and a new account is looked at. */
const SOON_MS = 10 * SECOND
/** The upstream's clock is not ours. */
const AFTER_RESET_MS = 5 * SECOND

/** A start reads accounts one by one: so long per account that waits, and no longer altogether. */
const APART_MS = SECOND
const SPREAD_MOST_MS = 15 * MINUTE

/** Processes and accounts must not come to read together. */
const JITTER = 0.2

/** What the time of the next reading depends on. As long as nothing of it changes the answer is the same. */
export interface ReadingPace {
  /** Asked for an answer since the last reading. */
  readonly used: boolean
  /** When the upstream refused for lack of quota, since the last reading. Steady, as all that follow. */
  readonly refusedAt: number | undefined
  /** When the account was first seen. */
  readonly seenAt: number
  /** When it was last read; undefined: never. */
  readonly readAt: number | undefined
  /** 0 up to 1, another one after each reading. */
  readonly random: number
  /** How many accounts there are. */
  readonly accounts: number
}

/** When an account's quota is read next, steady time; undefined: not by itself. */
export function nextReading(entry: Pick<AccountEntry, 'account' | 'disabled' | 'health'>, pace: ReadingPace): number | undefined {
  if (!isReadable(entry)) return undefined
  const { refusedAt, seenAt, readAt, random } = pace
  if (refusedAt !== undefined) return refusedAt + SOON_MS * (1 + random)
  if (readAt === undefined) return seenAt + random * (SOON_MS + Math.min(pace.accounts * APART_MS, SPREAD_MOST_MS))
  const { status, until } = entry.health
  const exhausted = status === 'exhausted'
  const regular = readAt + (exhausted ? EXHAUSTED_MS : pace.used ? IN_USE_MS : IDLE_MS) * (1 - JITTER * random)
  return exhausted && until !== undefined ? Math.min(regular, until + AFTER_RESET_MS * (1 + random)) : regular
}

/** Callers' own accounts are theirs to know about; who is under suspicion is left in peace. */
function isReadable({ account, disabled, health }: Pick<AccountEntry, 'account' | 'disabled' | 'health'>): boolean {
  if (account.owner !== undefined || disabled) return false
  const { status, reason } = health
  return status !== 'invalid' && status !== 'suspended' && !(status === 'cooldown' && reason === 'account_suspicious')
}

import type { CredentialLifetime, Provider } from '../contract/provider.ts'

const DAY = 86_400_000
/** What a renewed token is taken for when its issuer says nothing sensible. */
const DEFAULT_LIFE_MS = 3_600_000
const LONGEST_LIFE_MS = 90 * DAY

const LEAD_MS = 900_000
const JITTER = 0.2

/** This close to its end a token is not worth sending: it would end on the way. */
const MARGIN_MS = 5_000

const NEVER_ENDS: CredentialLifetime = { expiresAt: Infinity, replayable: false }

/** What a provider says of a credential; without a say, or without a way to renew, it never ends. */
export function lifetimeOf(provider: Provider, credential: unknown): CredentialLifetime {
  if (!provider.lifetime || !provider.refreshToken) return NEVER_ENDS
  // Whatever is kept for a provider passed its own schema when it came in.
  return provider.lifetime(credential as never)
}

/** The end of a credential that somebody handed us, as wall clock; nonsense counts as unknown. */
export function importedEnd(lifetime: CredentialLifetime): number | undefined {
  const { expiresAt } = lifetime
  return expiresAt === Infinity || Number.isFinite(expiresAt) ? expiresAt : undefined
}

/** The end of a credential received just now: by how long it lasts, never by what it says of an hour long gone. */
export function renewedEnd(lifetime: CredentialLifetime, now: number): number {
  const { expiresAt } = lifetime
  if (expiresAt === Infinity) return Infinity
  const remaining = expiresAt === undefined ? NaN : expiresAt - now
  return now + (Number.isFinite(remaining) && remaining > 0 ? Math.min(remaining, LONGEST_LIFE_MS) : DEFAULT_LIFE_MS)
}

/** A token's time as this process counts it, on its steady clock. */
export interface TokenTimes {
  /** Infinity: never; 0: unknown, so renew before the first use. */
  readonly endsAt: number
  /** When to renew ahead of the end. */
  readonly dueAt: number
  readonly lifeMs: number
}

export interface TokenClock {
  /** Steady. */
  readonly now: number
  readonly wall: number
  /** 0 up to 1. */
  readonly random: number
}

export function tokenTimes(token: { readonly expiresAt: number | undefined; readonly refreshedAt: number }, clock: TokenClock): TokenTimes {
  if (token.expiresAt === undefined) return { endsAt: 0, dueAt: Infinity, lifeMs: 0 }
  if (token.expiresAt === Infinity) return { endsAt: Infinity, dueAt: Infinity, lifeMs: Infinity }
  const lifeMs = Math.min(Math.max(token.expiresAt - token.refreshedAt, 0), LONGEST_LIFE_MS)
  // A clock that went back since must not make a token last longer than it was given.
  const remaining = Math.min(token.expiresAt - clock.wall, lifeMs)
  const lead = Math.min(LEAD_MS, lifeMs / 2) * (1 - JITTER * clock.random)
  return { endsAt: clock.now + remaining, dueAt: clock.now + Math.max(remaining - lead, 0), lifeMs }
}

/** Whether a token may be sent now without a renewal first. */
export function isFresh(times: TokenTimes, now: number): boolean {
  return times.endsAt - now > Math.min(MARGIN_MS, times.lifeMs / 10)
}

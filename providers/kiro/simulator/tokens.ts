import type { SimulatedAccount } from './accounts.ts'
import { base62 } from './identifiers.ts'

export interface TokenPair {
  readonly accessToken: string
  readonly refreshToken: string
  /** Wall clock, milliseconds. */
  readonly expiresAt: number
  readonly expiresIn: number
}

/** `strict`: a refresh token works once. `grace`: it works again until an access token that replaced it was used. */
export type RotationMode = 'strict' | 'grace'

export interface TokenPolicy {
  readonly rotation: RotationMode
  readonly accessTokenSeconds: number
  readonly now: () => number
}

type RefreshRefusal = 'unknown' | 'spent' | 'wrong-client'
export type RefreshOutcome = TokenPair | { readonly refused: RefreshRefusal; readonly accountId?: string }

interface AccessToken {
  readonly accountId: string
  expiresAt: number
  /** The refresh token that was traded for it, while that one is in its grace time. */
  replaces: RefreshToken | undefined
}

interface RefreshToken {
  readonly accountId: string
  /** The OIDC client that it belongs to; undefined for social logins. */
  readonly clientId: string | undefined
  /** The one before it, while that one is in its grace time. */
  readonly before: RefreshToken | undefined
  state: 'live' | 'replaced' | 'spent'
}

export type BearerOutcome = { readonly accountId: string } | { readonly refused: 'unknown' | 'expired' }

/** Access tokens, refresh tokens and API keys that were given out, and which of them still work. */
export class TokenRegistry {
  readonly #policy: TokenPolicy
  readonly #access = new Map<string, AccessToken>()
  readonly #refresh = new Map<string, RefreshToken>()
  readonly #apiKeys = new Map<string, { readonly accountId: string; revoked: boolean }>()

  constructor(policy: TokenPolicy) {
    this.#policy = policy
  }

  issuePair(account: Pick<SimulatedAccount, 'id'>, options: { readonly clientId?: string; readonly seconds?: number } = {}): TokenPair {
    return this.#issuePair({ accountId: account.id, clientId: options.clientId, before: undefined }, options.seconds)
  }

  issueApiKey(account: Pick<SimulatedAccount, 'id'>): string {
    const key = `ksk_${base62(48)}`
    this.#apiKeys.set(key, { accountId: account.id, revoked: false })
    return key
  }

  /** Checks a bearer token, and takes note of its use: that ends the grace time of the refresh tokens before it. */
  authenticate(bearer: string): BearerOutcome {
    const key = this.#apiKeys.get(bearer)
    if (key !== undefined) return key.revoked ? { refused: 'unknown' } : key
    const token = this.#access.get(bearer)
    if (token === undefined) return { refused: 'unknown' }
    if (token.expiresAt <= this.#policy.now()) return { refused: 'expired' }
    for (let before = token.replaces; before?.state === 'replaced'; before = before.before) before.state = 'spent'
    token.replaces = undefined
    return token
  }

  /** Trades a refresh token for a new pair; with `rotate: false` the answer carries the old refresh token, which stays good. */
  refresh(refreshToken: string, options: { readonly clientId?: string; readonly rotate?: boolean } = {}): RefreshOutcome {
    const token = this.#refresh.get(refreshToken)
    if (token === undefined) return { refused: 'unknown' }
    if (token.clientId !== options.clientId) return { refused: 'wrong-client', accountId: token.accountId }
    if (token.state === 'spent') return { refused: 'spent', accountId: token.accountId }
    if (options.rotate === false) return { refreshToken, ...this.#issueAccess(token) }
    token.state = this.#policy.rotation === 'grace' ? 'replaced' : 'spent'
    return this.#issuePair({ ...token, before: token.state === 'replaced' ? token : undefined })
  }

  /** The account that a token or key was given to, however long ago. */
  ownerOf(tokenOrKey: string): string | undefined {
    return (this.#access.get(tokenOrKey) ?? this.#refresh.get(tokenOrKey) ?? this.#apiKeys.get(tokenOrKey))?.accountId
  }

  /** Makes access tokens useless at once: one account's, or everybody's. */
  expireAccess(accountId?: string): void {
    for (const token of this.#access.values()) {
      if (accountId === undefined || token.accountId === accountId) token.expiresAt = 0
    }
  }

  /** Takes everything back that the account was given. */
  revoke(accountId: string): void {
    this.expireAccess(accountId)
    for (const token of this.#refresh.values()) if (token.accountId === accountId) token.state = 'spent'
    for (const key of this.#apiKeys.values()) if (key.accountId === accountId) key.revoked = true
  }

  #issuePair(family: Omit<RefreshToken, 'state'>, seconds?: number): TokenPair {
    // The IDE's tokens have hundreds of characters; importers refuse refresh tokens of fewer than 100 as cut copies.
    const refreshToken = `aor${base62(180)}`
    this.#refresh.set(refreshToken, { ...family, state: 'live' })
    return { refreshToken, ...this.#issueAccess(family, seconds) }
  }

  #issueAccess(family: Omit<RefreshToken, 'state'>, seconds = this.#policy.accessTokenSeconds): Omit<TokenPair, 'refreshToken'> {
    const accessToken = `aoa${base62(180)}`
    const expiresAt = this.#policy.now() + seconds * 1000
    this.#access.set(accessToken, { accountId: family.accountId, expiresAt, replaces: family.before })
    return { accessToken, expiresAt, expiresIn: seconds }
  }
}

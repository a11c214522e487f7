import { randomInt } from 'node:crypto'
import type { ErrorName } from './error-catalogue.ts'
import { base62 } from './identifiers.ts'

export type AccountKind = 'social' | 'builder-id' | 'idc' | 'external-idp' | 'api-key'
export type AccountPlan = 'free' | 'pro' | 'pro-plus' | 'power'

/** Which wall an exhausted account runs into. */
export type Exhaustion = Extract<
  ErrorName,
  | 'monthly-request-count'
  | 'monthly-request-count-402'
  | 'monthly-request-count-429'
  | 'overage-request-limit-exceeded'
  | 'overage-request-limit-exceeded-402'
  | 'daily-request-count'
  | 'maximum-request-reached'
>

export interface SimulatedAccount {
  readonly id: string
  readonly kind: AccountKind
  readonly email: string
  readonly plan: AccountPlan
  /** Where its OIDC client lives. */
  readonly authRegion: string
  /** Where its profile lives. */
  readonly apiRegion: string
  /** The only ARN it may present; API keys have none. */
  readonly profileArn: string | undefined
  /** Credits that the plan includes. */
  readonly creditLimit: number
  creditsUsed: number
  /** Credits beside the plan's, used up after them. */
  trial: { readonly used: number; readonly limit: number } | undefined
  suspended: boolean
  exhausted: Exhaustion | undefined
}

export interface IssueOptions {
  readonly email?: string
  /** Default `pro`. */
  readonly plan?: AccountPlan
  /** SSO region; default us-east-1. */
  readonly region?: string
  /** Region of the profile; default us-east-1. */
  readonly apiRegion?: string
  /** Lifetime of the first access token; default as configured for the simulator. */
  readonly accessTokenSeconds?: number
  /** Puts the ARN into an `idc` credential too, where the IDE's own file has none. */
  readonly withProfileArn?: boolean
  readonly creditLimit?: number
}

/** Public constants of the imitated service (`kiro.md` §1.7), shared by all logins of their kind. */
const SOCIAL_ARN = 'arn:aws:codewhisperer:us-east-1:699475941385:profile/EHGA3GRVQMUK'
const BUILDER_ID_ARN = 'arn:aws:codewhisperer:us-east-1:638616132270:profile/AAAACCCCXXXX'

const CREDITS: Readonly<Record<AccountPlan, number>> = { free: 50, pro: 1000, 'pro-plus': 2000, power: 10_000 }

/** Who exists at the imitated service. */
export class AccountRegistry {
  readonly #accounts = new Map<string, SimulatedAccount>()
  #count = 0

  create(kind: AccountKind, options: IssueOptions = {}): SimulatedAccount {
    this.#count += 1
    const id = `account-${this.#count}`
    const plan = options.plan ?? 'pro'
    const apiRegion = options.apiRegion ?? 'us-east-1'
    const account: SimulatedAccount = {
      id,
      kind,
      plan,
      apiRegion,
      email: options.email ?? `user-${this.#count}@example.com`,
      authRegion: options.region ?? 'us-east-1',
      profileArn: ownArn(kind, apiRegion),
      creditLimit: options.creditLimit ?? CREDITS[plan],
      creditsUsed: 0,
      trial: undefined,
      suspended: false,
      exhausted: undefined,
    }
    this.#accounts.set(id, account)
    return account
  }

  /** Whoever signs in: the same person of the same kind is the same account. */
  of(kind: AccountKind, options: IssueOptions & { readonly email: string }): SimulatedAccount {
    const known = [...this.#accounts.values()].find(account => account.kind === kind && account.email === options.email)
    return known ?? this.create(kind, options)
  }

  get(id: string): SimulatedAccount | undefined {
    return this.#accounts.get(id)
  }

  all(): Iterable<SimulatedAccount> {
    return this.#accounts.values()
  }
}

/** The id that the service would show for the account's user. */
export function userIdOf(account: SimulatedAccount): string {
  return `d-0000000000.${account.id}`
}

function ownArn(kind: AccountKind, region: string): string | undefined {
  switch (kind) {
    case 'social':
      return SOCIAL_ARN
    case 'builder-id':
      return BUILDER_ID_ARN
    case 'idc':
    case 'external-idp':
      return `arn:aws:codewhisperer:${region}:${randomInt(1e11, 1e12 / 4)}:profile/${base62(12).toUpperCase()}`
    case 'api-key':
      return undefined
    default:
      return kind satisfies never
  }
}

import { AccountRegistry, type Exhaustion, type SimulatedAccount } from './accounts.ts'
import { OidcClients } from './oidc-clients.ts'
import { Journal } from './journal.ts'
import { type KiroSimulatorOptions, settingsOf, type SimulatorSettings } from './options.ts'
import { SignatureRegistry } from './signatures.ts'
import { SignIns } from './sign-ins.ts'
import { StepQueue } from './step-queue.ts'
import type { Step } from './steps.ts'
import { TokenRegistry } from './tokens.ts'

/** Counts since the start, or since the last reset. */
export interface SimulatorStats {
  readonly requests: number
  /** Answers that are being streamed at this moment. */
  readonly openStreams: number
  readonly streams: number
  /** Streams that the client left before their end. */
  readonly abortedStreams: number
  readonly refreshAttempts: number
  /** Refresh tokens that were traded. */
  readonly refreshes: number
  /** Refresh tokens that had been used up before: a sign of two refreshers. */
  readonly spentRefreshTokensPresented: number
  readonly refusedByRules: number
  readonly queuedSteps: number
}

export type Counters = { -readonly [K in keyof Omit<SimulatorStats, 'queuedSteps'>]: number }

/** What an account's usage report is to say. */
export interface UsageReport {
  readonly used?: number
  readonly trial?: { readonly used: number; readonly limit: number }
}

/** Everything that the imitated service remembers. */
export class World {
  readonly settings: SimulatorSettings
  readonly accounts = new AccountRegistry()
  readonly tokens: TokenRegistry
  readonly clients = new OidcClients()
  readonly signIns = new SignIns()
  readonly steps = new StepQueue()
  readonly journal = new Journal()
  readonly signatures = new SignatureRegistry()
  readonly counters: Counters = noCounts()
  /** Set once the listener is up. */
  origin = ''

  constructor(options: KiroSimulatorOptions) {
    this.settings = settingsOf(options)
    this.tokens = new TokenRegistry(this.settings)
  }

  /** Makes access tokens useless at once: one account's, or everybody's. */
  expireAccessTokens(account?: string): void {
    this.tokens.expireAccess(account === undefined ? undefined : this.#account(account).id)
  }

  /** Takes back all tokens and keys of the account. */
  revoke(account: string): void {
    this.tokens.revoke(this.#account(account).id)
  }

  suspend(account: string): void {
    this.#account(account).suspended = true
  }

  exhaust(account: string, how: Exhaustion = 'monthly-request-count'): void {
    this.#account(account).exhausted = how
  }

  /** Makes usage reports say so; whether requests are refused is `exhaust`'s word. */
  setUsage(account: string, { used, trial }: UsageReport): void {
    Object.assign(this.#account(account), { ...(used !== undefined && { creditsUsed: used }), ...(trial !== undefined && { trial }) })
  }

  /** Ends suspension and exhaustion; what was revoked stays revoked. */
  restore(account: string): void {
    Object.assign(this.#account(account), IN_ORDER)
  }

  /** The account that an id, a token or a key of it stands for. */
  findAccount(reference: string): SimulatedAccount | undefined {
    return this.accounts.get(reference) ?? this.accounts.get(this.tokens.ownerOf(reference) ?? '')
  }

  queue(step: Step): void {
    const { account } = step
    this.steps.add(step, account === undefined ? undefined : (this.findAccount(account)?.id ?? account))
  }

  stats(): SimulatorStats {
    return { ...this.counters, queuedSteps: this.steps.length }
  }

  /** Forgets scripts, records and counts; accounts and their tokens stay, what was done to them is undone. */
  reset(): void {
    this.steps.clear()
    this.journal.clear()
    this.signatures.clear()
    this.signIns.clear()
    const { openStreams } = this.counters
    Object.assign(this.counters, noCounts(), { openStreams })
    for (const account of this.accounts.all()) Object.assign(account, IN_ORDER)
  }

  #account(reference: string): SimulatedAccount {
    const account = this.findAccount(reference)
    if (account === undefined) throw new Error('No account of the simulator goes by that id or token.')
    return account
  }
}

const IN_ORDER = { suspended: false, exhausted: undefined, creditsUsed: 0, trial: undefined } as const

function noCounts(): Counters {
  return {
    requests: 0,
    openStreams: 0,
    streams: 0,
    abortedStreams: 0,
    refreshAttempts: 0,
    refreshes: 0,
    spentRefreshTokensPresented: 0,
    refusedByRules: 0,
  }
}

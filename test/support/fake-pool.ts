import type { Account, Call, HttpClient, Lane, Provider } from '../../core/index.ts'
import { GatewayError, type Remedy } from '../../core/index.ts'
import type { AccountPool, Lease } from '../../core/contract/pool.ts'

export interface FakePoolOptions {
  readonly providers: readonly Provider[]
  /** Accounts per provider; default 1. */
  readonly accounts?: number
  readonly http?: HttpClient
  /** Instead of leasing: what a pool without a usable account throws. */
  readonly refuse?: (call: Call) => GatewayError | undefined
  /** What a renewal meets instead of succeeding. */
  readonly renewal?: (remedy: Remedy) => Promise<void>
  /** Waits before each lease is given. */
  readonly before?: () => Promise<void>
}

/** What became of one lease. */
export interface LeaseRecord {
  readonly account: string
  readonly provider: string
  succeeded: number
  released: number
  readonly failures: GatewayError[]
}

const noHttp: HttpClient = {
  send: () => Promise.reject(new Error('this test has no way out')),
  stream: () => {
    throw new Error('this test has no way out')
  },
}

/** An AccountPool over given providers: untried accounts first, then again from the first. Every lease is kept on record. */
export class FakePool implements AccountPool {
  readonly leases: LeaseRecord[] = []
  readonly renewals: Remedy[] = []
  readonly #options: FakePoolOptions
  readonly #accounts: readonly { readonly provider: Provider; readonly account: Account }[]

  constructor(options: FakePoolOptions) {
    this.#options = options
    const { accounts = 1 } = options
    this.#accounts = options.providers.flatMap(provider => Array.from({ length: accounts }, (_, index) => ({ provider, account: fakeAccount(provider.name, index + 1) })))
  }

  /** Leases that were given and not taken back, or taken back more than once. */
  get unsettled(): readonly LeaseRecord[] {
    return this.leases.filter(lease => lease.released !== 1)
  }

  size(): number {
    return this.#accounts.length
  }

  async lease(call: Call): Promise<Lease> {
    await this.#options.before?.()
    const refusal = this.#options.refuse?.(call)
    if (refusal) throw refusal
    const used = call.trail.map(record => record.account)
    const fresh = this.#accounts.find(({ account }) => !used.includes(account.id))
    const chosen = fresh ?? this.#accounts[call.trail.length % this.#accounts.length]
    if (chosen === undefined) throw new GatewayError('no_account', 'there is no account')
    return this.#give(chosen.provider, chosen.account, call)
  }

  async renew(lease: Lease, remedy: Remedy = 'refresh-token'): Promise<Lease> {
    this.renewals.push(remedy)
    await this.#options.renewal?.(remedy)
    return { ...lease, account: { ...lease.account, generation: lease.account.generation + 1 } }
  }

  #give(provider: Provider, account: Account, call: Call): Lease {
    const record: LeaseRecord = { account: account.id, provider: provider.name, succeeded: 0, released: 0, failures: [] }
    this.leases.push(record)
    return {
      provider,
      account,
      lane: LANE,
      model: call.request.model,
      http: this.#options.http ?? noHttp,
      succeeded: () => void record.succeeded++,
      failed: error => void record.failures.push(error),
      release: () => void record.released++,
    }
  }
}

const LANE: Lane = { id: 'lane-1', origin: 'http://upstream.test' }

export function fakeAccount(provider: string, number = 1): Account {
  return { id: `${provider}-${number}`, provider, label: `account ${number}`, credential: {}, generation: 1, facts: {}, settings: {} }
}

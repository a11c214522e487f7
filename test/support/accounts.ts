import { EventEmitter } from 'eventemitter3'
import { Type } from 'typebox'
import type { Account, AccountState, Facts, ImportedAccount, Lane, Quota } from '../../core/contract/account.ts'
import type { AttemptRecord, Call } from '../../core/contract/call.ts'
import type { EventBus } from '../../core/contract/event-bus.ts'
import type { HttpClient } from '../../core/contract/http-client.ts'
import type { Logger } from '../../core/contract/log.ts'
import type { Lease } from '../../core/contract/pool.ts'
import type { CredentialImporter, CredentialLifetime, Provider } from '../../core/contract/provider.ts'
import { StoredAccountDirectory } from '../../core/accounts/directory.ts'
import { openVault } from '../../core/accounts/open-vault.ts'
import { type PoolDeps, StoredAccountPool } from '../../core/accounts/pool.ts'
import type { Vault } from '../../core/accounts/vault.ts'
import { GatewayError } from '../../core/errors/gateway-error.ts'
import { IN_MEMORY, openStore } from '../../core/store/open.ts'
import type { Store } from '../../core/store/store.ts'
import { FakeClock } from '../../core/testing/clock.ts'

export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }

export const FakeCredential = Type.Object({ access: Type.String(), refresh: Type.String(), expiresAt: Type.Optional(Type.Number()) })
export interface FakeSecret {
  readonly access: string
  readonly refresh: string
  readonly expiresAt?: number
}

export const HOUR = 3_600_000
export const MINUTE = 60_000

/** A provider whose answers the test decides; by default each renewal works and lasts an hour. */
export class FakeProvider implements Provider<typeof FakeCredential> {
  readonly name: string
  readonly credential = FakeCredential
  readonly clock: Pick<FakeClock, 'now'>
  models_ = ['model-a', 'model-b']
  lanes_: readonly Lane[] = []
  replayable = true
  /** Refresh tokens presented, in order. */
  readonly presented: string[] = []
  renewal: (secret: FakeSecret) => Promise<FakeSecret> = async secret => this.next(secret)
  preparation: ((account: Account<FakeSecret>, remedies: ReadonlySet<string>) => Promise<Facts> | undefined) | undefined
  importer?: CredentialImporter<FakeSecret>
  quota?: (account: Account<FakeSecret>) => Promise<Quota>

  constructor(clock: Pick<FakeClock, 'now'>, name = 'fake') {
    this.clock = clock
    this.name = name
  }

  next({ refresh }: FakeSecret): FakeSecret {
    const number = Number(refresh.split('-').at(-1)) + 1
    const stem = refresh.slice(0, refresh.lastIndexOf('-'))
    return { access: `access-of-${stem}-${number}`, refresh: `${stem}-${number}`, expiresAt: this.clock.now() + HOUR }
  }

  get catalog() {
    return {
      models: this.models_.map(id => ({ id, input: ['text'], features: [] }) as const),
      resolve: (name: string) => (this.models_.includes(name) ? name : undefined),
    }
  }

  models() {
    return Promise.resolve([])
  }

  // eslint-disable-next-line require-yield
  async *stream() {
    throw new Error('not asked here')
  }

  lanes() {
    return this.lanes_
  }

  lifetime(secret: FakeSecret): CredentialLifetime {
    return { expiresAt: secret.expiresAt, replayable: this.replayable }
  }

  refreshToken(account: Account<FakeSecret>): Promise<FakeSecret> {
    this.presented.push(account.credential.refresh)
    return this.renewal(account.credential)
  }

  prepare(account: Account<FakeSecret>, _http: HttpClient, remedies: ReadonlySet<string>) {
    return this.preparation?.(account, remedies)
  }

  identity(secret: FakeSecret) {
    return secret.refresh
  }
}

export const NO_HTTP: HttpClient = {
  send: () => Promise.reject(new Error('no network here')),
  stream: () => {
    throw new Error('no network here')
  },
}

export interface World {
  readonly clock: FakeClock
  readonly provider: FakeProvider
  readonly store: Store
  readonly vault: Vault
  readonly pool: StoredAccountPool
  readonly directory: StoredAccountDirectory
  readonly events: EventBus
  readonly states: { readonly account: string; readonly from: AccountState; readonly to: AccountState }[]
  /** Adds accounts named a, b, c… with tokens that last an hour, and has the pool know them. */
  add(...names: string[]): Promise<string[]>
  addSecret(secret: FakeSecret, more?: Partial<ImportedAccount>): Promise<string>
  close(): Promise<void>
}

export interface WorldOptions {
  readonly dataDir?: string
  readonly clock?: FakeClock
  readonly store?: Store
  readonly random?: () => number
  readonly providers?: (clock: FakeClock) => readonly FakeProvider[]
  readonly reread?: PoolDeps['reread']
  readonly rules?: PoolDeps['rules']
  readonly callerCapacity?: number
  readonly router?: Partial<PoolDeps['router']>
}

export async function makeWorld(options: WorldOptions = {}): Promise<World> {
  const clock = options.clock ?? new FakeClock()
  const dataDir = options.dataDir ?? IN_MEMORY
  const store = options.store ?? (await openStore({ dataDir }))
  const vault = await openVault({ store, dataDir, encryptionKey: '11'.repeat(32) })
  const list = options.providers?.(clock) ?? [new FakeProvider(clock)]
  const provider = list[0] as FakeProvider
  const providers = new Map<string, Provider>(list.map(each => [each.name, each as unknown as Provider]))
  const events = new EventEmitter() as EventBus
  const states: World['states'] = []
  events.on('account.state', change => states.push(change))
  const router: PoolDeps['router'] = {
    split(model: string) {
      const [name = '', rest] = model.split('/')
      return rest === undefined ? { model } : { provider: name, model: rest }
    },
    resolve: (asked: Provider, _account: Account, model: string) => asked.catalog?.resolve(router.split(model).model),
    standing: () => 'named',
    ...options.router,
  }
  const egress = { clientFor: () => NO_HTTP }
  const pool = new StoredAccountPool({ store, vault, clock, log: silent, events, providers, router, egress, random: options.random ?? (() => 0), ...(options.reread && { reread: options.reread }), ...(options.rules && { rules: options.rules }), ...(options.callerCapacity !== undefined && { callerCapacity: options.callerCapacity }) })
  const directory = new StoredAccountDirectory({ store, vault, clock, providers, changed: () => pool.reload(0) })
  await pool.open()
  const addSecret = async (secret: FakeSecret, more: Partial<ImportedAccount> = {}) =>
    (await directory.add(provider.name, { label: secret.refresh, credential: secret, ...more }, 'store')).id
  return {
    clock,
    provider,
    store,
    vault,
    pool,
    directory,
    events,
    states,
    addSecret,
    add: async (...names) => {
      const ids: string[] = []
      for (const name of names)
        ids.push(await addSecret({ access: `access-of-${name}-0`, refresh: `${name}-0`, expiresAt: clock.now() + HOUR }, { label: name }))
      return ids
    },
    close: async () => {
      await pool.close()
      await store.close()
    },
  }
}

export interface CallOptions {
  readonly model?: string
  readonly tenant?: string
  readonly trail?: AttemptRecord[]
  readonly signal?: AbortSignal
}

export function makeCall({ model = 'model-a', tenant, trail = [], signal = new AbortController().signal }: CallOptions = {}): Call {
  return {
    id: 'call',
    dialect: 'test',
    principal: { keyId: 'key', ...(tenant !== undefined && { tenant }) },
    request: { model, messages: [], stream: false } as unknown as Call['request'],
    requestedModel: model,
    trail,
    signal,
    log: silent,
  }
}

/** Ends a lease as the engine does, and writes the call's trail. */
export function fail(lease: Lease, error: GatewayError, trail: AttemptRecord[] = []): void {
  const { provider, account, lane, model } = lease
  trail.push({ number: trail.length + 1, provider: provider.name, account: account.id, lane: lane.id, model, startedAt: 0, durationMs: 1, outcome: error.code })
  lease.failed(error)
  lease.release()
}

export function succeed(lease: Lease): void {
  lease.succeeded()
  lease.release()
}

export async function rejection(promise: Promise<unknown>): Promise<GatewayError> {
  try {
    await promise
  } catch (error) {
    return GatewayError.from(error)
  }
  throw new Error('expected a failure')
}

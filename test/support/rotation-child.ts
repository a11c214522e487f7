import { request } from 'node:http'
import { EventEmitter } from 'eventemitter3'
import { openVault } from '../../core/accounts/open-vault.ts'
import { StoredAccountDirectory } from '../../core/accounts/directory.ts'
import { StoredAccountPool } from '../../core/accounts/pool.ts'
import type { Lease } from '../../core/contract/pool.ts'
import type { Provider } from '../../core/contract/provider.ts'
import { GatewayError } from '../../core/errors/gateway-error.ts'
import { openStore, type StoreOptions } from '../../core/store/open.ts'
import { RevisionWatch } from '../../core/store/revision.ts'
import { systemClock } from '../../core/telemetry/system-clock.ts'
import { FakeProvider, type FakeSecret, HOUR, makeCall, NO_HTTP, silent } from './accounts.ts'

/** What the parent asks for; each is answered with a `ChildAnswer`. */
export type ChildTask =
  | { readonly do: 'add'; readonly names: readonly string[]; readonly expired: boolean }
  /** As many leases at once, each renewed if asked. */
  | { readonly do: 'lease'; readonly count: number; readonly renew: boolean }
  /** Renews and uses accounts until killed. */
  | { readonly do: 'churn' }
  /** Renews and uses each account once. */
  | { readonly do: 'verify' }
  | { readonly do: 'close' }

export interface ChildAnswer {
  readonly generations?: readonly number[]
  readonly lost?: readonly string[]
  readonly error?: string
}

/** One gateway process on a shared database, without its HTTP side: database and token server come as arguments. */
const [place = '{}', url = ''] = process.argv.slice(2)
const options = JSON.parse(place) as StoreOptions
const store = await openStore(options)
const vault = await openVault({ store, dataDir: options.dataDir })
const provider = new FakeProvider(systemClock)
provider.renewal = async ({ refresh }: FakeSecret) => {
  const { status, body: next } = await post('/refresh', refresh)
  if (status !== 200) throw new GatewayError('needs_login', 'invalid grant')
  return { access: `access-of-${next}`, refresh: next, expiresAt: Date.now() + HOUR }
}
const providers = new Map<string, Provider>([[provider.name, provider as unknown as Provider]])
const watch = new RevisionWatch({ store, clock: systemClock, log: silent })
const pool = new StoredAccountPool({
  store,
  vault,
  clock: systemClock,
  log: silent,
  events: new EventEmitter(),
  providers,
  router: { split: model => ({ model }), resolve: (_provider, _account, model) => model, standing: () => 'named' },
  egress: { clientFor: () => NO_HTTP },
})
const directory = new StoredAccountDirectory({ store, vault, clock: systemClock, providers, changed: () => watch.check() })
await watch.start()
await pool.open(watch)

/** Node's plain client: what is measured here is the time until the store has a token, not a client's warming up. */
function post(path: string, text: string): Promise<{ readonly status: number | undefined; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { method: 'POST' }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', chunk => (body += chunk))
      response.on('end', () => resolve({ status: response.statusCode, body }))
    })
    sent.on('error', reject).end(text)
  })
}

async function use(lease: Lease): Promise<void> {
  const { refresh } = lease.account.credential as FakeSecret
  const { status } = await post('/use', refresh)
  if (status !== 200) throw new Error('the access token was refused')
  lease.succeeded()
}

async function renewAndUse(): Promise<string> {
  const lease = await pool.lease(makeCall())
  try {
    const renewed = await pool.renew(lease)
    await use(renewed)
    return renewed.account.label
  } finally {
    lease.release()
  }
}

async function run(task: ChildTask): Promise<ChildAnswer> {
  switch (task.do) {
    case 'add':
      for (const name of task.names) {
        const expiresAt = Date.now() + (task.expired ? -1 : HOUR)
        await directory.add(provider.name, { label: name, credential: { access: `access-of-${name}-0`, refresh: `${name}-0`, expiresAt } }, 'store')
      }
      return {}
    case 'lease': {
      const leases = await Promise.all(Array.from({ length: task.count }, () => pool.lease(makeCall())))
      const used = task.renew ? await Promise.all(leases.map(lease => pool.renew(lease))) : leases
      for (const lease of used) lease.release()
      return { generations: used.map(lease => lease.account.generation) }
    }
    case 'churn':
      for (;;) await Promise.all([renewAndUse(), renewAndUse(), renewAndUse()])
    case 'verify': {
      const lost: string[] = []
      for (const { id, label } of await directory.list()) {
        const { status } = (await directory.show(id)).state
        if (status === 'invalid') lost.push(label)
      }
      const { total } = pool.counts
      for (let turn = 0; turn < total - lost.length; turn++) await renewAndUse().catch((error: unknown) => lost.push(String(error)))
      return { lost }
    }
    case 'close':
      await watch.close()
      await pool.close()
      await store.close()
      return {}
    default:
      return task satisfies never
  }
}

process.on('message', (task: ChildTask) => {
  run(task).then(
    answer => process.send?.(answer, () => task.do === 'close' && process.disconnect()),
    (error: unknown) => process.send?.({ error: String(error) } satisfies ChildAnswer),
  )
})
await post('/hello', '')
process.send?.({} satisfies ChildAnswer)

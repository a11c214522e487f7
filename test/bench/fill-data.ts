// Fills a data folder as months of use would, through the gateway's own code; a process of its own.
import { loadSettings } from '../../config/load.ts'
import { TimelineStore } from '../../core/accounts/timeline-store.ts'
import { UsageStore } from '../../core/accounts/usage-store.ts'
import { accountSources } from '../../core/container/account-sources.ts'
import { bareContext } from '../../core/container/credential-context.ts'
import { openServices, type Services } from '../../core/container/services.ts'
import type { AccountEvent } from '../../core/contract/account.ts'
import { keyDigest, keyHint } from '../../core/keys/key-format.ts'
import { CLIENT_KEY } from './destination.ts'
import { credential } from './gateway.ts'

interface Amount {
  readonly dataDir: string
  readonly accounts: number
  readonly keys?: number
  readonly hours?: number
}

const HOUR_MS = 3_600_000
/** What happens to an account in an hour of use: renewals, quota readings, a rest and its end. */
const EVENTS_PER_HOUR = 12
/** The gateway itself keeps no more of each account's timeline. */
const MOST_EVENTS = 300
const REQUESTS_PER_HOUR = 60

async function fill({ dataDir, accounts, keys = 1, hours = 0 }: Amount): Promise<void> {
  const settings = await loadSettings({ flags: { dataDir }, directory: process.cwd(), environment: { LOG_LEVEL: 'error' } })
  const services = await openServices(settings)
  try {
    await addAccounts(services, accounts)
    const older = Array.from({ length: keys - 1 }, (_, index) => `${CLIENT_KEY}-${index}`)
    await services.keys.adopt([...older, CLIENT_KEY].map((key, index) => ({ label: `key ${index}`, digest: keyDigest(key), hint: keyHint(key) })))
    if (hours > 0) await addHistory(services, hours)
  } finally {
    await services.close()
  }
}

async function addAccounts(services: Services, count: number): Promise<void> {
  const provider = services.providers.get('kiro')
  if (provider?.importer === undefined) throw new Error('the provider kiro imports no credentials')
  const text = JSON.stringify(Array.from({ length: count }, (_, index) => credential(index)))
  const { accounts } = await provider.importer.parse(text, bareContext('benchmark'))
  // In one transaction, where `accounts import` takes one for each.
  await accountSources(services).reconcile([{ origin: 'store', provider, accounts }])
}

async function addHistory({ store, clock }: Services, hours: number): Promise<void> {
  const rows = await store.database.selectFrom('accounts').select('id').execute()
  const ids = rows.map(({ id }) => id)
  const now = clock.now()
  const events = Math.min(hours * EVENTS_PER_HOUR, MOST_EVENTS)
  for (const id of ids) {
    const timeline = Array.from({ length: events }, (_, index) => [id, eventAt(now - ((events - index) * hours * HOUR_MS) / events, index)] as const)
    await new TimelineStore({ store }).append(timeline)
  }
  const counts = { requests: hours * REQUESTS_PER_HOUR, successes: hours * REQUESTS_PER_HOUR, failures: 0, lastUsedAt: now - HOUR_MS }
  await new UsageStore({ store }).write(
    ids.map(account => ({ account, ...counts })),
    { process: 'benchmark', until: now, notes: [] },
  )
}

function eventAt(at: number, index: number): AccountEvent {
  switch (index % 4) {
    case 0:
      return { at, kind: 'refreshed' }
    case 1:
      return { at, kind: 'quota', detail: 'a quarter is left' }
    case 2:
      return { at, kind: 'state', from: 'active', to: 'cooldown', until: at + 60_000, cause: 'rate_limited', detail: 'too many requests' }
    default:
      return { at, kind: 'state', from: 'cooldown', to: 'active' }
  }
}

await fill(JSON.parse(process.argv[2] ?? '{}') as Amount)
process.stdout.write('filled\n')

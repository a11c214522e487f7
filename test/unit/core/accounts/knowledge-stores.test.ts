import { expect } from 'chai'
import { NO_HISTORY } from '../../../../core/accounts/quota-forecast.ts'
import { readingOf } from '../../../../core/accounts/quota-reading.ts'
import { QuotaStore } from '../../../../core/accounts/quota-store.ts'
import { AccountRepository } from '../../../../core/accounts/repository.ts'
import { TimelineStore } from '../../../../core/accounts/timeline-store.ts'
import { forgetUse, UsageStore } from '../../../../core/accounts/usage-store.ts'
import { currentRevision } from '../../../../core/store/revision.ts'
import type { Store } from '../../../../core/store/store.ts'
import { TokenStore } from '../../../../core/accounts/token-store.ts'
import { makeWorld } from '../../../support/accounts.ts'
import { onEveryStore } from '../../../support/store-backends.ts'

const NOW = Date.UTC(2026, 10, 21)
const DAY = 86_400_000

onEveryStore('what is known of accounts', backend => {
  let store: Store
  beforeEach(async () => {
    store = await backend().open()
  })

  it('is nothing of nobody', async () => {
    expect(await new UsageStore({ store }).read([])).to.deep.equal(new Map())
    expect(await new QuotaStore({ store }).read([])).to.deep.equal(new Map())
    await store.write(transaction => forgetUse(transaction, []))
    const world = await makeWorld({ store })
    expect(await world.directory.list()).to.deep.equal([])
    await world.pool.reload(0)
    const repository = new AccountRepository({ store, tokens: new TokenStore({ store, vault: world.vault, clock: world.clock }) })
    expect((await repository.saveHealth([], NOW)).written).to.deep.equal(new Set())
    await world.pool.close()
  })

  it('is added up, a process at a time, and keeps the last failure', async () => {
    const usage = new UsageStore({ store })
    const nobody = { process: 'p', until: NOW, notes: [] }
    const fault = { code: 'upstream_failed', message: 'it failed', at: NOW }
    await usage.write([{ account: 'a', requests: 2, successes: 1, failures: 1, lastUsedAt: NOW, lastFault: fault }], nobody)
    await usage.write([{ account: 'a', requests: 40, successes: 40, failures: 0 }], nobody)
    expect(await usage.read(['a', 'b'])).to.deep.equal(
      new Map([['a', { usage: { requests: 42, successes: 41, failures: 1, lastUsedAt: NOW }, lastFault: fault }]]),
    )
  })

  it('counts what is under way by process, as long as each says so', async () => {
    const usage = new UsageStore({ store })
    const note = (process: string, requests: number, until: number) => usage.write([], { process, until, notes: [{ account: 'a', requests }] })
    await note('one', 2, NOW + 60_000)
    await note('one', 3, NOW + 70_000)
    await note('other', 1, NOW + 10_000)
    expect(await usage.inFlight(NOW)).to.deep.equal(new Map([['a', 4]]))
    expect(await usage.inFlight(NOW + 20_000)).to.deep.equal(new Map([['a', 3]]))
    await note('one', 0, NOW + 80_000)
    expect(await usage.inFlight(NOW)).to.deep.equal(new Map([['a', 1]]))
    await usage.leave('other', NOW)
    expect(await usage.inFlight(NOW)).to.deep.equal(new Map())
  })

  it('of more accounts than one statement can name is written and read all the same', async () => {
    const usage = new UsageStore({ store })
    const ids = Array.from({ length: 1_200 }, (_, index) => `account-${index}`)
    const changes = ids.map((account, index) => ({ account, requests: index, successes: 0, failures: 0 }))
    await usage.write(changes, { process: 'p', until: NOW + 1, notes: ids.map(account => ({ account, requests: 1 })) })
    expect((await usage.read(ids)).get('account-1199')?.usage.requests).to.equal(1_199)
    expect((await usage.inFlight(NOW)).size).to.equal(1_200)
    await usage.write([], { process: 'p', until: NOW + 1, notes: ids.map(account => ({ account, requests: 0 })) })
    expect((await usage.inFlight(NOW)).size).to.equal(0)
  })

  it('keeps the newest quota reading, and tells others of those that they are to take', async () => {
    const quotas = new QuotaStore({ store })
    const at = (readAt: number, used: number) => ({
      reading: readingOf({ buckets: [{ name: 'plan', used, limit: 10, unit: 'credits', resetsAt: NOW + DAY }] }, readAt),
      history: NO_HISTORY,
    })
    await quotas.write(new Map([['a', at(NOW, 4.25)]]), { announce: true })
    const announced = await currentRevision(store)
    await quotas.write(
      new Map([
        ['a', at(NOW - 1, 1)],
        ['b', at(NOW, 2)],
      ]),
      { announce: false },
    )
    expect(await currentRevision(store)).to.equal(announced)
    expect(announced).to.be.above(0)
    expect(await quotas.read()).to.deep.equal(
      new Map([
        ['a', at(NOW, 4.25)],
        ['b', at(NOW, 2)],
      ]),
    )
  })

  it('has a history in its order, bounded by number and by age', async () => {
    const timeline = new TimelineStore({ store })
    const line = (at: number, detail: string) => ['a', { at, kind: 'refreshed', detail } as const] as const
    await timeline.append([line(NOW - 100 * DAY, 'ancient')])
    await timeline.append(Array.from({ length: 320 }, (_, index) => line(NOW, `${index}`)))
    await timeline.append([
      [
        'b',
        { at: NOW, kind: 'state', from: 'active', to: 'cooldown', until: NOW + 5, cause: 'account_rate_limited', detail: 'slow down', call: 'c', attempt: 2 },
      ],
    ])
    await timeline.prune(['a', 'b'], NOW)
    expect((await timeline.read('a')).map(({ detail }) => detail)).to.deep.equal(Array.from({ length: 300 }, (_, index) => `${index + 20}`))
    expect((await timeline.read('a', 2)).map(({ detail }) => detail)).to.deep.equal(['318', '319'])
    expect(await timeline.read('b')).to.deep.equal([
      { at: NOW, kind: 'state', from: 'active', to: 'cooldown', until: NOW + 5, cause: 'account_rate_limited', detail: 'slow down', call: 'c', attempt: 2 },
    ])
  })
})

import { expect } from 'chai'
import { AccountSources } from '../../../../core/accounts/sources.ts'
import { TokenStore } from '../../../../core/accounts/token-store.ts'
import { StrategySetting } from '../../../../core/accounts/strategy-setting.ts'
import { STRATEGY_NAMES } from '../../../../core/contract/strategy-names.ts'
import type { Provider } from '../../../../core/contract/provider.ts'
import { GatewayError } from '../../../../core/errors/gateway-error.ts'
import { fail, type FakeSecret, HOUR, makeCall, makeWorld, rejection, silent, succeed, type World } from '../../../support/accounts.ts'

const MANY = 10_000

/** Loose enough for a loaded machine; a search over all accounts per request would take a hundred times as long. */
const PER_LEASE_MS = 0.1

/** Time that this process has worked: what else the machine does is not counted. */
function busyMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

describe('ten thousand accounts', function () {
  this.timeout(60_000)
  let world: World

  before(async () => {
    world = await makeWorld()
    const sources = new AccountSources({ store: world.store, vault: world.vault, tokens: new TokenStore(world), clock: world.clock, log: silent })
    const accounts = Array.from({ length: MANY }, (_, index) => ({
      label: `${index}`,
      credential: { access: 'x', refresh: `t${index}-0`, expiresAt: world.clock.now() + HOUR } satisfies FakeSecret,
    }))
    await sources.reconcile([{ origin: 'env', provider: world.provider as unknown as Provider, accounts }])
  })
  after(() => world.close())

  const timed = async (count: number, work: () => Promise<unknown>) => {
    for (let turn = 0; turn < 50; turn++) await work()
    const started = busyMs()
    for (let turn = 0; turn < count; turn++) await work()
    return (busyMs() - started) / count
  }
  const lease = () => world.pool.lease(makeCall())

  it('are read at the start within two seconds', async () => {
    const started = busyMs()
    await world.pool.reload(0)
    expect(busyMs() - started).to.be.lessThan(2_000)
    expect(world.pool.counts).to.deep.equal({ total: MANY, usable: MANY })
  })

  it('cost a request no more than a few', async () => {
    expect(await timed(2_000, async () => succeed(await lease()))).to.be.lessThan(PER_LEASE_MS)
  })

  for (const strategy of STRATEGY_NAMES) {
    it(`cost a request far less than what else it does, chosen by ${strategy}`, async () => {
      await new StrategySetting(world.store).set(strategy)
      await world.pool.reload(Number.MAX_SAFE_INTEGER)
      expect(await timed(1_000, async () => succeed(await lease()))).to.be.lessThan(PER_LEASE_MS)
    })
  }

  it('cost no more when nearly all of them rest, and when all do', async () => {
    await new StrategySetting(world.store).reset()
    await world.pool.reload(Number.MAX_SAFE_INTEGER)
    for (let turn = 0; turn < MANY - 1; turn++) fail(await lease(), new GatewayError('account_rate_limited', 'x', { retryAfterMs: 60_000 }))
    expect(await timed(500, async () => succeed(await lease()))).to.be.lessThan(PER_LEASE_MS)
    fail(await lease(), new GatewayError('account_rate_limited', 'x', { retryAfterMs: 60_000 }))
    expect(await timed(500, () => rejection(lease()))).to.be.lessThan(PER_LEASE_MS)
    world.clock.advance(60_000)
    expect(world.pool.counts.usable).to.equal(MANY)
  })
})

import { expect } from 'chai'
import type { Call, Outcome } from '../../../../core/contract/call.ts'
import type { Lease } from '../../../../core/contract/pool.ts'
import { GatewayError } from '../../../../core/errors/gateway-error.ts'
import { fail, makeCall, makeWorld, MINUTE, succeed, type World } from '../../../support/accounts.ts'
import { temporaryFolders } from '../../../support/temporary-folder.ts'

describe('the use of accounts', () => {
  const folders = temporaryFolders()
  let dataDir: string
  let world: World
  beforeEach(async () => {
    dataDir = folders.make()
    world = await makeWorld({ dataDir })
  })
  afterEach(() => world.close())

  /** Leases as the engine does: it tells the bus of each attempt. */
  const begin = async (from = world): Promise<Lease> => {
    const lease = await from.pool.lease(makeCall())
    from.events.emit('attempt.started', { call: 'call', account: lease.account.id, lane: lease.lane, number: 1 })
    return lease
  }
  const end = (lease: Lease, error?: GatewayError, from = world) => {
    if (error) fail(lease, error)
    else succeed(lease)
    from.events.emit('request.settled', { call: makeCall() as Call, outcome: { attempts: [{ account: lease.account.id }] } as unknown as Outcome })
  }

  it('is counted, kept over a restart, and added up over processes', async () => {
    const [a] = await world.add('a')
    const other = await makeWorld({ dataDir, clock: world.clock })
    for (let turn = 0; turn < 3; turn++) end(await begin())
    end(await begin(other), undefined, other)
    end(await begin(other), new GatewayError('account_rate_limited', 'slow down', { retryAfterMs: 1_000 }), other)
    await world.clock.pass(5_000)
    const { usage } = await world.directory.show(a as string)
    expect(usage).to.include({ requests: 5, successes: 4, failures: 1 })
    expect(usage.lastUsedAt).to.be.within(world.clock.now() - MINUTE, world.clock.now())
    await other.close()
    const again = await makeWorld({ dataDir, clock: world.clock })
    end(await begin(again), undefined, again)
    await again.close()
    expect((await world.directory.show(a as string)).usage).to.include({ requests: 6, successes: 5, failures: 1 })
  })

  it('shows what is under way in another process, until it ends or the process does', async () => {
    const [a] = await world.add('a')
    const other = await makeWorld({ dataDir, clock: world.clock })
    const inFlight = async () => (await world.directory.show(a as string)).inFlight
    const leases = [await begin(other), await begin(other)]
    await world.clock.pass(4_000)
    expect(await inFlight()).to.equal(2)
    end(leases.pop() as Lease, undefined, other)
    await world.clock.pass(4_000)
    expect(await inFlight()).to.equal(1)
    await world.clock.pass(10 * MINUTE)
    expect(await inFlight(), 'long answers are still under way').to.equal(1)
    await other.close()
    expect(await inFlight()).to.equal(0)
  })

  it('forgets what a killed process had under way', async () => {
    const [a] = await world.add('a')
    const row = (process: string, until: number) => ({ account_id: a as string, process, requests: 3, until })
    const now = world.clock.now()
    await world.store.database
      .insertInto('account_in_flight')
      .values([row('elsewhere|1|x', now + 1_000)])
      .execute()
    expect((await world.directory.show(a as string)).inFlight).to.equal(3)
    world.clock.advance(2_000)
    expect((await world.directory.show(a as string)).inFlight).to.equal(0)
  })

  it("keeps the account's last failure, and none that is its client's", async () => {
    const [a] = await world.add('a')
    end(await begin(), new GatewayError('upstream_failed', 'the upstream failed'))
    const at = world.clock.now()
    world.clock.advance(1_000)
    end(await begin(), new GatewayError('bad_request', 'messages is missing'))
    await world.clock.pass(5_000)
    expect((await world.directory.show(a as string)).lastFault).to.deep.equal({ code: 'upstream_failed', message: 'the upstream failed', at })
  })

  it('writes nothing while nothing changes, and little while much does', async () => {
    await world.add('a', 'b', 'c')
    await world.clock.pass(MINUTE)
    let writes = 0
    const { store } = world
    const write = store.write.bind(store)
    store.write = work => {
      writes++
      return write(work)
    }
    await world.clock.pass(10 * MINUTE)
    expect(writes).to.equal(0)
    for (let turn = 0; turn < 300; turn++) end(await begin())
    expect(writes).to.equal(0)
    await world.clock.pass(5_000)
    expect(writes).to.be.within(1, 3)
  })

  it('counts on when the store is away, and writes it down when it is back', async () => {
    const [a] = await world.add('a')
    const { store } = world
    const write = store.write.bind(store)
    store.write = () => Promise.reject(new Error('away'))
    end(await begin())
    await world.clock.pass(7_000)
    store.write = write
    end(await begin())
    await world.clock.pass(7_000)
    expect((await world.directory.show(a as string)).usage).to.include({ requests: 2, successes: 2 })
  })

  it('goes with the account', async () => {
    const [a] = await world.add('a')
    end(await begin())
    await world.clock.pass(5_000)
    await world.directory.remove(a as string)
    for (const table of ['account_usage', 'account_quota', 'account_in_flight'] as const) {
      expect(await world.store.database.selectFrom(table).selectAll().execute(), table).to.deep.equal([])
    }
  })
})

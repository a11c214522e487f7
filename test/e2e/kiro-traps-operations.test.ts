import { expect } from 'chai'
import { ask, startTestGateway, type TestGateway, type TestGatewayOptions } from '../support/gateway.ts'
import { eventually } from '../support/eventually.ts'
import { accounts, becomes, calls, sent, tell } from '../support/kiro-traps.ts'
import { ShiftedClock } from '../support/shifted-clock.ts'

const MINUTE = 60_000

describe('traps of the Kiro upstream: operations', () => {
  let gateway: TestGateway | undefined
  afterEach(async () => {
    await gateway?.close()
    gateway = undefined
  })

  const start = async (options?: TestGatewayOptions) => (gateway = await startTestGateway(options))
  const shifted = async (options: TestGatewayOptions = {}) => {
    const clock = new ShiftedClock()
    return { clock, running: await start({ ...options, clock, simulator: { now: () => clock.now() } }) }
  }
  const askedOf = (running: TestGateway) => sent(running).map(({ entry }) => entry.account)

  it('trap 58: a conversation that is too long is a client error that nobody repeats, streamed or not', async () => {
    const running = await start({ accounts: ['social', 'social'] })
    running.simulator.script(
      { do: 'error', error: 'content-length-exceeds-threshold', times: 2 },
      { do: 'exception', error: 'content-length-exceeds-threshold' },
    )
    for (const stream of [false, true, true]) {
      const told = await tell(running, ask('hi', { stream }))
      expect([told.status, told.type, told.error.split(':')[0]]).to.deep.equal([400, 'invalid_request_error', 'prompt is too long'])
    }
    expect(sent(running)).to.have.length(3)
    expect((await accounts(running)).map(({ state }) => [state.status, state.failures])).to.deep.equal([
      ['active', 0],
      ['active', 0],
    ])
  })

  for (const how of ['monthly-request-count-402', 'monthly-request-count', 'overage-request-limit-exceeded', 'daily-request-count'] as const) {
    it(`trap 59: a used-up account is left alone, and another serves (${how})`, async () => {
      const running = await start({ accounts: ['social', 'social'] })
      running.simulator.exhaust('account-1', how)
      for (let turn = 0; turn < 4; turn++) expect((await tell(running, ask('hi'))).status).to.equal(200)
      expect(askedOf(running).filter(account => account === 'account-1')).to.have.length(1)
      await becomes(running, 'exhausted', 'active')
      running.simulator.exhaust('account-2', how)
      const told = await tell(running, ask('hi'))
      expect([told.status, told.type]).to.deep.equal([429, 'rate_limit_error'])
      const before = sent(running).length
      expect((await tell(running, ask('hi'))).status).to.equal(429)
      expect(sent(running)).to.have.length(before)
    })
  }

  it('trap 60: a suspicion is not answered with haste: half an hour of rest, and no third account in one request', async () => {
    const { clock, running } = await shifted({ accounts: ['social', 'social', 'social', 'social'] })
    running.simulator.scriptFor('account-1', { do: 'error', error: 'suspicious-activity' })
    for (let turn = 0; turn < 6; turn++) expect((await tell(running, ask('hi'))).status).to.equal(200)
    expect(askedOf(running).filter(account => account === 'account-1')).to.have.length(1)
    running.simulator.script({ do: 'error', error: 'suspicious-activity', times: 99 })
    const before = sent(running).length
    const refused = async () => {
      const { status, type, retryAfter } = await tell(running, ask('hi'))
      expect([status, type]).to.deep.equal([429, 'rate_limit_error'])
      return { asked: sent(running).length - before, retryAfter }
    }
    expect([(await refused()).asked, (await refused()).asked]).to.deep.equal([2, 3])
    const last = await refused()
    expect(last.asked).to.equal(3)
    expect(last.retryAfter).to.be.within(1_700, 1_800)
    running.simulator.reset()
    clock.skip(29 * MINUTE)
    expect((await tell(running, ask('hi'))).status).to.equal(429)
    clock.skip(2 * MINUTE)
    expect((await tell(running, ask('hi'))).status).to.equal(200)
  })

  it('trap 61: accounts without quota are renewed all the same', async () => {
    const { clock, running } = await shifted()
    running.simulator.exhaust('account-1')
    expect((await tell(running, ask('hi'))).status).to.equal(429)
    await becomes(running, 'exhausted')
    for (let hour = 1; hour <= 3; hour++) {
      clock.skip(50 * MINUTE)
      await eventually(async () => (await accounts(running))[0]?.generation === hour)
      if (hour === 1) await becomes(running, 'exhausted')
    }
    expect(calls(running, 'refresh')).to.have.length(3)
    running.simulator.restore('account-1')
    // Its quota is read once an hour, whatever date its reset has.
    clock.skip(60 * MINUTE)
    await becomes(running, 'active')
    expect((await tell(running, ask('hi'))).status).to.equal(200)
    expect(running.simulator.stats().spentRefreshTokensPresented).to.equal(0)
  })

  it('trap 62: probes and model lists ask for no answers, move no turns and blame no account', async () => {
    const running = await start({ accounts: ['social', 'social', 'social'] })
    const read = async (path: string) => (await fetch(`${running.url}${path}`, { headers: { 'x-api-key': running.key } })).status
    running.simulator.script({ do: 'operation', operation: 'models', error: 'user-request-rate-exceeded', times: 2 })
    for (let turn = 0; turn < 6; turn++) {
      for (const path of ['/v1/models', '/health', '/ready']) expect(await read(path)).to.equal(200)
      expect((await tell(running, ask('hi'))).attempts).to.equal(1)
    }
    const order = askedOf(running)
    expect(order.slice(0, 3)).to.have.members(['account-1', 'account-2', 'account-3'])
    expect(order.slice(3)).to.deep.equal(order.slice(0, 3))
    expect(running.simulator.journal.filter(({ operation }) => operation === 'usage')).to.deep.equal([])
    expect((await accounts(running)).map(({ state }) => [state.status, state.failures])).to.deep.equal(Array.from({ length: 3 }, () => ['active', 0]))
  })
})

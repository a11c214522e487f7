import { expect } from 'chai'
import { ask, startTestGateway, type TestGateway, type TestGatewayOptions } from '../support/gateway.ts'
import { becomes, sent, tell } from '../support/kiro-traps.ts'
import { ShiftedClock } from '../support/shifted-clock.ts'
import type { AccountKind, ErrorName, KiroSimulator } from '../../providers/kiro/simulator/index.ts'

/** Two names of the one simulator: two host families with limits of their own. */
const ONE = (simulator: KiroSimulator) => `127.0.0.1:${simulator.port}`
const TWO = (simulator: KiroSimulator) => `localhost:${simulator.port}`
const BOTH = (simulator: KiroSimulator) => ({ KIRO_API_URL: `http://${ONE(simulator)}, http://${TWO(simulator)}` })

describe('lanes of Kiro accounts, end to end', () => {
  let gateway: TestGateway | undefined
  afterEach(async () => {
    await gateway?.close()
    gateway = undefined
  })

  const start = async (options: TestGatewayOptions = {}) => (gateway = await startTestGateway({ environment: BOTH, ...options }))
  const served = async (running: TestGateway) => {
    const told = await tell(running, ask('hi'))
    expect(told.status, told.error).to.equal(200)
    return told
  }
  /** Who was asked where, in order: `account-1 one`. */
  const route = (running: TestGateway) => sent(running).map(({ entry }) => `${entry.account} ${entry.headers.host === ONE(running.simulator) ? 'one' : 'two'}`)

  it('try the next host of the same account after a rate limit, before another account', async () => {
    const running = await start({ accounts: ['social', 'social'] })
    running.simulator.scriptFor('account-1', { do: 'error', error: 'user-request-rate-exceeded', host: ONE(running.simulator) })
    running.simulator.scriptFor('account-2', { do: 'error', error: 'user-request-rate-exceeded', host: ONE(running.simulator) })
    for (let turn = 0; turn < 2; turn++) expect((await served(running)).attempts).to.equal(2)
    const [first, , third] = route(running)
    expect(route(running)).to.deep.equal([first, first?.replace('one', 'two'), third, third?.replace('one', 'two')])
    expect(first?.slice(0, 9)).not.to.equal(third?.slice(0, 9))
  })

  it('leave a limited host out until its limit is over, while the account goes on over the other', async () => {
    const clock = new ShiftedClock()
    const running = await start({ clock, simulator: { now: () => clock.now() } })
    running.simulator.script({ do: 'error', error: 'user-request-rate-exceeded', host: ONE(running.simulator), retryAfter: 60 })
    await served(running)
    for (let turn = 0; turn < 3; turn++) expect((await served(running)).attempts).to.equal(1)
    expect(route(running)).to.deep.equal(['one', 'two', 'two', 'two', 'two'].map(host => `account-1 ${host}`))
    await becomes(running, 'active')
    clock.skip(61_000)
    await served(running)
    expect(route(running).at(-1)).to.equal('account-1 one')
  })

  it('rest the account when all of them are limited, and only then turn to another', async () => {
    const running = await start({ accounts: ['social', 'social'] })
    for (const host of [ONE(running.simulator), TWO(running.simulator)]) {
      running.simulator.scriptFor('account-1', { do: 'error', error: 'user-request-rate-exceeded', host })
    }
    for (let turn = 0; turn < 4; turn++) await served(running)
    expect(route(running).filter(stop => stop.startsWith('account-1'))).to.deep.equal(['account-1 one', 'account-1 two'])
    await becomes(running, 'cooldown', 'active')
  })

  it('go to the second host when the first cannot be found, cannot be reached or does not know the operation', async () => {
    // A name so wrong that no name server is asked for it.
    for (const first of ['http://-host-one.invalid', 'http://127.0.0.1:1']) {
      const running = await start({ environment: simulator => ({ KIRO_API_URL: `${first},http://${TWO(simulator)}` }) })
      expect((await served(running)).attempts).to.equal(2)
      for (let turn = 0; turn < 3; turn++) await served(running)
      await becomes(running, 'active')
      await running.close()
      gateway = undefined
    }
    const running = await start()
    running.simulator.script({ do: 'error', error: 'unknown-operation', host: ONE(running.simulator), times: 9 })
    await served(running)
    expect((await served(running)).attempts).to.equal(1)
    expect(route(running)).to.deep.equal(['account-1 one', 'account-1 two', 'account-1 two'])
  })

  it('of one host share its limit, whatever their form', async () => {
    const running = await start({ accounts: ['api-key'] })
    running.simulator.script({ do: 'error', error: 'user-request-rate-exceeded', times: 9 })
    expect((await tell(running, ask('hi'))).status).to.equal(429)
    expect(sent(running).map(({ entry }) => [entry.path, entry.headers.host])).to.deep.equal([
      ['/', ONE(running.simulator)],
      ['/', TWO(running.simulator)],
    ])
    await becomes(running, 'cooldown')
  })

  const stays: readonly (readonly [ErrorName, string])[] = [
    ['insufficient-model-capacity', 'the model has no capacity on any host'],
    ['monthly-request-count', "quota is the account's"],
    ['suspicious-activity', "suspicion is the account's"],
    ['improperly-formed', 'the request is at fault'],
  ]
  for (const [error, why] of stays) {
    it(`do not go on to the second host after ${error}: ${why}`, async () => {
      const running = await start({ config: { plugins: [{ use: 'retry', options: { attempts: 1 } }] } })
      running.simulator.script({ do: 'error', error })
      expect((await tell(running, ask('hi'))).status).to.be.at.least(400)
      expect(route(running)).to.deep.equal(['account-1 one'])
    })
  }

  const forms: readonly (readonly [AccountKind, readonly string[]])[] = [
    ['social', ['ide one', 'ide two']],
    ['builder-id', ['ide one', 'ide two']],
    ['idc', ['ide one', 'ide two']],
    ['external-idp', ['ide one', 'ide two']],
    ['api-key', ['cli one', 'cli two', 'ide one']],
  ]
  for (const [kind, expected] of forms) {
    it(`are tried in the order of the kind, in the form that each wants (${kind})`, async () => {
      const running = await start({ accounts: [kind] })
      running.simulator.script({ do: 'error', error: 'unknown-operation', times: expected.length - 1 })
      await served(running)
      const tried = sent(running).map(({ entry }) => {
        const form = entry.path === '/generateAssistantResponse' ? 'ide' : entry.headers['x-amz-target'] === undefined ? '?' : 'cli'
        return `${form} ${entry.headers.host === ONE(running.simulator) ? 'one' : 'two'}`
      })
      expect(tried).to.deep.equal(expected)
      expect(running.simulator.stats().refusedByRules).to.equal(0)
    })
  }
})

import { getEventListeners } from 'node:events'
import { expect } from 'chai'
import { type ErrorCode, GatewayError } from '../../../../core/index.ts'
import { retry } from '../../../../plugins/index.ts'
import { drain, engineOver, settled, textOf, untrackedCall } from '../../../support/calls.ts'
import { FakePool } from '../../../support/fake-pool.ts'
import { LateClock, pluginHost } from '../../../support/plugin-host.ts'
import { answers, refuses, type Script, ScriptedProvider } from '../../../support/scripted-provider.ts'

const fails = (code: ErrorCode, retryAfterMs?: number) => refuses(new GatewayError(code, code, retryAfterMs === undefined ? {} : { retryAfterMs }))

async function setUp(scripts: readonly Script[], { attempts, accounts = 1 }: { attempts?: number; accounts?: number } = {}) {
  const late = new LateClock()
  const provider = new ScriptedProvider(scripts)
  const pool = new FakePool({ providers: [provider], accounts })
  const under = engineOver(pool, { hooks: [await retry().setup(attempts === undefined ? {} : { attempts }, pluginHost({ clock: late }))] })
  late.use(under.clock)
  const client = new AbortController()
  const run = () =>
    under.engine.run(untrackedCall({ signal: client.signal })).then(
      async reply => textOf(await drain(reply.events)),
      (error: unknown) => (error as GatewayError).code,
    )
  return { ...under, provider, pool, client, run }
}

describe('retry', () => {
  it('moves on to another account at once', async () => {
    const { run, pool, clock } = await setUp([fails('account_rate_limited'), answers('Hi')], { accounts: 2 })
    expect(await run()).to.equal('Hi')
    expect(pool.leases.map(({ account }) => account)).to.deep.equal(['scripted-1', 'scripted-2'])
    expect(clock.monotonic()).to.equal(0)
  })

  it('waits before it asks a struggling upstream again', async () => {
    const { run, provider, clock } = await setUp([fails('upstream_failed'), answers('Hi')])
    const running = run()
    await clock.pass(149)
    expect(provider.requests).to.have.length(1)
    await clock.pass(101)
    expect(await running).to.equal('Hi')
  })

  it('waits as long as the upstream asks', async () => {
    const { run, provider, clock } = await setUp([fails('upstream_overloaded', 3_000), answers('Hi')])
    const running = run()
    await clock.pass(2_999)
    expect(provider.requests).to.have.length(1)
    await clock.pass(1)
    expect(await running).to.equal('Hi')
  })

  for (const code of ['bad_request', 'context_too_long', 'internal'] as const) {
    it(`makes one attempt for ${code}`, async () => {
      const { run, provider, pool } = await setUp([fails(code)], { accounts: 5 })
      expect(await run()).to.equal(code)
      expect(provider.requests).to.have.length(1)
      expect(pool.leases).to.have.length(1)
    })
  }

  it('makes as many tries as it is told, at most', async () => {
    const { run, provider } = await setUp([fails('account_rate_limited')], { attempts: 2, accounts: 5 })
    expect(await run()).to.equal('account_rate_limited')
    expect(provider.requests).to.have.length(2)
  })

  it('stops where the engine stops: a total outage is asked four times', async () => {
    const { run, provider, clock, outcomes } = await setUp([fails('upstream_unreachable')])
    const running = run()
    await clock.pass(60_000)
    expect(await running).to.equal('upstream_unreachable')
    expect(provider.requests).to.have.length(4)
    expect(outcomes).to.have.length(1)
  })

  for (const code of ['model_overloaded', 'upstream_overloaded'] as const) {
    it(`gives up on ${code} before a stream must be kept alive, so that the client gets a status that it can act upon`, async () => {
      const { run, clock } = await setUp([fails(code)], { accounts: 12 })
      const running = run()
      await clock.pass(11_000)
      expect(await Promise.race([running, settled().then(() => 'still trying')])).to.equal(code)
    })
  }

  it('does not wait for an overloaded upstream that asks for more time than there is', async () => {
    const { run, provider, clock } = await setUp([fails('model_overloaded', 11_000), answers('Hi')])
    expect(await run()).to.equal('model_overloaded')
    expect(provider.requests).to.have.length(1)
    expect(clock.monotonic()).to.equal(0)
  })

  it('ends its wait at once when the client leaves, and leaves nothing behind', async () => {
    const { run, provider, clock, client, outcomes } = await setUp([fails('upstream_failed', 20_000), answers('Hi')])
    const running = run()
    await settled()
    client.abort(new GatewayError('cancelled', 'the client left'))
    expect(await running).to.equal('cancelled')
    expect(provider.requests).to.have.length(1)
    expect(clock.pending).to.equal(0)
    expect(getEventListeners(client.signal, 'abort')).to.have.length(0)
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['cancelled'])
  })

  it('leaves a strange error alone', async () => {
    const late = new LateClock()
    const hooks = await retry().setup({}, pluginHost({ clock: late }))
    let asked = 0
    const error = new TypeError('a bug')
    const call = { ...untrackedCall(), trail: [] }
    const thrown = await hooks.request?.(call, () => (asked++, Promise.reject(error))).catch((caught: unknown) => caught)
    expect(thrown).to.equal(error)
    expect(asked).to.equal(1)
  })
})

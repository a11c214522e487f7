import { expect } from 'chai'
import { GatewayError, type Hooks, type Remedy } from '../../../../core/index.ts'
import { retry } from '../../../../plugins/index.ts'
import { drain, engineOver, textOf, untrackedCall } from '../../../support/calls.ts'
import { FakePool } from '../../../support/fake-pool.ts'
import { LateClock, pluginHost } from '../../../support/plugin-host.ts'
import { answers, refuses, type Script, ScriptedProvider } from '../../../support/scripted-provider.ts'

const rejected = (remedy: Remedy) => new GatewayError(remedy === 'drop-signatures' ? 'bad_request' : 'token_rejected', `needs ${remedy}`, { remedy, reason: `upstream-word-${remedy}` })
const down = () => new GatewayError('lane_unavailable', 'down')

/** Retry with nothing to wait for. */
const again: Hooks = {
  async request(call, next) {
    for (;;) {
      const before = call.trail.length
      try {
        return await next(call)
      } catch (error) {
        if (call.trail.length === before) throw error
      }
    }
  },
}

async function outcomeOf(scripts: readonly Script[], options: { accounts?: number; hooks?: readonly Hooks[] } = {}) {
  const provider = new ScriptedProvider(scripts)
  const pool = new FakePool({ providers: [provider], accounts: options.accounts ?? 1 })
  const under = engineOver(pool, { hooks: options.hooks ?? [] })
  const result = await under.engine.run(untrackedCall()).then(
    async reply => textOf(await drain(reply.events)),
    (error: unknown) => error as GatewayError,
  )
  return { result, provider, pool, ...under }
}

describe('remedies', () => {
  it('refresh a refused token once and try the same account again, without blaming it', async () => {
    const { result, provider, pool, outcomes } = await outcomeOf([refuses(rejected('refresh-token')), answers('Hi')])
    expect(result).to.equal('Hi')
    expect(pool.renewals).to.deep.equal(['refresh-token'])
    expect(pool.leases, 'it is one lease').to.have.length(1)
    expect(pool.leases[0]).to.deep.include({ succeeded: 1, released: 1, failures: [] })
    expect(provider.attempts.map(({ account, number }) => [account.id, account.generation, number])).to.deep.equal([
      ['scripted-1', 1, 1],
      ['scripted-1', 2, 2],
    ])
    expect([...(provider.attempts[1]?.remedies ?? [])]).to.deep.equal(['refresh-token'])
    expect(outcomes[0]?.attempts.map(({ number, outcome, reason }) => ({ number, outcome, reason }))).to.deep.equal([
      { number: 1, outcome: 'token_rejected', reason: 'upstream-word-refresh-token' },
      { number: 2, outcome: 'ok', reason: undefined },
    ])
  })

  it('refresh once per account and call: a second refusal goes to the account', async () => {
    const { result, pool } = await outcomeOf([refuses(rejected('refresh-token'))])
    expect((result as GatewayError).code).to.equal('token_rejected')
    expect(pool.renewals).to.have.length(1)
    expect(pool.leases[0]?.failures).to.have.length(1)
    expect(pool.unsettled).to.deep.equal([])
  })

  it('refresh each account that needs it', async () => {
    const { result, pool } = await outcomeOf([refuses(rejected('refresh-token')), refuses(rejected('refresh-token')), refuses(rejected('refresh-token')), answers('Hi')], { accounts: 2, hooks: [again] })
    expect(result).to.equal('Hi')
    expect(pool.renewals).to.deep.equal(['refresh-token', 'refresh-token'])
    expect(pool.leases.map(({ account }) => account)).to.deep.equal(['scripted-1', 'scripted-2'])
  })

  it('resolve a profile once per account, beside a refresh of its own', async () => {
    const { result, pool } = await outcomeOf([refuses(rejected('resolve-profile')), refuses(rejected('refresh-token')), answers('Hi')])
    expect(result).to.equal('Hi')
    expect(pool.renewals).to.deep.equal(['resolve-profile', 'refresh-token'])
  })

  it('drop signatures once per call, whatever the account, and keep to it in every later try', async () => {
    const { pool, provider } = await outcomeOf([refuses(rejected('drop-signatures')), refuses(down()), refuses(rejected('drop-signatures')), answers('never')], { accounts: 2, hooks: [again] })
    expect(pool.renewals, 'it is no matter of accounts').to.deep.equal([])
    expect(provider.attempts.map(({ remedies }) => remedies.has('drop-signatures'))).to.deep.equal([false, true, true, true])
    expect(pool.leases[1]?.failures.map(({ code }) => code)).to.deep.equal(['bad_request'])
  })

  it('blame and give back the account when it cannot be mended', async () => {
    const provider = new ScriptedProvider([refuses(rejected('refresh-token'))])
    const lost = new GatewayError('needs_login', 'sign in again')
    const pool = new FakePool({ providers: [provider], renewal: () => Promise.reject(lost) })
    const { engine, outcomes } = engineOver(pool)
    const error = await engine.run(untrackedCall()).catch((thrown: unknown) => thrown)
    expect(error).to.include({ code: 'needs_login', message: lost.message, attempts: 1 })
    expect(pool.leases[0]).to.deep.include({ released: 1, failures: [lost] })
    expect(outcomes[0]).to.deep.include({ status: 'failed', code: 'needs_login' })
    expect(outcomes[0]?.attempts).to.have.length(1)
  })

  it('count as attempts: they end with the budget', async () => {
    const scripts = [down(), down(), down(), rejected('refresh-token'), rejected('resolve-profile')].map(refuses)
    const { provider, pool } = await outcomeOf([...scripts, answers('too late')], { hooks: [again] })
    expect(provider.requests).to.have.length(4)
    expect(pool.unsettled).to.deep.equal([])
  })
})

describe('the budget of a call', () => {
  it('allows four tries with fewer accounts, then throws the last failure', async () => {
    const { result, provider, pool } = await outcomeOf([refuses(down())], { accounts: 2, hooks: [again] })
    expect(provider.requests).to.have.length(4)
    expect((result as GatewayError).code).to.equal('lane_unavailable')
    expect(pool.unsettled).to.deep.equal([])
  })

  it('allows one try per account with more', async () => {
    const { provider } = await outcomeOf([refuses(down())], { accounts: 7, hooks: [again] })
    expect(new Set(provider.attempts.map(({ account }) => account.id)).size).to.equal(7)
    expect(provider.requests).to.have.length(7)
  })

  it('ends when the upstream was silent too often, however many accounts there are', async () => {
    const provider = new ScriptedProvider([refuses(new GatewayError('upstream_timeout', 'silent'))])
    const { engine } = engineOver(new FakePool({ providers: [provider], accounts: 9 }), { hooks: [again], timeouts: { firstTokenRetries: 2 } })
    expect(await engine.run(untrackedCall()).catch((error: unknown) => error)).to.have.property('code', 'upstream_timeout')
    expect(provider.requests).to.have.length(3)
  })

  it('ends after a suspicion of abuse was met twice: hammering makes it worse', async () => {
    const { provider } = await outcomeOf([refuses(new GatewayError('account_suspicious', 'suspicious'))], { accounts: 9, hooks: [again] })
    expect(provider.requests).to.have.length(2)
  })

  it('is spent by retry together with a fallback around it', async () => {
    const late = new LateClock()
    const fallback: Hooks = { request: (call, next) => next(call).catch(() => next({ ...call, request: { ...call.request, model: 'model-2' } })) }
    const provider = new ScriptedProvider([refuses(down())])
    const { engine, clock, outcomes } = engineOver(new FakePool({ providers: [provider] }), { hooks: [fallback, await retry().setup({}, pluginHost({ clock: late }))] })
    late.use(clock)
    const running = engine.run(untrackedCall()).catch((error: unknown) => error)
    await clock.pass(60_000)
    expect(await running).to.have.property('code', 'lane_unavailable')
    expect(provider.requests).to.have.length(4)
    expect(outcomes[0]?.attempts).to.have.length(4)
  })

  it('tells what the upstream said, not that everybody was asked, when the pool has nobody left', async () => {
    const provider = new ScriptedProvider([refuses(new GatewayError('upstream_failed', 'the upstream answered 500'))])
    const pool = new FakePool({ providers: [provider], refuse: call => (call.trail.length > 0 ? new GatewayError('no_account', 'every account has been tried') : undefined) })
    const { engine } = engineOver(pool, { hooks: [again] })
    expect(await engine.run(untrackedCall()).catch((error: unknown) => error)).to.have.property('code', 'upstream_failed')
  })

  it('tells that all accounts cool down, with the time of the first return', async () => {
    const provider = new ScriptedProvider([refuses(new GatewayError('account_rate_limited', 'slow down'))])
    const pool = new FakePool({ providers: [provider], refuse: call => (call.trail.length > 0 ? new GatewayError('all_cooling', 'all rest', { retryAfterMs: 9_000 }) : undefined) })
    const { engine } = engineOver(pool, { hooks: [again] })
    const error = await engine.run(untrackedCall()).catch((thrown: unknown) => thrown as GatewayError)
    expect(error).to.deep.include({ code: 'all_cooling', retryAfterMs: 9_000 })
  })
})

describe('the trail', () => {
  it('tells of each attempt who, where, what, how long and how it ended', async () => {
    const { clock, outcomes, records, provider } = await outcomeOf([refuses(new GatewayError('account_rate_limited', 'slow down', { reason: 'ThrottlingException' })), answers('Hi')], { accounts: 2, hooks: [again] })
    const common = { provider: 'scripted', lane: 'lane-1', model: 'model-1', startedAt: clock.now(), durationMs: 0 }
    expect(outcomes[0]?.attempts).to.deep.equal([
      { ...common, number: 1, account: 'scripted-1', outcome: 'account_rate_limited', reason: 'ThrottlingException' },
      { ...common, number: 2, account: 'scripted-2', outcome: 'ok' },
    ])
    expect(records).to.deep.equal(outcomes[0]?.attempts)
    expect(provider.attempts[1]?.call.trail, 'every copy of a call sees the same trail').to.equal(provider.attempts[0]?.call.trail)
  })

  it('measures how long an attempt took and when the first event came', async () => {
    const provider = new ScriptedProvider([refuses(down()), answers('Hi')])
    const { engine, clock, outcomes } = engineOver(new FakePool({ providers: [provider], before: () => clock.pass(250) }), { hooks: [again] })
    await drain((await engine.run(untrackedCall())).events)
    expect(outcomes[0]).to.deep.include({ firstEventMs: 500, durationMs: 500 })
  })

  it('is refused to a call that the engine did not begin', async () => {
    const forged: Hooks = { request: (call, next) => next({ ...call, trail: [] }) }
    const { result, pool } = await outcomeOf([answers('Hi')], { hooks: [forged] })
    expect((result as GatewayError).code).to.equal('internal')
    expect(pool.leases).to.have.length(0)
  })
})

import { expect } from 'chai'
import { type Attempt, type ChatRequest, GatewayError, type Provider } from '../../../../core/index.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'
import { countUpstream } from '../../../../core/tokens/count-upstream.ts'
import { settled, untrackedCall } from '../../../support/calls.ts'
import { FakePool } from '../../../support/fake-pool.ts'
import { answers, ScriptedProvider } from '../../../support/scripted-provider.ts'

type Count = (request: ChatRequest, attempt: Attempt) => Promise<number>

class CountingProvider extends ScriptedProvider {
  readonly countTokens: Count

  constructor(count: Count) {
    super([answers('unused')])
    this.countTokens = count
  }
}

function over(provider: Provider) {
  const clock = new FakeClock()
  const pool = new FakePool({ providers: [provider] })
  return { clock, pool, deps: { clock, pool, providers: new Map([[provider.name, provider]]) } }
}

describe('counting tokens at the provider', () => {
  it('asks the provider that would serve the call, with its account, and frees the account', async () => {
    const asked: Attempt[] = []
    const { pool, deps } = over(new CountingProvider((_request, attempt) => Promise.resolve(asked.push(attempt) && 321)))
    expect(await countUpstream(untrackedCall(), deps)).to.equal(321)
    expect(asked[0]?.account.id).to.equal(pool.leases[0]?.account)
    expect(pool.leases[0]?.released).to.equal(1)
  })

  it('leases no account when no provider counts', async () => {
    const { pool, deps } = over(new ScriptedProvider([answers('unused')]))
    expect(await countUpstream(untrackedCall(), deps)).to.equal(undefined)
    expect(pool.leases.length).to.equal(0)
  })

  it('leaves it to the gateway when the provider fails, and holds nothing against the account', async () => {
    const { pool, deps } = over(new CountingProvider(() => Promise.reject(new GatewayError('account_suspended', 'gone'))))
    expect(await countUpstream(untrackedCall(), deps)).to.equal(undefined)
    expect(pool.leases[0]?.failures).to.deep.equal([])
    expect(pool.leases[0]?.released).to.equal(1)
  })

  it('leaves it to the gateway when the provider says nothing useful or there is no account', async () => {
    const { deps } = over(new CountingProvider(() => Promise.resolve(0)))
    expect(await countUpstream(untrackedCall(), deps)).to.equal(undefined)
    const pool = { lease: () => Promise.reject(new GatewayError('no_account', 'none')) }
    expect(await countUpstream(untrackedCall(), { ...deps, pool })).to.equal(undefined)
  })

  it('gives up after ten seconds, and when the client leaves', async () => {
    const never: Count = (_request, { signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
    const { clock, deps } = over(new CountingProvider(never))
    const count = countUpstream(untrackedCall(), deps)
    await clock.pass(10_000)
    expect(await count).to.equal(undefined)

    const leaving = new AbortController()
    const left = countUpstream(untrackedCall({ signal: leaving.signal }), deps)
    await settled()
    leaving.abort(new GatewayError('cancelled', 'the client left'))
    expect(await left).to.equal(undefined)
    expect(clock.pending).to.equal(0)
  })
})

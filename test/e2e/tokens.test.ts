import { expect } from 'chai'
import { eventually } from '../support/eventually.ts'
import { ask, startTestGateway, type TestGateway } from '../support/gateway.ts'

describe('tokens, through the whole gateway', () => {
  let gateway: TestGateway | undefined
  afterEach(() => gateway?.close())

  const hundred = (running: TestGateway) => Promise.all(Array.from({ length: 100 }, (_, index) => running.post('/v1/messages', ask(`question ${index} [[text:answer ${index}]]`))))

  it('refresh once for a hundred requests that find the token refused, and answer each with its own answer', async () => {
    gateway = await startTestGateway({ simulator: { rotation: 'strict' } })
    expect((await gateway.post('/v1/messages', ask('warm up'))).status).to.equal(200)
    for (let round = 0; round < 3; round++) {
      gateway.simulator.reset()
      gateway.simulator.expireAccessTokens()
      const answers = await hundred(gateway)
      const texts = await Promise.all(answers.map(async answer => ((await answer.json()) as { content: { text: string }[] }).content[0]?.text))
      expect(texts).to.deep.equal(Array.from({ length: 100 }, (_, index) => `answer ${index}`))
      const { refreshes, spentRefreshTokensPresented } = gateway.simulator.stats()
      expect({ refreshes, spentRefreshTokensPresented }).to.deep.equal({ refreshes: 1, spentRefreshTokensPresented: 0 })
    }
  })

  it('are refreshed before the first use where a credential comes without an access token', async () => {
    gateway = await startTestGateway({ accounts: [] })
    const { refreshToken } = gateway.simulator.issue('social')
    await gateway.gateway.services.directory.add('kiro', { label: 'bare', credential: { kind: 'social', refreshToken } }, 'store')
    await gateway.gateway.services.watch.check()
    expect((await gateway.post('/v1/messages', ask('hi'))).status).to.equal(200)
    expect(gateway.simulator.stats().refreshes).to.equal(1)
  })

  it('that cannot be refreshed any more take the account out, keep its row and tell the client to come back to another', async () => {
    gateway = await startTestGateway({ accounts: ['social', 'social'] })
    gateway.simulator.revoke(gateway.credentials[0]!)
    for (let index = 0; index < 4; index++) expect((await gateway.post('/v1/messages', ask('hi'))).status).to.equal(200)
    const { directory } = gateway.gateway.services
    // States are written behind: what a command sees may be a moment old.
    await eventually(async () => (await directory.list()).map(account => account.state.status).sort().join() === 'active,invalid')
    gateway.simulator.revoke(gateway.credentials[1]!)
    const response = await gateway.post('/v1/messages', ask('hi'))
    expect([502, 503]).to.include(response.status)
    expect(gateway.logged()).not.to.match(/\bao[ar][A-Za-z0-9]{20}/)
  })

  it('of Builder ID and Identity Center accounts are refreshed at the OIDC endpoint with their client', async () => {
    gateway = await startTestGateway({ accounts: ['builder-id', 'idc'], simulator: { rotation: 'strict' } })
    for (let index = 0; index < 4; index++) {
      gateway.simulator.expireAccessTokens()
      expect((await gateway.post('/v1/messages', ask('hi'))).status).to.equal(200)
    }
    expect(gateway.simulator.stats().spentRefreshTokensPresented).to.equal(0)
    expect(gateway.simulator.journal.some(entry => entry.path === '/token')).to.equal(true)
  })
})

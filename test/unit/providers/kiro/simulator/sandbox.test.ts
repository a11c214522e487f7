import { expect } from 'chai'
import { startSandbox } from '../../../../../providers/kiro/simulator/sandbox.ts'
import { ask, framesOf, json, refreshOidc, refreshSocial, stopReasonOf, textOf } from './client.ts'

describe('The sandbox', () => {
  let sandbox: Awaited<ReturnType<typeof startSandbox>>

  beforeEach(async () => {
    sandbox = await startSandbox()
  })

  afterEach(() => sandbox.close())

  it('comes with a social account and a Builder ID that work there', async () => {
    expect(sandbox.accounts.map(({ credential }) => credential.kind)).to.deep.equal(['social', 'builder-id'])
    const [social, builderId] = sandbox.accounts
    const { accessToken = '', refreshToken, profileArn = '' } = social?.credential ?? {}
    const reply = await ask(sandbox, { authMethod: 'social', accessToken, profileArn }, { content: 'hello' })
    expect(textOf(reply)).to.match(/^\[sandbox\] .*kiro-gateway login kiro\n\nYou said: hello$/s)
    expect([framesOf(reply).length > 1, stopReasonOf(reply)]).to.deep.equal([true, 'END_TURN'])
    expect((await refreshSocial(sandbox, refreshToken)).status).to.equal(200)
    const { clientId = '', clientSecret = '', refreshToken: other = '' } = builderId?.credential ?? {}
    expect(json(await refreshOidc(sandbox, { clientId, clientSecret, refreshToken: other }))).to.have.property('accessToken')
  })

  it('says where the provider must send its calls', () => {
    const { origin } = sandbox
    expect(origin).to.match(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(sandbox.options).to.deep.equal({ apiUrl: origin, authUrl: origin, oidcUrl: origin, managementUrl: origin })
  })
})

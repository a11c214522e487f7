import { expect } from 'chai'
import { ask, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { startTlsServer, type TlsServer } from '../support/tls-server.ts'

const SECRET = 'signature-in-the-address'

describe('accounts from an https URL', () => {
  let server: TlsServer | undefined
  let gateway: TestGateway | undefined
  afterEach(async () => {
    await gateway?.close()
    await server?.close()
  })

  it('serve, are those of the last start when the URL fails, and leave no trace of its query', async () => {
    let failing = false
    let held: unknown
    const vault = await startTlsServer(['vault.test'], (_request, response) =>
      response.writeHead(failing ? 500 : 200).end(failing ? SECRET : JSON.stringify(held)),
    )
    server = vault
    gateway = await startTestGateway({
      accounts: [],
      environment: simulator => {
        held = [simulator.issue('social'), simulator.issue('builder-id')]
        return {
          KIRO_CREDS_FILE: `https://me:${SECRET}@vault.test:${vault.port}/creds.json?sig=${SECRET}`,
          KIRO_CREDS_HOSTS: `private:vault.test:${vault.port}`,
          NODE_ENV: 'production',
        }
      },
      guard: { ca: vault.ca, resolve: () => Promise.resolve(['127.0.0.1']) },
    })
    const running = gateway
    const accounts = () => running.gateway.services.directory.list()
    expect((await accounts()).map(({ origin, attached }) => [origin, attached])).to.deep.equal(
      Array.from({ length: 2 }, () => [`url:vault.test:${vault.port}/creds.json`, true]),
    )
    expect((await running.post('/v1/messages', ask('hi'))).status).to.equal(200)

    failing = true
    await running.restart()
    expect((await accounts()).map(({ attached }) => attached)).to.deep.equal([true, true])
    expect((await running.post('/v1/messages', ask('hi'))).status).to.equal(200)
    expect(running.logged()).to.contain('its accounts are those of the last start').and.to.contain('status 500')
    expect(running.logged()).to.not.contain(SECRET)
    expect(JSON.stringify(await accounts())).to.not.contain(SECRET)
  })

  it('are refused with the remedy when the host is not allowed', async () => {
    gateway = await startTestGateway({ accounts: [], environment: { KIRO_CREDS_FILE: `https://vault.test/creds.json?sig=${SECRET}`, NODE_ENV: 'production' } })
    expect(gateway.logged()).to.contain('KIRO_CREDS_HOSTS').and.to.not.contain(SECRET)
    expect((await gateway.post('/v1/messages', ask('hi'))).status).to.equal(503)
  })
})

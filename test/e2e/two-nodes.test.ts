import { expect } from 'chai'
import { type KiroSimulator, startKiroSimulator } from '../../providers/kiro/simulator/index.ts'
import { ask, CLIENT_KEY } from '../support/gateway.ts'
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.ts'
import { onSharedStores } from '../support/store-backends.ts'

const ENCRYPTION_KEY = '5a'.repeat(32)

onSharedStores('two gateways on one database', (backend, name) => {
  let simulator: KiroSimulator
  const gateways: GatewayProcess[] = []

  beforeEach(async () => {
    simulator = await startKiroSimulator()
  })
  afterEach(async () => {
    for (const gateway of gateways.splice(0)) await gateway.end()
    await simulator.close()
  })

  /** On PostgreSQL each has a folder of its own, as on machines of their own; in SQLite the folder is what they share. */
  const start = async (): Promise<GatewayProcess> => {
    const [first] = gateways
    const { databaseUrl } = backend().options
    const environment = {
      TOKEN_ENCRYPT_KEY: ENCRYPTION_KEY,
      ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
      ...(first && { KIRO_CREDS_FILE: `${first.folder}/credentials.json` }),
    }
    const gateway = await startGatewayProcess(simulator, name === 'SQLite' ? first?.folder : undefined, environment)
    gateways.push(gateway)
    return gateway
  }
  const post = async ({ url }: GatewayProcess) => {
    const response = await fetch(`${url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': CLIENT_KEY, 'content-type': 'application/json' },
      body: JSON.stringify(ask('hi')),
    })
    await response.arrayBuffer()
    return response.status
  }

  it('renew an expired token once for sixty-four requests at the same time', async function () {
    this.timeout(60_000)
    const nodes = [await start(), await start()]
    for (const node of nodes) expect(await post(node)).to.equal(200)
    for (let expiry = 0; expiry < 3; expiry++) {
      const before = simulator.stats()
      simulator.expireAccessTokens()
      const statuses = await Promise.all(Array.from({ length: 64 }, (_, index) => post(nodes[index % 2] as GatewayProcess)))
      expect(new Set(statuses)).to.deep.equal(new Set([200]))
      const after = simulator.stats()
      expect(after.refreshAttempts - before.refreshAttempts).to.equal(1)
      expect(after.spentRefreshTokensPresented).to.equal(0)
    }
  })

  it('refuse to run with different encryption keys', async function () {
    this.timeout(30_000)
    const first = await start()
    const { databaseUrl } = backend().options
    const other = startGatewayProcess(simulator, name === 'SQLite' ? first.folder : undefined, {
      TOKEN_ENCRYPT_KEY: '5b'.repeat(32),
      ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
    })
    expect(await other.catch((error: unknown) => error)).to.be.instanceOf(Error)
    expect(await post(first)).to.equal(200)
  })
})

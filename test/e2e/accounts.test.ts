import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { ask, startTestGateway } from '../support/gateway.ts'
import { startGatewayProcess } from '../support/gateway-process.ts'
import { startKiroSimulator } from '../../providers/kiro/simulator/index.ts'

describe('accounts, through the whole gateway', () => {
  it('that are imported again take the new label and settings, keep their token and begin anew', async () => {
    const gateway = await startTestGateway({ accounts: [] })
    try {
      const { directory } = gateway.gateway.services
      const credential = { kind: 'social', refreshToken: gateway.simulator.issue('social').refreshToken }
      const first = await directory.add('kiro', { label: 'before', credential }, 'store')
      const again = await directory.add('kiro', { label: 'after', credential, settings: { proxy: 'direct' } }, 'store')
      expect([again.id, again.added, again.label, again.generation]).to.deep.equal([first.id, false, 'after', first.generation])
      expect(await directory.list()).to.have.length(1)
    } finally {
      await gateway.close()
    }
  })

  it('whose secrets cannot be read are not taken for no account: nothing is simulated in their place', async () => {
    const simulator = await startKiroSimulator()
    const first = await startGatewayProcess(simulator, undefined, { TOKEN_ENCRYPT_KEY: randomBytes(32).toString('hex') })
    try {
      // The same folder under another key must not open at all, let alone answer in the accounts' place.
      first.child.kill('SIGKILL')
      const second = await startGatewayProcess(simulator, first.folder, { TOKEN_ENCRYPT_KEY: randomBytes(32).toString('hex') }).catch((error: unknown) => error)
      expect(second).to.be.instanceOf(Error)
    } finally {
      await first.end()
      await simulator.close()
    }
  })

  it('answer again after an account was exhausted and restored by hand', async () => {
    const gateway = await startTestGateway()
    try {
      gateway.simulator.exhaust(gateway.credentials[0]!)
      expect((await gateway.post('/v1/messages', ask('hi'))).status).to.equal(429)
      gateway.simulator.restore(gateway.credentials[0]!)
      const [account] = await gateway.gateway.services.directory.list()
      await gateway.gateway.services.directory.restore(account!.id)
      expect((await gateway.post('/v1/messages', ask('hi'))).status).to.equal(200)
    } finally {
      await gateway.close()
    }
  })
})

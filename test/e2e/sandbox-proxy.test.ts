import { expect } from 'chai'
import { ask, startTestGateway } from '../support/gateway.ts'

describe('the sandbox behind a company proxy', () => {
  it('answers although the proxy of the environment cannot reach this machine', async () => {
    const gateway = await startTestGateway({ accounts: [], environment: { HTTP_PROXY: 'http://127.0.0.1:9', HTTPS_PROXY: 'http://127.0.0.1:9' } })
    try {
      const response = await gateway.post('/v1/messages', ask('hello'))
      expect(response.status).to.equal(200)
      expect(response.headers.get('x-kiro-gateway-sandbox')).to.equal('true')
    } finally {
      await gateway.close()
    }
  })
})

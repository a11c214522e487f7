import { expect } from 'chai'
import { ask, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { startTlsServer } from '../support/tls-server.ts'

describe('images by address through the gateway', () => {
  let gateway: TestGateway | undefined
  afterEach(() => gateway?.close())

  const picture = (url: string) =>
    ask([
      { type: 'image', source: { type: 'url', url } },
      { type: 'text', text: 'What is it?' },
    ])
  const refusal = async (running: TestGateway, url: string) => {
    const answer = await running.post('/v1/messages', picture(url))
    expect(answer.status).to.equal(400)
    const { error } = (await answer.json()) as { error: { type: string; message: string } }
    expect(error.type).to.equal('invalid_request_error')
    return error.message
  }

  it('are refused with the name of the setting that turns them on', async () => {
    gateway = await startTestGateway()
    expect(await refusal(gateway, 'https://example.com/a.png'))
      .to.contain('media.fetchUrls')
      .and.to.contain('base64')
    expect(gateway.simulator.journal.filter(entry => entry.operation === 'generate')).to.deep.equal([])
  })

  it('never lead to this machine, its networks or its cloud when they are on', async () => {
    gateway = await startTestGateway({ config: { media: { fetchUrls: true } } })
    for (const host of ['127.0.0.1', '2130706433', 'localhost', '169.254.169.254', '10.0.0.1', '[::1]', '[::ffff:10.0.0.1]']) {
      expect(await refusal(gateway, `https://${host}/a.png`), host)
        .to.contain('messages.0')
        .and.to.contain('does not lead to a place that may be reached')
    }
    expect(await refusal(gateway, 'http://example.com/a.png')).to.contain('only https')
  })

  it('reach the upstream as bytes', async () => {
    const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
    const server = await startTlsServer(['pictures.test'], (_request, response) => response.writeHead(200, { 'content-type': 'image/png' }).end(png))
    try {
      const host = `pictures.test:${server.port}`
      gateway = await startTestGateway({
        config: { media: { fetchUrls: true, hosts: [host] } },
        guard: { ca: server.ca, resolve: () => Promise.resolve(['127.0.0.1']), allows: () => true },
      })
      expect((await gateway.post('/v1/messages', picture(`https://${host}/a.png`))).status).to.equal(200)
      const sent = gateway.simulator.journal.find(entry => entry.operation === 'generate')
      expect(sent)
        .to.have.nested.property('body.conversationState.currentMessage.userInputMessage.images')
        .that.deep.equals([{ format: 'png', source: { bytes: png.toString('base64') } }])
    } finally {
      await server.close()
    }
  })

  it('are held against no account', async () => {
    gateway = await startTestGateway({ config: { media: { fetchUrls: true, hosts: ['pictures.example'] } } })
    expect(await refusal(gateway, 'https://example.com/a.png')).to.contain('media.hosts')
    const [account] = await gateway.gateway.services.directory.list()
    expect(account?.state).to.include({ status: 'active', failures: 0 })
  })
})

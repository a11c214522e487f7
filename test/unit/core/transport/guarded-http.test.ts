import { expect } from 'chai'
import type { GatewayError } from '../../../../core/index.ts'
import { systemClock } from '../../../../core/telemetry/system-clock.ts'
import { createGuardedHttp, type GuardedHttp, type GuardOptions } from '../../../../core/transport/guarded-http.ts'
import { startTlsServer, type TlsServer } from '../../../support/tls-server.ts'

const PUBLIC = 'pictures.test'

describe('the way out for addresses from outside', () => {
  let server: TlsServer
  let http: GuardedHttp | undefined
  before(async () => {
    server = await startTlsServer([PUBLIC, '127.0.0.1'], (request, response) => {
      if (request.url === '/close') response.setHeader('connection', 'close')
      response.end('hello')
    })
  })
  after(() => server.close())
  afterEach(async () => {
    await http?.close()
    http = undefined
  })
  const open = (options: Partial<GuardOptions> = {}) => {
    http = createGuardedHttp({ clock: systemClock, ca: server.ca, resolve: () => Promise.resolve(['127.0.0.1']), ...options })
    return (url: string) => (http as GuardedHttp).client.send({ method: 'GET', url, headers: {} })
  }
  const failure = async (sent: Promise<unknown>) =>
    (await sent.then(
      () => expect.fail('it was sent'),
      error => error as GatewayError,
    )) as GatewayError
  const anything = () => true

  it('connects to the address that was checked, and checks the certificate against the name', async () => {
    const answer = await open({ allows: anything })(`https://${PUBLIC}:${server.port}/a?b`)
    expect(answer.body.toString()).to.equal('hello')
    expect(server.requests.at(-1)).to.equal('GET /a?b')
    expect(server.headers.at(-1)?.host).to.equal(`${PUBLIC}:${server.port}`)
  })

  it('refuses a name that the certificate is not for', async () => {
    const error = await failure(open({ allows: anything })(`https://other.test:${server.port}/`))
    expect(error.code).to.equal('upstream_tls')
  })

  it('refuses a name that leads inside, without a single connection and without saying where it leads', async () => {
    const before = server.connections
    const error = await failure(open()(`https://${PUBLIC}:${server.port}/`))
    expect(error.code).to.equal('bad_request')
    expect(error.message).to.contain(PUBLIC).and.to.not.contain('127.0.0.1')
    expect(server.connections).to.equal(before)
  })

  it('asks the name server once for each connection, so that it cannot change its mind after the check', async () => {
    const answers = ['8.8.8.8', '127.0.0.1']
    let asked = 0
    const connected: string[] = []
    const send = open({
      resolve: () => Promise.resolve([answers[asked++] ?? '127.0.0.1']),
      allows: (_hostname, found) => {
        connected.push(found)
        return false
      },
    })
    await failure(send(`https://${PUBLIC}:${server.port}/`))
    expect(asked).to.equal(1)
    expect(connected).to.deep.equal(['public'])
  })

  it('refuses a rebound name at its second connection', async () => {
    const answers = ['127.0.0.1', '169.254.169.254']
    let asked = 0
    const send = open({ allows: anything, resolve: () => Promise.resolve([answers[asked++] ?? '']) })
    expect((await send(`https://${PUBLIC}:${server.port}/close`)).status).to.equal(200)
    const error = await failure(send(`https://${PUBLIC}:${server.port}/`))
    expect(error.code).to.equal('bad_request')
    expect(asked).to.equal(2)
  })

  it('refuses a name with one bad address among good ones', async () => {
    for (const addresses of [
      ['8.8.8.8', '10.0.0.1'],
      ['10.0.0.1', '8.8.8.8'],
      ['8.8.8.8', '::1'],
    ]) {
      const error = await failure(open({ resolve: () => Promise.resolve(addresses) })(`https://${PUBLIC}:${server.port}/`))
      expect(error.code).to.equal('bad_request')
      await http?.close()
    }
  })

  it('never reaches metadata services, whatever is allowed', async () => {
    const error = await failure(open({ allows: anything, resolve: () => Promise.resolve(['169.254.169.254']) })(`https://${PUBLIC}/`))
    expect(error.code).to.equal('bad_request')
  })

  const written = [
    'https://127.0.0.1:PORT/',
    'https://2130706433:PORT/',
    'https://0177.0.0.1:PORT/',
    'https://0x7f000001:PORT/',
    'https://127.1:PORT/',
    'https://[::1]:PORT/',
    'https://[::ffff:127.0.0.1]:PORT/',
    'https://[64:ff9b::7f00:1]:PORT/',
    'https://0.0.0.0:PORT/',
    'https://0:PORT/',
    'https://169.254.169.254/latest/meta-data',
    'https://１２７.0.0.1:PORT/',
  ]
  for (const url of written) {
    it(`refuses ${url}, an address that needs no name server`, async () => {
      const before = server.connections
      let asked = 0
      const error = await failure(open({ resolve: () => Promise.resolve([`8.8.8.${++asked}`]) })(url.replace('PORT', String(server.port))))
      expect(error.code).to.equal('bad_request')
      expect(asked).to.equal(0)
      expect(server.connections).to.equal(before)
    })
  }

  it('uses the real name server where no other is given', async () => {
    http = createGuardedHttp({ clock: systemClock, ca: server.ca })
    const error = await failure(http.client.send({ method: 'GET', url: `https://localhost:${server.port}/`, headers: {} }))
    expect(error.code).to.equal('bad_request')
  })

  it('speaks https only', async () => {
    const error = await failure(open({ allows: anything })(`http://${PUBLIC}:${server.port}/`))
    expect(error.code).to.equal('bad_request')
  })

  it('tells a name that does not exist from one that may not be reached', async () => {
    const error = await failure(open({ resolve: () => Promise.resolve([]) })(`https://${PUBLIC}/`))
    expect(error.code).to.equal('upstream_unreachable')
  })
})

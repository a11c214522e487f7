import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { GatewayError } from '../../../../core/index.ts'
import { systemClock } from '../../../../core/telemetry/system-clock.ts'
import { AccountEgress, bypasses, type EgressOptions } from '../../../../core/transport/egress.ts'
import { fakeAccount } from '../../../support/fake-pool.ts'
import { closedPort, RawServer } from '../../../support/raw-server.ts'

describe('the way out', () => {
  const closing: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    await Promise.all(closing.splice(0).map(close => close()))
  })

  function egress(proxies: EgressOptions['proxies'] = {}): AccountEgress {
    const made = new AccountEgress({ egressOptions: { proxies, clock: systemClock } })
    closing.push(() => made.close())
    return made
  }
  const account = (proxy?: string) => ({ ...fakeAccount('p'), settings: proxy === undefined ? {} : { proxy } })
  const get = (url: string) => ({ method: 'GET' as const, url, headers: { authorization: 'Bearer x' } })
  const failed = (promise: Promise<unknown>) => promise.then(() => expect.fail('it was answered'), (error: unknown) => error as GatewayError)

  /** Notes the first line of what it is asked, then answers so. */
  async function proxy(answer: string, lines: string[] = []) {
    const server = await RawServer.listen(socket =>
      void socket.once('data', chunk => {
        lines.push(chunk.toString().split('\r\n')[0] ?? '')
        socket.end(answer)
      }),
    )
    closing.push(() => server.close())
    return server
  }
  async function upstream(): Promise<string> {
    const server = createServer((_request, response) => void response.end('direct'))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => new Promise(resolve => (server.closeAllConnections(), server.close(resolve))))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`
  }

  for (const target of ['https://upstream.test/chat', 'http://upstream.test/chat']) {
    it(`names the proxy and not its password when it wants another one (${target})`, async () => {
      const { host } = await proxy('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n')
      const error = await failed(egress().clientFor(account(`http://someone:pass-word@${host}`)).send(get(target)))
      expect(error.code).to.equal('proxy_failed')
      expect(error.message).to.contain(host).and.to.contain('password')
      expect(error.message).to.not.contain('pass-word')
      expect(error.scope).to.equal('network')
    })
  }

  it('tells that a proxy did not let the connection through', async () => {
    const lines: string[] = []
    const { host } = await proxy('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n', lines)
    const error = await failed(egress().clientFor(account(`http://${host}`)).send(get('https://upstream.test/')))
    expect(error.code).to.equal('proxy_failed')
    expect(lines).to.deep.equal(['CONNECT upstream.test:443 HTTP/1.1'])
  })

  for (const scheme of ['http', 'socks5', 'socks5h', 'socks']) {
    it(`tells that no ${scheme} proxy is listening, and does not go direct`, async () => {
      const host = await closedPort()
      const error = await failed(egress().clientFor(account(`${scheme}://${host}`)).send(get(await upstream())))
      expect(error.code).to.equal('proxy_failed')
      expect(error.message).to.contain(host)
    })
  }

  it('tells that a proxy hung up, and does not try for ever', async () => {
    const server = await RawServer.listen(socket => void socket.end())
    closing.push(() => server.close())
    const error = await failed(egress().clientFor(account(`http://${server.host}`)).send(get('https://upstream.test/')))
    expect(error.code).to.equal('proxy_failed')
    expect(error.message).to.contain(server.host)
  })

  for (const bad of ['proxy.test:3128', 'ftp://proxy.test', 'http://', 'http://[nonsense', 'http://a b']) {
    it(`fails closed on the unusable proxy ${bad}`, () => {
      expect(() => egress().clientFor(account(bad))).to.throw(GatewayError, 'not a usable URL')
    })
  }

  it('goes direct for an account that says so, whatever the environment says', async () => {
    const { host } = await proxy('HTTP/1.1 502 no\r\n\r\n')
    const answer = await egress({ http: `http://${host}`, https: `http://${host}` }).clientFor(account('direct')).send(get(await upstream()))
    expect(answer.body.toString()).to.equal('direct')
  })

  it("uses the environment's proxy by the target's scheme, and not for hosts on its list", async () => {
    const lines: string[] = []
    const { host } = await proxy('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok', lines)
    const client = egress({ http: `http://${host}`, bypass: ['inside.test'] }).clientFor(account())
    expect((await client.send(get('http://outside.test/a'))).body.toString()).to.equal('ok')
    expect(lines).to.deep.equal(['GET http://outside.test/a HTTP/1.1'])
    await failed(client.send(get('http://inside.test/'), { timeoutMs: 2_000 }))
    expect(lines).to.have.length(1)
  })

  it('sends what is on this machine through the default proxy too, unless NO_PROXY names it, as every other client does', async () => {
    const lines: string[] = []
    const { host } = await proxy('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok', lines)
    const through = egress({ http: `http://${host}` }).clientFor(account())
    expect((await through.send(get(await upstream()))).body.toString()).to.equal('ok')
    expect(lines).to.have.length(1)
    const past = egress({ http: `http://${host}`, bypass: ['127.0.0.1'] }).clientFor(account())
    expect((await past.send(get(await upstream()))).body.toString()).to.equal('direct')
    expect(lines).to.have.length(1)
  })

  it("tells an unusable proxy of the environment, as a rejection", async () => {
    const client = egress({ http: 'proxy.test:3128' }).clientFor(account())
    const error = await failed(client.send(get('http://upstream.test/')))
    expect(error.code).to.equal('proxy_failed')
  })

  it('gives accounts with the same way out the same connections', () => {
    const own = egress()
    expect(own.clientFor(account())).to.equal(own.clientFor(account()))
    expect(own.clientFor(account('http://a.test:1'))).to.equal(own.clientFor(account('http://a.test:1')))
    expect(own.clientFor(account('http://a.test:1'))).to.not.equal(own.clientFor(account('http://b.test:1')))
  })
})

describe('bypasses', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['api.example.com', 'example.com', true],
    ['api.example.com', '.example.com', true],
    ['api.example.com', '*.example.com', true],
    ['example.com', '.example.com', true],
    ['API.Example.com'.toLowerCase(), 'EXAMPLE.COM', true],
    ['badexample.com', 'example.com', false],
    ['api.example.com', 'example.com:443', true],
    ['anything', '*', true],
    ['anything', '', false],
    ['anything', '.', false],
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.10', '10.0.0.1', false],
    ['[fd00::1]', 'fd00::1', true],
    ['[fd00::1]', '[fd00::1]', true],
  ]
  for (const [host, entry, expected] of cases) {
    it(`${expected ? 'lets' : 'does not let'} ${host} pass for "${entry}"`, () => {
      expect(bypasses(host, [entry])).to.equal(expected)
    })
  }
})

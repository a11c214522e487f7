import { getEventListeners, once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { Agent } from 'undici'
import { type Clock, GatewayError, type HttpClient } from '../../../../core/index.ts'
import { systemClock } from '../../../../core/telemetry/system-clock.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'
import { Agents } from '../../../../core/transport/agents.ts'
import { createHttpClient } from '../../../../core/transport/http-client.ts'
import { settled } from '../../../support/calls.ts'
import { closedPort, RawServer } from '../../../support/raw-server.ts'
import { receive } from '../../../support/receiving.ts'

describe('the HTTP client', () => {
  const closing: (() => Promise<unknown>)[] = []
  let agents: Agents
  let client: HttpClient

  beforeEach(() => {
    agents = new Agents()
    client = createHttpClient({ dispatcher: agents.for('direct'), proxy: 'direct', clock: systemClock })
    closing.push(() => agents.close())
  })
  afterEach(async () => {
    await Promise.all(closing.splice(0).map(close => close()))
  })

  const clientOf = (clock: Clock) => createHttpClient({ dispatcher: agents.for('direct'), proxy: 'direct', clock })

  async function raw(bytes: string, after: Parameters<typeof RawServer.answering>[1] = socket => void socket.destroy()) {
    const server = await RawServer.answering(bytes, after)
    closing.push(() => server.close())
    return server
  }

  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => {
      server.closeAllConnections()
      return new Promise(resolve => server.close(resolve))
    })
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  it('sends method, path, query, headers and body, and hands back head and bytes', async () => {
    const url = await serve((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        response.writeHead(201, { 'x-one': '1', 'set-cookie': ['a=1', 'b=2'] })
        response.end(`${request.method} ${request.url} ${request.headers['x-own']} ${Buffer.concat(chunks).toString()}`)
      })
    })
    const got = receive(client, { url: `${url}/a/b?c=d`, headers: { 'x-own': 'yes' }, body: Buffer.from('hé') })
    expect(await got.ended).to.equal('end')
    expect(Buffer.concat(got.chunks).toString()).to.equal('POST /a/b?c=d yes hé')
    expect(got.head?.status).to.equal(201)
    expect(got.head?.headers).to.deep.include({ 'x-one': '1', 'set-cookie': 'a=1, b=2' })
  })

  it('hands bytes over as they come, not when the answer is complete', async () => {
    const server = await raw('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n', () => undefined)
    const got = receive(client, { url: server.url })
    await got.headed
    if (got.chunks.length === 0) await new Promise<void>(resolve => (got.onData = () => resolve()))
    expect(Buffer.concat(got.chunks).toString()).to.equal('abc')
    expect(got.endings).to.equal(0)
    server.sockets[0]?.write('0\r\n\r\n')
    expect(await got.ended).to.equal('end')
  })

  it('does not follow redirects: credentials would go along', async () => {
    const asked: string[] = []
    const url = await serve((request, response) => {
      asked.push(request.url ?? '')
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    const got = receive(client, { url: `${url}/here`, headers: { authorization: 'Bearer x' } })
    await got.ended
    expect(got.head?.status).to.equal(302)
    expect(asked).to.deep.equal(['/here'])
  })

  describe('when the network fails', () => {
    const body = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n'
    const faults: readonly (readonly [string, string, string, string, boolean])[] = [
      ['a reset before any answer', '', 'upstream_unreachable', '', false],
      ['bytes that are not HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'upstream_unreachable', '', false],
      ['a connection that ends inside the headers', 'HTTP/1.1 200 OK\r\nx-half', 'upstream_unreachable', '', false],
      ['headers without end', `HTTP/1.1 200 OK\r\n${`x-filler: ${'y'.repeat(100)}\r\n`.repeat(1_000)}`, 'upstream_nonsense', '', false],
      ['a reset in the middle of the body', body, 'upstream_cut', 'abc', true],
      ['a bad chunk size', `${body}zz\r\n`, 'upstream_cut', 'abc', true],
      ['an end without last chunk', `${body}5\r\nde`, 'upstream_cut', 'abcde', true],
      ['fewer bytes than announced', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc', 'upstream_cut', 'abc', true],
    ]
    for (const [what, bytes, code, text, headed] of faults) {
      it(`tells ${what} as ${code}, once, after what came`, async () => {
        const server = await raw(bytes, socket => void (bytes === '' || what.includes('reset') ? socket.resetAndDestroy() : socket.end()))
        const got = receive(client, { url: `${server.url}/?key=secret-in-query` })
        expect(await got.ended).to.equal(code)
        await settled()
        expect(got.endings).to.equal(1)
        expect(got.late).to.equal(0)
        expect(got.head !== undefined).to.equal(headed)
        expect(Buffer.concat(got.chunks).toString()).to.equal(text)
        expect(got.error?.message).to.contain(server.host)
        expect(got.error?.message).to.not.contain('secret-in-query')
      })
    }

    it('tells a refused connection with host and port', async () => {
      const host = await closedPort()
      const got = receive(client, { url: `http://${host}/` })
      expect(await got.ended).to.equal('upstream_unreachable')
      expect(got.error?.scope).to.equal('network')
      expect(got.error?.message).to.contain(host)
    })

    it('tells a host that no name server knows', async () => {
      const lookup = (_host: string, _options: unknown, done: (error: Error) => void) => done(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }))
      const dispatcher = new Agent({ connect: { lookup: lookup as never } })
      closing.push(() => dispatcher.destroy())
      const got = receive(createHttpClient({ dispatcher, proxy: 'direct', clock: systemClock }), { url: 'http://nowhere.invalid/' })
      expect(await got.ended).to.equal('upstream_unreachable')
      expect(got.error?.message).to.contain('nowhere.invalid cannot be found')
    })

    it('tells TLS spoken to a port that does not speak it as a TLS failure', async () => {
      const server = await raw('HTTP/1.1 400 Bad Request\r\n\r\n')
      const got = receive(client, { url: `https://${server.host}/` })
      expect(await got.ended).to.equal('upstream_tls')
      expect(got.error?.message).to.contain('TLS')
    })

    it('tells a header that cannot be sent as our fault: no lane is to be blamed for it', async () => {
      const got = receive(client, { url: 'http://127.0.0.1:9/', headers: { 'x-bad': 'a\nb' } })
      expect(await got.ended).to.equal('internal')
      expect(got.endings).to.equal(1)
    })
  })

  describe('cancellation', () => {
    async function silent(bytes = '') {
      const closed = Promise.withResolvers<void>()
      const asked = Promise.withResolvers<void>()
      const server = await RawServer.listen(socket => {
        socket.once('data', () => {
          if (bytes !== '') socket.write(bytes)
          asked.resolve()
        })
        socket.on('close', () => closed.resolve())
      })
      closing.push(() => server.close())
      return { server, asked: asked.promise, closed: closed.promise }
    }
    const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n'

    for (const [moment, bytes] of [
      ['before the head', ''],
      ['in the middle of the body', head],
    ] as const) {
      it(`by abort ${moment} closes the connection and calls nobody any more`, async () => {
        const { server, asked, closed } = await silent(bytes)
        const got = receive(client, { url: server.url })
        await asked
        if (bytes !== '') await got.headed
        got.stream.abort()
        got.stream.abort()
        await closed
        await settled()
        expect(got.endings).to.equal(0)
      })

      it(`by a signal ${moment} closes the connection and tells the signal's reason`, async () => {
        const { server, asked, closed } = await silent(bytes)
        const controller = new AbortController()
        const got = receive(client, { url: server.url }, { signal: controller.signal })
        await asked
        if (bytes !== '') await got.headed
        controller.abort(new GatewayError('upstream_timeout', 'it took too long'))
        await closed
        await settled()
        expect(await got.ended).to.equal('upstream_timeout')
        expect(got.endings).to.equal(1)
        expect(getEventListeners(controller.signal, 'abort')).to.have.length(0)
      })
    }

    it('before anything is sent never opens a connection', async () => {
      const { server } = await silent()
      const controller = new AbortController()
      controller.abort(new GatewayError('cancelled', 'gone'))
      const got = receive(client, { url: server.url }, { signal: controller.signal })
      expect(await got.ended).to.equal('cancelled')
      expect(server.sockets).to.have.length(0)
    })

    it('while it connects sends nothing', async () => {
      let bytes = 0
      const server = await RawServer.listen(socket => void socket.on('data', chunk => (bytes += chunk.length)))
      closing.push(() => server.close())
      const got = receive(client, { url: server.url })
      got.stream.abort()
      while (server.sockets.length === 0) await settled()
      await settled()
      expect(got.endings).to.equal(0)
      expect(bytes).to.equal(0)
    })

    it('leaves no listener on a signal that many requests share', async () => {
      const url = await serve((_request, response) => void response.end('ok'))
      const controller = new AbortController()
      for (let request = 0; request < 20; request++) await receive(client, { url }, { signal: controller.signal }).ended
      await receive(client, { url: `http://${await closedPort()}` }, { signal: controller.signal }).ended
      await receive(client, { url, headers: { 'x-bad': 'a\nb' } }, { signal: controller.signal }).ended
      expect(getEventListeners(controller.signal, 'abort')).to.have.length(0)
    })
  })

  it('makes the upstream feel a reader that pauses, and gets all once it goes on', async function () {
    this.timeout(15_000)
    const total = 48 * 1024 * 1024
    const block = Buffer.alloc(64 * 1024, 'x')
    let sent = 0
    const url = await serve((_request, response) => {
      response.writeHead(200)
      const fill = () => {
        while (sent < total) {
          sent += block.length
          if (!response.write(block)) return void response.once('drain', fill)
        }
        response.end()
      }
      fill()
    })
    const got = receive(client, { url })
    let bytes = 0
    await new Promise<void>(resolve => {
      got.onData = chunk => {
        bytes += chunk.length
        got.chunks.length = 0
        got.stream.pause()
        resolve()
      }
    })
    // What is in flight arrives; then nothing moves on either side.
    let before = -1
    while (before !== sent) {
      before = sent
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    expect(sent, 'the upstream is held up').to.be.lessThan(total)
    expect(bytes).to.be.lessThan(1024 * 1024)
    got.onData = chunk => {
      bytes += chunk.length
      got.chunks.length = 0
    }
    got.stream.resume()
    expect(await got.ended).to.equal('end')
    expect(bytes).to.equal(total)
  })

  describe('send', () => {
    it('collects a whole answer', async () => {
      const url = await serve((_request, response) => void response.writeHead(404, { 'x-a': 'b' }).end('not here'))
      const answer = await client.send({ method: 'GET', url, headers: {} })
      expect(answer.status).to.equal(404)
      expect(answer.headers['x-a']).to.equal('b')
      expect(answer.body.toString()).to.equal('not here')
    })

    it('refuses an answer that is too large, and drops its connection', async () => {
      const closed = Promise.withResolvers<void>()
      const url = await serve((request, response) => {
        response.on('error', () => undefined)
        request.socket.on('close', () => closed.resolve())
        response.write('x'.repeat(5_000))
      })
      const error = await client.send({ method: 'GET', url, headers: {} }, { maxBytes: 4_000 }).catch((thrown: unknown) => thrown)
      expect(error).to.have.property('code', 'upstream_nonsense')
      await closed.promise
    })

    it('gives up after its time-out, and drops the connection', async () => {
      const clock = new FakeClock()
      const server = await RawServer.listen(() => undefined)
      closing.push(() => server.close())
      const running = clientOf(clock).send({ method: 'GET', url: server.url, headers: {} }, { timeoutMs: 5_000 }).catch((thrown: unknown) => thrown)
      while (server.sockets.length === 0) await settled()
      const closed = once(server.sockets[0] as never, 'close')
      server.sockets[0]?.resume()
      clock.advance(5_000)
      expect(await running).to.have.property('code', 'upstream_timeout')
      await closed
      expect(clock.pending).to.equal(0)
    })

    it('leaves no timer behind, however it ended', async () => {
      const clock = new FakeClock()
      const own = clientOf(clock)
      const url = await serve((_request, response) => void response.end('x'.repeat(100)))
      await own.send({ method: 'GET', url, headers: {} })
      await own.send({ method: 'GET', url, headers: {} }, { maxBytes: 10 }).catch(() => undefined)
      await own.send({ method: 'GET', url: `http://${await closedPort()}`, headers: {} }).catch(() => undefined)
      await own.send({ method: 'GET', url, headers: { 'x-bad': 'a\nb' } }).catch(() => undefined)
      expect(clock.pending).to.equal(0)
    })

    it('rejects, and does not throw, for an address that is none', async () => {
      const promise = client.send({ method: 'GET', url: 'not a url', headers: {} })
      expect(await promise.catch((thrown: unknown) => thrown)).to.be.instanceOf(Error)
    })
  })
})

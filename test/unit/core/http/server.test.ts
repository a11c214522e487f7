import { once } from 'node:events'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { expect } from 'chai'
import { HttpServer } from '../../../../core/http/server.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'

describe('HttpServer', () => {
  const sockets: Socket[] = []
  const clock = new FakeClock()
  let server: HttpServer
  let port: number

  async function start(listener: RequestListener): Promise<void> {
    server = new HttpServer(listener, clock)
    port = (await server.listen({ host: '127.0.0.1', port: 0 })).port
  }
  async function open(bytes = ''): Promise<Socket> {
    const socket = connect(port, '127.0.0.1')
    sockets.push(socket)
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    socket.write(bytes)
    return socket
  }
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy()
  })
  const GET = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n'

  it('tells which port it got', async () => {
    await start((_request, response) => void response.end())
    expect(port).to.be.greaterThan(0)
    expect(await server.close(0)).to.equal(true)
  })

  it('rejects when the port is taken', async () => {
    await start((_request, response) => void response.end())
    const second = new HttpServer(() => undefined, clock)
    const error = await second.listen({ host: '127.0.0.1', port }).catch((thrown: unknown) => thrown)
    expect(error).to.have.property('code', 'EADDRINUSE')
    await server.close(0)
  })

  it('lets answers in flight end, takes nobody new, and closes idle connections', async () => {
    let answer: ServerResponse | undefined
    await start((request: IncomingMessage, response) => {
      if (request.url === '/slow') answer = response
      else response.end('quick')
    })
    const idle = await open(GET)
    await once(idle, 'data')
    const busy = await open('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n')
    while (answer === undefined) await new Promise(resolve => setImmediate(resolve))
    const gone = once(idle, 'close')
    const closing = server.close(30_000)
    await gone
    const refused = connect(port, '127.0.0.1')
    const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException]
    expect(error.code).to.equal('ECONNREFUSED')
    let text = ''
    busy.on('data', chunk => (text += chunk.toString()))
    answer.end('whole')
    while (!text.includes('whole')) await new Promise(resolve => setImmediate(resolve))
    clock.advance(100)
    expect(await closing).to.equal(true)
    expect(clock.pending).to.equal(0)
  })

  it('drops what is left when its patience ends, and says so', async () => {
    let asked = false
    await start(() => (asked = true))
    const busy = await open(GET)
    while (!asked) await new Promise(resolve => setImmediate(resolve))
    const gone = once(busy, 'close')
    const closing = server.close(30_000)
    clock.advance(29_999)
    clock.advance(1)
    await gone
    expect(await closing).to.equal(false)
    expect(clock.pending).to.equal(0)
  })

  describe('on connections that another process accepted', () => {
    let door: Server
    async function startBehindDoor(listener: RequestListener): Promise<void> {
      server = new HttpServer(listener, clock)
      door = createServer({ pauseOnConnect: true }, socket => server.take(socket)).listen(0, '127.0.0.1')
      await once(door, 'listening')
      port = (door.address() as AddressInfo).port
    }
    afterEach(() => door.close())

    it('answers, keeps them for the next request, and says no more than its own', async () => {
      await startBehindDoor((request, response) => void response.end(request.url))
      const socket = await open('GET /one HTTP/1.1\r\nhost: x\r\n\r\n')
      let text = ''
      socket.on('data', chunk => (text += chunk.toString()))
      while (!text.includes('/one')) await new Promise(resolve => setImmediate(resolve))
      expect(text.toLowerCase()).to.contain('connection: keep-alive')
      socket.write('GET /two HTTP/1.1\r\nhost: x\r\n\r\n')
      while (!text.includes('/two')) await new Promise(resolve => setImmediate(resolve))
      expect(await server.close(0)).to.equal(true)
    })

    it('answers a client that has closed its half', async () => {
      await startBehindDoor((_request, response) => void setImmediate(() => response.end('whole')))
      const socket = await open()
      socket.end(GET)
      let text = ''
      socket.on('data', chunk => (text += chunk.toString()))
      await once(socket, 'close')
      expect(text).to.contain('whole')
      await server.close(0)
    })

    it('lets answers in flight end, and closes idle connections', async () => {
      let answer: ServerResponse | undefined
      await startBehindDoor((request, response) => {
        if (request.url === '/slow') answer = response
        else response.end('quick')
      })
      const idle = await open(GET)
      await once(idle, 'data')
      const busy = await open('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n')
      while (answer === undefined) await new Promise(resolve => setImmediate(resolve))
      const gone = once(idle, 'close')
      let isOver = false
      const closing = server.close(30_000).finally(() => (isOver = true))
      await gone
      expect(isOver).to.equal(false)
      const whole = once(busy, 'data')
      answer.end('whole')
      await whole
      const over = once(busy, 'close')
      clock.advance(100)
      await over
      expect(await closing).to.equal(true)
      expect(clock.pending).to.equal(0)
    })

    it('drops what is left when its patience ends', async () => {
      let asked = false
      await startBehindDoor(() => (asked = true))
      const busy = await open(GET)
      while (!asked) await new Promise(resolve => setImmediate(resolve))
      const gone = once(busy, 'close')
      const closing = server.close(30_000)
      clock.advance(30_000)
      await gone
      expect(await closing).to.equal(false)
    })
  })

  for (const [what, bytes, status] of [
    ['headers without end', `GET / HTTP/1.1\r\nx: ${'y'.repeat(40 * 1024)}`, 431],
    ['a request with two lengths', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', 400],
    ['a request with length and chunks', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['a bare line feed in a header', 'GET / HTTP/1.1\r\nhost: x\r\na: b\nc: d\r\n\r\n', 400],
  ] as const) {
    it(`refuses ${what} with ${status}, once, and closes`, async () => {
      let reached = 0
      await start((_request, response) => void (reached++, response.end()))
      const socket = await open(bytes)
      let text = ''
      socket.on('data', chunk => (text += chunk.toString()))
      await once(socket, 'close')
      expect(text).to.match(new RegExp(`HTTP/1\\.1 ${status} `))
      expect(text.match(/HTTP\/1\.1/g)).to.have.length(1)
      expect(reached).to.equal(0)
      await server.close(0)
    })
  }
})

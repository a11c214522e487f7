import { once } from 'node:events'
import { createServer, type IncomingMessage, request as httpRequest, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { expect } from 'chai'
import { GatewayError } from '../../../../core/index.ts'
import { BodyReader } from '../../../../core/http/read-body.ts'

const LIMIT = 256 * 1024

/** Sends raw bytes as one request's body and returns what the reader made of it. */
describe('reading a request body', () => {
  let server: Server
  let port: number
  let reader: BodyReader
  let outcome: Promise<unknown>

  beforeEach(async () => {
    reader = new BodyReader(LIMIT)
    const read = Promise.withResolvers<unknown>()
    outcome = read.promise
    server = createServer((request: IncomingMessage, response) => {
      reader.json(request).then(
        value => {
          read.resolve(value)
          response.end('ok')
        },
        (error: unknown) => {
          read.resolve(error)
          response.setHeader('connection', 'close')
          response.end('no')
        },
      )
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  })
  afterEach(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })

  function send(body: string | Buffer | undefined, headers: Record<string, string> = {}): Promise<unknown> {
    const sent = httpRequest({ host: '127.0.0.1', port, method: 'POST', headers })
    sent.on('error', () => undefined)
    sent.end(body)
    return outcome
  }

  const fault = async (promise: Promise<unknown>): Promise<GatewayError> => {
    const error = await promise
    expect(error).to.be.instanceOf(GatewayError)
    return error as GatewayError
  }

  it('returns the value of a JSON object, umlauts and all', async () => {
    expect(await send('{"text":"Grüße, 世界 🎉"}')).to.deep.equal({ text: 'Grüße, 世界 🎉' })
  })

  for (const [encoding, compress] of [
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['identity', (bytes: Buffer) => bytes],
  ] as const) {
    it(`reads a body with content-encoding ${encoding}`, async () => {
      const value = { text: 'once more '.repeat(500) }
      expect(await send(compress(Buffer.from(JSON.stringify(value))), { 'content-encoding': encoding })).to.deep.equal(value)
    })
  }

  for (const encoding of ['lzma', 'gzip, br', 'constructor', '__proto__', 'toString']) {
    it(`refuses content-encoding ${encoding} as a media type that is not supported`, async () => {
      expect((await fault(send('{}', { 'content-encoding': encoding }))).code).to.equal('unsupported_media')
    })
  }

  it('refuses a body by its declared length, before reading it', async () => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${LIMIT + 1}\r\n\r\n`)
    const error = await fault(outcome)
    expect(error.code).to.equal('too_large')
    expect(error.message).to.contain('bodyLimitBytes')
    socket.destroy()
  })

  it('takes a body of exactly the limit, and refuses one byte more however it comes', async () => {
    const exact = JSON.stringify({ a: 'x'.repeat(LIMIT - 8) })
    expect(exact.length).to.equal(LIMIT)
    expect(await send(exact)).to.be.an('object')
  })

  it('refuses an endless body that declares nothing, soon after the limit', async () => {
    const sent = httpRequest({ host: '127.0.0.1', port, method: 'POST', headers: { 'transfer-encoding': 'chunked' } })
    sent.on('error', () => undefined)
    const block = Buffer.alloc(16 * 1024, 'x')
    const pump = () => {
      while (sent.write(block));
      sent.once('drain', pump)
    }
    pump()
    expect((await fault(outcome)).code).to.equal('too_large')
    sent.destroy()
  })

  it('refuses a small body that unpacks to a large one', async () => {
    const bomb = gzipSync(Buffer.alloc(LIMIT * 20, 0x20))
    expect(bomb.length).to.be.lessThan(LIMIT / 10)
    expect((await fault(send(bomb, { 'content-encoding': 'gzip' }))).code).to.equal('too_large')
  })

  for (const encoding of ['gzip', 'deflate', 'br', 'zstd']) {
    it(`tells a body that is not ${encoding} though it says so`, async () => {
      const error = await fault(send('{"a":1}', { 'content-encoding': encoding }))
      expect(error.code).to.equal('bad_request')
      expect(error.message).to.contain('content-encoding')
    })
  }

  it('tells a compressed body that was cut', async () => {
    const whole = gzipSync(Buffer.from(JSON.stringify({ text: 'abc'.repeat(1000) })))
    expect((await fault(send(whole.subarray(0, whole.length - 10), { 'content-encoding': 'gzip' }))).code).to.equal('bad_request')
  })

  it('tells that there is no body', async () => {
    expect((await fault(send(undefined))).message).to.contain('no body')
  })

  it('tells a body that is not UTF-8', async () => {
    const error = await fault(send(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])))
    expect(error.code).to.equal('bad_request')
    expect(error.message).to.contain('UTF-8')
  })

  it('tells where the JSON goes wrong, and quotes nothing of it', async () => {
    const error = await fault(send('{"secret": "my-own-words", nonsense}'))
    expect(error.code).to.equal('bad_request')
    expect(error.message).to.match(/not valid JSON/)
    expect(error.message).to.not.contain('nonsense').and.to.not.contain('my-own-words')
  })

  for (const body of ['[]', '[{}]', '"text"', '5', 'null', 'true']) {
    it(`refuses ${body}: a request is an object`, async () => {
      expect((await fault(send(body))).message).to.contain('JSON object')
    })
  }

  for (const [size, what] of [
    [201, 'a little'],
    [50_000, 'much'],
  ] as const) {
    it(`refuses a body that is nested ${what} too deep`, async () => {
      const error = await fault(send(`{"a":${'['.repeat(size)}${']'.repeat(size)}}`))
      expect(error.code).to.equal('bad_request')
      expect(error.message).to.contain('nested')
    })
  }

  it('refuses a large body that is nested too deep without building it', async function () {
    this.timeout(5_000)
    reader = new BodyReader(8 * 1024 * 1024)
    const depth = 2 * 1024 * 1024
    const error = await fault(send(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`))
    expect(error.message).to.contain('nested')
  })

  it('takes brackets inside strings of a large body for what they are', async () => {
    reader = new BodyReader(8 * 1024 * 1024)
    const text = `${'[{\\"\\\\'.repeat(300_000)}`
    expect(await send(`{"a":"${text}"}`)).to.be.an('object')
  })

  it('refuses a body with more members than any request has', async () => {
    reader = new BodyReader(8 * 1024 * 1024)
    const error = await fault(send(`{"a":[${'0,'.repeat(1_100_000)}0]}`))
    expect(error.code).to.equal('bad_request')
    expect(error.message).to.contain('members')
  })

  for (const headers of ['content-length: 1000\r\n', 'transfer-encoding: chunked\r\n', 'content-encoding: gzip\r\ncontent-length: 1000\r\n']) {
    it(`takes a client that leaves during its upload for gone, not for wrong (${headers.split('\r\n')[0]})`, async () => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(`POST / HTTP/1.1\r\nhost: x\r\n${headers}\r\n`)
      if (headers.includes('gzip')) socket.write(gzipSync('{"a":"whole"}').subarray(0, 15))
      else socket.write(headers.startsWith('transfer') ? '5\r\n{"a":\r\n' : '{"a":')
      await once(server, 'request')
      socket.destroy()
      expect((await fault(outcome)).code).to.equal('cancelled')
    })
  }

  describe('of all requests together', () => {
    /** Begins an upload and stays in the middle of it. */
    async function half(bytes: number) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${bytes * 2}\r\n\r\n${'x'.repeat(bytes)}`)
      const [request] = (await once(server, 'request')) as [IncomingMessage]
      while (request.socket.bytesRead < bytes) await new Promise(resolve => setImmediate(resolve))
      return socket
    }

    /** What becomes of each request, in their order. */
    function read(): unknown[] {
      const results: unknown[] = []
      server.removeAllListeners('request')
      server.on('request', (request: IncomingMessage, response) => {
        reader.json(request).then(
          value => (results.push(value), response.end()),
          (error: GatewayError) => (results.push(error.code), response.setHeader('connection', 'close'), response.end()),
        )
      })
      return results
    }
    const one = () =>
      new Promise<void>(resolve => {
        const sent = httpRequest({ host: '127.0.0.1', port, method: 'POST' }, response => response.resume().on('end', resolve))
        sent.on('error', () => resolve())
        sent.end(JSON.stringify({ a: 'x'.repeat(60_000) }))
      })

    it('holds only so many bytes, and says when to come again', async () => {
      reader = new BodyReader(LIMIT, 100_000)
      const results = read()
      const waiting = await half(60_000)
      await one()
      expect(results).to.deep.equal(['overloaded'])
      waiting.destroy()
    })

    it('gives the bytes back, however a read ends', async () => {
      reader = new BodyReader(LIMIT, 100_000)
      const results = read()
      for (let round = 0; round < 3; round++) {
        const leaving = await half(60_000)
        const before = results.length
        leaving.destroy()
        while (results.length === before) await new Promise(resolve => setImmediate(resolve))
        await one()
      }
      expect(results.map(result => (typeof result === 'string' ? result : 'read'))).to.deep.equal(['cancelled', 'read', 'cancelled', 'read', 'cancelled', 'read'])
    })
  })
})

import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { type Attempt, type Batch, type BodyReceiver, type ChatRequest, GatewayError, type HttpClient, type ResponseHead, type StreamReceiver, type UpstreamRequest } from '../../../../core/index.ts'
import type { ProviderSeams, ResponseParser, UpstreamFailure } from '../../../../core/contract/seams.ts'
import { streamReply } from '../../../../core/contract/stream-reply.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'
import { chatRequest, trackedCall } from '../../../support/calls.ts'
import { fakeAccount } from '../../../support/fake-pool.ts'
import { FINISH, START } from '../../../support/scripted-provider.ts'

/** An upstream that a test plays by hand. */
class Wire implements HttpClient {
  receiver!: StreamReceiver
  request!: UpstreamRequest
  readonly calls: string[] = []
  #over = false
  /** Called inside `stream`, before it returns. */
  atOnce: ((receiver: StreamReceiver) => void) | undefined

  send(): never {
    throw new Error('not here')
  }

  stream(request: UpstreamRequest, receiver: StreamReceiver) {
    this.request = request
    this.receiver = receiver
    this.atOnce?.(receiver)
    const note = (what: string) => () => {
      // As the real client does: what has ended cannot be dropped.
      if (!this.#over) this.calls.push(what)
    }
    return { pause: note('pause'), resume: note('resume'), abort: note('abort') }
  }

  head(changes: Partial<ResponseHead> = {}): BodyReceiver {
    const body = this.receiver.head({ status: 200, headers: { 'content-type': 'text/lines; charset=utf-8' }, ...changes })
    const last = (act: () => void) => {
      this.#over = true
      act()
    }
    return { data: chunk => body.data(chunk), end: () => last(() => body.end()), fail: error => last(() => body.fail(error)) }
  }
}

/** Each line a delta; the line `end` completes the answer, `boom` breaks the parser. */
function lineParser(): ResponseParser & { complete: boolean } {
  let began = false
  const parser = {
    complete: false,
    push(chunk: Buffer): Batch {
      const lines = chunk.toString().split('\n').filter(Boolean)
      if (lines.includes('boom')) throw new TypeError('the parser has a bug')
      if (lines.includes('end')) parser.complete = true
      const start: Batch = began ? [] : [START, { type: 'text-start', block: 0 }]
      began = true
      return [...start, ...lines.filter(line => line !== 'end').map(text => ({ type: 'text-delta' as const, block: 0, text })), ...(lines.includes('finish') ? [FINISH] : [])]
    },
    end: (): Batch => (began ? [{ type: 'block-end', block: 0 }, FINISH] : [{ type: 'failure', error: new GatewayError('empty_answer', 'nothing in it') }]),
  }
  return parser
}

function setUp(changes: Partial<ProviderSeams<unknown>> = {}, body = '{"a":1}', observed: Attempt['observed'] = () => undefined) {
  const wire = new Wire()
  const clock = new FakeClock()
  const refusals: UpstreamFailure[] = []
  const provider: ProviderSeams<unknown> = {
    name: 'lines',
    streams: 'text/lines',
    buildRequest: () => ({ method: 'POST', url: 'http://upstream.test/chat', body, warnings: [{ rule: 'x', message: 'y' }] }),
    buildHeaders: () => ({ 'x-own': '1' }),
    parseResponse: lineParser,
    classify: refusal => {
      refusals.push(refusal)
      return new GatewayError('account_rate_limited', 'slow down')
    },
    ...changes,
  }
  const attempt: Attempt = {
    call: trackedCall(),
    number: 1,
    account: fakeAccount('lines'),
    lane: { id: 'l', origin: 'http://upstream.test' },
    model: 'm',
    http: wire,
    clock,
    remedies: new Set(),
    signal: new AbortController().signal,
    observed,
  }
  const start = (request: ChatRequest = chatRequest()) => streamReply(provider, request, attempt)[Symbol.asyncIterator]()
  return { wire, clock, refusals, start }
}

async function rest(events: AsyncIterator<Batch>): Promise<string[]> {
  const all: string[] = []
  for (let read = await events.next(); read.done !== true; read = await events.next()) {
    for (const event of read.value) all.push(event.type === 'failure' ? event.error.code : event.type === 'text-delta' ? event.text : event.type)
  }
  return all
}

describe('streamReply', () => {
  it('sends what the seams made, and nothing else', () => {
    const { wire, start } = setUp()
    start()
    expect(wire.request).to.deep.equal({ method: 'POST', url: 'http://upstream.test/chat', body: '{"a":1}', headers: { 'x-own': '1' } })
  })

  it('makes one batch of each read and ends with what the parser says', async () => {
    const { wire, start } = setUp()
    const events = start()
    const body = wire.head()
    body.data(Buffer.from('a\nb\n'))
    expect(((await events.next()).value as Batch).map(({ type }) => type)).to.deep.equal(['start', 'text-start', 'text-delta', 'text-delta'])
    body.data(Buffer.from('c\n'))
    body.end()
    expect(await rest(events)).to.deep.equal(['c', 'block-end', 'finish'])
    await events.return?.()
    expect(wire.calls, 'its connection may be used again').to.deep.equal([])
  })

  it('takes a connection that broke off for a failure, after what came before it', async () => {
    const { wire, start } = setUp()
    const events = start()
    const body = wire.head()
    body.data(Buffer.from('a\n'))
    body.fail(new GatewayError('upstream_cut', 'broke off'))
    expect(await rest(events)).to.deep.equal(['start', 'text-start', 'a', 'upstream_cut'])
  })

  it('takes a connection that broke off after a complete answer for its end', async () => {
    const { wire, start } = setUp()
    const events = start()
    const body = wire.head()
    body.data(Buffer.from('a\nend\n'))
    body.fail(new GatewayError('upstream_cut', 'broke off'))
    expect((await rest(events)).at(-1)).to.equal('finish')
  })

  it('ends a complete answer whose connection stays open, and drops the connection', async () => {
    const { wire, clock, start } = setUp()
    const events = start()
    wire.head().data(Buffer.from('a\nend\n'))
    clock.advance(10_000)
    expect((await rest(events)).at(-1)).to.equal('finish')
    expect(wire.calls).to.deep.equal(['abort'])
    expect(clock.pending).to.equal(0)
  })

  it('leaves no timer behind when the connection of a complete answer ends', () => {
    const { wire, clock, start } = setUp()
    start()
    const body = wire.head()
    body.data(Buffer.from('a\nend\n'))
    body.end()
    expect(clock.pending).to.equal(0)
  })

  it('passes on that there was no answer', async () => {
    const { wire, start } = setUp()
    const events = start()
    wire.receiver.fail(new GatewayError('upstream_unreachable', 'refused'))
    expect(await rest(events)).to.deep.equal(['upstream_unreachable'])
  })

  it('may be answered before the request call returns', async () => {
    const { wire, start } = setUp()
    wire.atOnce = receiver => receiver.head({ status: 200, headers: { 'content-type': 'text/html' } }).end()
    expect(await rest(start())).to.deep.equal(['upstream_nonsense'])
    expect(wire.calls).to.deep.equal(['abort'])
  })

  for (const [what, headers] of [
    ['a page', { 'content-type': 'text/html; charset=utf-8' }],
    ['JSON', { 'content-type': 'application/json' }],
    ['no media type', {}],
  ] as const) {
    it(`takes 200 with ${what} for nonsense and drops the connection`, async () => {
      const { wire, start } = setUp()
      const events = start()
      const body = wire.head({ headers })
      body.data(Buffer.from('<html>'))
      body.end()
      expect(await rest(events)).to.deep.equal(['upstream_nonsense'])
      expect(wire.calls).to.deep.equal(['abort'])
    })
  }

  it('does not mind in which case the media type is written', async () => {
    const { wire, start } = setUp()
    const events = start()
    const body = wire.head({ headers: { 'content-type': 'Text/Lines' } })
    body.data(Buffer.from('a\n'))
    body.end()
    expect((await rest(events)).at(-1)).to.equal('finish')
  })

  it('classifies a refusal by its status, headers and body, with the size of the request in bytes', async () => {
    const { wire, refusals, start } = setUp({}, '"é"')
    const events = start()
    const body = wire.head({ status: 429, headers: { 'retry-after': '3' } })
    body.data(Buffer.from('{"reason":'))
    body.data(Buffer.from('"X"}'))
    body.end()
    expect(await rest(events)).to.deep.equal(['account_rate_limited'])
    expect(refusals).to.deep.equal([{ status: 429, headers: { 'retry-after': '3' }, body: '{"reason":"X"}', requestBytes: 4 }])
  })

  it('reads 64 KiB of a refusal at most, and drops the rest with the connection', async () => {
    const { wire, refusals, start } = setUp()
    const events = start()
    const body = wire.head({ status: 500 })
    for (let chunk = 0; chunk < 5; chunk++) body.data(Buffer.alloc(30_000, 'x'))
    expect(await rest(events)).to.deep.equal(['account_rate_limited'])
    expect(refusals.map(refusal => refusal.body.length)).to.deep.equal([64 * 1024])
    expect(wire.calls).to.deep.equal(['abort'])
  })

  it('unpacks a refusal that is compressed and does not say so', async () => {
    const { wire, refusals, start } = setUp()
    const events = start()
    const body = wire.head({ status: 400, headers: { 'content-type': 'application/json' } })
    body.data(gzipSync('{"reason":"X"}'))
    body.end()
    await rest(events)
    expect(refusals.map(refusal => refusal.body)).to.deep.equal(['{"reason":"X"}'])
  })

  it('says so when an answer is compressed, and drops the connection', async () => {
    const { wire, start } = setUp()
    const events = start()
    wire.head().data(gzipSync('a\nb\nfinish\n'))
    const { value } = (await events.next()) as { readonly value: Batch }
    const [event] = value
    expect(event?.type === 'failure' && event.error).to.include({ code: 'upstream_nonsense' })
    expect(event?.type === 'failure' && event.error.message).to.contain('compressed')
    expect(wire.calls).to.deep.equal(['abort'])
  })

  it('classifies a refusal that broke off by what came', async () => {
    const { wire, refusals, start } = setUp()
    const events = start()
    const body = wire.head({ status: 503 })
    body.data(Buffer.from('half'))
    body.fail(new GatewayError('upstream_cut', 'broke off'))
    expect(await rest(events)).to.deep.equal(['account_rate_limited'])
    expect(refusals[0]).to.deep.include({ status: 503, body: 'half' })
  })

  const bug = () => {
    throw new TypeError('a bug in a provider')
  }
  it('tells a bug in the parser as our fault and drops the connection', async () => {
    const { wire, start } = setUp()
    const events = start()
    wire.head().data(Buffer.from('boom'))
    expect(await rest(events)).to.deep.equal(['internal'])
    expect(wire.calls).to.deep.equal(['abort'])
  })

  it('tells a bug in the making of the parser as our fault and drops the connection', async () => {
    const { wire, start } = setUp({ parseResponse: bug })
    const events = start()
    expect(() => wire.head().data(Buffer.from('a'))).to.not.throw()
    expect(await rest(events)).to.deep.equal(['internal'])
    expect(wire.calls).to.deep.equal(['abort'])
  })

  it('tells a bug in the classifier as our fault', async () => {
    const { wire, start } = setUp({ classify: bug })
    const events = start()
    expect(() => wire.head({ status: 500 }).end()).to.not.throw()
    expect(await rest(events)).to.deep.equal(['internal'])
  })

  it('hands on what the headers tell of the quota, with an answer as with a refusal', async () => {
    const told: unknown[] = []
    const quota = (left: string) => ({ buckets: [{ name: 'requests', used: 10 - Number(left), limit: 10, unit: 'requests' }] })
    const { wire, start } = setUp({ rateLimits: ({ left }) => (left === undefined ? undefined : quota(left)) }, undefined, seen => told.push(seen))
    for (const [status, headers] of [[200, { 'content-type': 'text/lines', left: '4' }], [429, { left: '0' }], [200, { 'content-type': 'text/lines' }]] as const) {
      const events = start()
      const body = wire.head({ status, headers })
      body.data(Buffer.from('a\n'))
      body.end()
      await rest(events)
    }
    expect(told).to.deep.equal([quota('4'), quota('0')])
  })

  it('pauses the socket for a slow reader, and goes on', async () => {
    const { wire, start } = setUp()
    const events = start()
    const body = wire.head()
    for (let chunk = 0; chunk < 8; chunk++) body.data(Buffer.from(`${chunk}\n`))
    expect(wire.calls).to.deep.equal(['pause'])
    for (let read = 0; read < 8; read++) await events.next()
    expect(wire.calls).to.deep.equal(['pause', 'resume'])
  })

  it('drops the connection when the reader leaves', async () => {
    const { wire, start } = setUp()
    const events = start()
    wire.head().data(Buffer.from('a\n'))
    await events.return?.()
    expect(wire.calls).to.deep.equal(['abort'])
  })
})

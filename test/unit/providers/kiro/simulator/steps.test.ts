import { expect } from 'chai'
import { type ErrorName, ERRORS, type IssuedCredential, type KiroSimulator, startKiroSimulator } from '../../../../../providers/kiro/simulator/index.ts'
import { ask, framesOf, ideHeaders, json, namesOf, send, textOf } from './client.ts'

describe('The simulator’s scripted steps', () => {
  let simulator: KiroSimulator
  let credential: IssuedCredential

  beforeEach(async () => {
    simulator = await startKiroSimulator()
    credential = simulator.issue('social')
  })

  afterEach(() => simulator.close())

  it('refuse with every row of the error catalogue', async () => {
    for (const error of Object.keys(ERRORS) as ErrorName[]) {
      simulator.script({ do: 'error', error })
      const reply = await ask(simulator, credential)
      const row: { status: number; html?: true; message: string; reason: string | null } = ERRORS[error]
      expect(reply.status, error).to.equal(row.status)
      if (row.html === true) expect(reply.bytes.toString(), error).to.include('<html>')
      else expect(json(reply), error).to.include({ message: row.message, reason: row.reason })
    }
  })

  it('name the exception in a header on the REST path and in the body at the root', async () => {
    simulator.script({ do: 'error', error: 'user-request-rate-exceeded', times: 2 })
    const rest = await ask(simulator, credential)
    expect(rest.headers['x-amzn-errortype']).to.match(/^ThrottlingException:http/)
    expect(json(rest)).not.to.have.property('__type')
    const target = 'AmazonCodeWhispererStreamingService.GenerateAssistantResponse'
    const headers = { ...ideHeaders(credential), 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target }
    const body = JSON.stringify(simulator.journal.at(-1)?.body)
    const rpc = await send(simulator, { path: '/', headers, body })
    expect(json(rpc).__type).to.equal('com.amazon.aws.codewhisperer#ThrottlingException')
  })

  it('carry Retry-After in seconds or as a date, and other words', async () => {
    const date = 'Wed, 21 Oct 2026 07:28:00 GMT'
    simulator.script(
      { do: 'error', error: 'suspicious-activity', retryAfter: 30 },
      { do: 'error', error: 'user-request-rate-exceeded', retryAfter: date, status: 503, message: 'Slow.', reason: 'NEW_REASON' },
    )
    expect((await ask(simulator, credential)).headers['retry-after']).to.equal('30')
    const second = await ask(simulator, credential)
    expect([second.status, second.headers['retry-after']]).to.deep.equal([503, date])
    expect(json(second)).to.deep.equal({ message: 'Slow.', reason: 'NEW_REASON' })
  })

  it('are used up in order, one per call, and then the simulator answers by itself', async () => {
    simulator.script({ do: 'error', error: 'internal-server-error', times: 2 }, { do: 'error', error: 'insufficient-model-capacity' })
    const statuses = []
    for (let call = 0; call < 4; call += 1) statuses.push((await ask(simulator, credential)).status)
    expect(statuses).to.deep.equal([500, 500, 429, 200])
  })

  it('wait for their account, their model and their host', async () => {
    const other = simulator.issue('social')
    const port = new URL(simulator.origin).port
    simulator.script({ do: 'error', error: 'service-unavailable', model: 'claude-opus-4.6' }, { do: 'error', error: 'bad-gateway', host: `localhost:${port}` })
    simulator.scriptFor(other, { do: 'error', error: 'suspicious-activity' })
    expect((await ask(simulator, credential)).status).to.equal(200)
    expect((await ask(simulator, other)).status).to.equal(429)
    expect((await ask(simulator, credential, { headers: { host: `localhost:${port}` } })).status).to.equal(502)
    expect(simulator.stats().queuedSteps).to.equal(1)
  })

  it('for one account go before those for everybody', async () => {
    simulator.script({ do: 'error', error: 'internal-server-error' })
    simulator.scriptFor(credential, { do: 'error', error: 'suspicious-activity' })
    expect((await ask(simulator, credential)).status).to.equal(429)
    expect((await ask(simulator, credential)).status).to.equal(500)
  })

  it('are not used up by a call that a rule refuses', async () => {
    simulator.script({ do: 'error', error: 'internal-server-error' })
    expect((await ask(simulator, credential, { body: {} })).status).to.equal(400)
    expect((await ask(simulator, { ...credential, accessToken: 'aoaWrong' })).status).to.equal(403)
    expect((await ask(simulator, credential)).status).to.equal(500)
  })

  it('break off with an exception before the text, after it, and inside a tool call', async () => {
    const error = 'insufficient-model-capacity'
    simulator.script(
      { do: 'exception', error },
      { do: 'exception', error, at: 'after-text' },
      { do: 'exception', error, at: 'in-tool-call' },
      { do: 'exception', error: 'monthly-request-count', as: 'error' },
      { do: 'exception', error: 'monthly-request-count', as: 'event', at: 'after-text' },
    )
    const first = await ask(simulator, credential)
    expect([first.status, namesOf(first)]).to.deep.equal([200, ['ThrottlingException']])
    expect(framesOf(first)[0]).to.deep.include({ kind: 'exception' })
    expect(framesOf(first)[0]?.payload.reason).to.equal('INSUFFICIENT_MODEL_CAPACITY')
    const second = await ask(simulator, credential)
    expect(textOf(second)).to.equal('This is a simulated answer')
    expect(namesOf(second).at(-1)).to.equal('ThrottlingException')
    const third = namesOf(await ask(simulator, credential))
    expect([third.at(-2), third.at(-1)]).to.deep.equal(['toolUseEvent', 'ThrottlingException'])
    expect(framesOf(await ask(simulator, credential))[0]).to.deep.include({ kind: 'error', name: 'MONTHLY_REQUEST_COUNT' })
    expect(framesOf(await ask(simulator, credential)).at(-1)).to.deep.include({ kind: 'event', name: 'error' })
  })

  it('send pages, redirects, bare statuses, and nothing at all', async () => {
    simulator.script({ do: 'html' }, { do: 'redirect' }, { do: 'status', status: 418, body: 'tea', headers: { 'x-own': 'yes' } }, { do: 'drop' })
    const page = await ask(simulator, credential)
    expect([page.status, page.headers['content-type']]).to.deep.equal([200, 'text/html; charset=utf-8'])
    const redirect = await ask(simulator, credential)
    expect([redirect.status, redirect.headers.location]).to.deep.equal([302, 'https://example.com/'])
    const teapot = await ask(simulator, credential)
    expect([teapot.status, teapot.bytes.toString(), teapot.headers['x-own']]).to.deep.equal([418, 'tea', 'yes'])
    const dropped = await ask(simulator, credential)
    expect([dropped.status, dropped.failure]).to.deep.equal([0, 'ECONNRESET'])
  })

  it('send any events, frames and bytes', async () => {
    simulator.script(
      {
        do: 'events',
        events: [
          { type: 'codeEvent', payload: { content: 'x' } },
          { type: 'assistantResponseEvent', payload: 'not json' },
        ],
      },
      { do: 'frames', frames: [{ headers: [['a', { type: 'true' }]], payload: '{}' }] },
      { do: 'bytes', hex: '00000010 00000000 05c248eb 7d98c8ff' },
    )
    expect((await ask(simulator, credential)).bytes.toString('latin1'))
      .to.include('codeEvent')
      .and.to.include('not json')
    expect(framesOf(await ask(simulator, credential))[0]?.headers).to.deep.equal({ a: true })
    expect((await ask(simulator, credential)).bytes.toString('hex')).to.equal('000000100000000005c248eb7d98c8ff')
  })

  it('deliver in one write, per frame, in groups and in bytes', async () => {
    const events = Array.from({ length: 6 }, () => ({ type: 'codeEvent', payload: { content: 'x' } }))
    const chunks = async (chunking: 'one-write' | 'per-frame' | { frames: number } | { bytes: number }) => {
      // A pause between writes keeps the kernel from joining them; nothing waits for it to be over.
      simulator.script({ do: 'events', events, chunking, gapMs: 2 })
      return (await ask(simulator, credential)).chunks
    }
    const [whole, ...more] = await chunks('one-write')
    expect(more).to.have.length(0)
    const size = (whole?.length ?? 0) / 6
    expect((await chunks('per-frame')).map(chunk => chunk.length)).to.deep.equal(Array(6).fill(size))
    expect((await chunks({ frames: 4 })).map(chunk => chunk.length)).to.deep.equal([4 * size, 2 * size])
    expect((await chunks({ bytes: size / 2 })).length).to.equal(12)
  })

  it('delay the headers and the first byte', async () => {
    const clock = performance.now()
    let headersAt = 0
    simulator.script({ do: 'answer', headersAfterMs: 20, firstByteAfterMs: 30 })
    let firstByteAt = 0
    await ask(simulator, credential, {
      onHeaders: () => {
        headersAt = performance.now() - clock
      },
      onChunk: () => {
        firstByteAt ||= performance.now() - clock
      },
    })
    expect(headersAt).to.be.greaterThan(18)
    expect(firstByteAt - headersAt).to.be.greaterThan(20)
  })

  it('let suspended and exhausted accounts run into their walls until they are restored', async () => {
    const outcome = async () => {
      const reply = await ask(simulator, credential)
      return [reply.status, reply.status === 200 ? undefined : json(reply).reason]
    }
    simulator.suspend(credential)
    expect(await outcome()).to.deep.equal([403, 'TEMPORARILY_SUSPENDED'])
    simulator.restore(credential)
    simulator.exhaust(credential)
    expect(await outcome()).to.deep.equal([400, 'MONTHLY_REQUEST_COUNT'])
    simulator.exhaust(simulator.accountOf(credential), 'overage-request-limit-exceeded-402')
    expect(await outcome()).to.deep.equal([402, 'OVERAGE_REQUEST_LIMIT_EXCEEDED'])
    simulator.restore(credential)
    expect(await outcome()).to.deep.equal([200, undefined])
  })
})

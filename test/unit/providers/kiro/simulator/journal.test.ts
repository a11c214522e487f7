import { once } from 'node:events'
import { connect } from 'node:net'
import { expect } from 'chai'
import { type JournalEntry, type KiroSimulator, type KiroSimulatorOptions, startKiroSimulator } from '../../../../../providers/kiro/simulator/index.ts'
import { ask, correctBody, framesOf, ideHeaders, json, send } from './client.ts'

describe('The simulator’s records', () => {
  let simulator: KiroSimulator

  const start = async (options: KiroSimulatorOptions = {}) => {
    simulator = await startKiroSimulator(options)
    return simulator.issue('social')
  }

  /** Resolves when the simulator has noticed; a test that waits in vain runs into its time limit. */
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise(resolve => setImmediate(resolve))
  }

  const order = (path: string, body?: unknown, headers = {}) =>
    send(simulator, { method: body === undefined ? 'GET' : 'POST', path: `/__simulator/${path}`, body: JSON.stringify(body) ?? '', headers })

  afterEach(() => simulator.close())

  it('tell everything about a request', async () => {
    const credential = await start({ now: () => 42 })
    await ask(simulator, credential, { content: 'hello' })
    const [entry, ...others] = simulator.journal
    expect(others).to.have.length(0)
    expect(entry).to.deep.include({ time: 42, method: 'POST', path: '/generateAssistantResponse', operation: 'generate', status: 200 })
    expect(entry?.body).to.deep.equal(correctBody('hello', credential.profileArn))
    expect(entry?.account).to.equal(simulator.accountOf(credential))
    expect(entry?.headers['user-agent']).to.include('KiroIDE-')
    expect(entry).not.to.have.property('abortedAt')
  })

  it('tell connections apart', async () => {
    const credential = await start()
    await ask(simulator, credential)
    await ask(simulator, credential)
    const connections = simulator.journal.map(({ connection }) => connection)
    expect(new Set(connections).size).to.equal(2)
  })

  it('keep the last thousand entries', async () => {
    await start()
    const socket = connect(simulator.port, '127.0.0.1')
    socket.resume()
    socket.write('GET /unknown HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(2100))
    await until(() => simulator.stats().requests === 2100)
    socket.destroy()
    expect(simulator.journal).to.have.length(1000)
    expect(simulator.journal.at(-1)?.index).to.equal(2099)
  })

  it('can do without bodies, and without a journal', async () => {
    const first = await start({ journalBodies: false })
    await ask(simulator, first)
    expect(simulator.journal[0]).not.to.have.property('body')
    await simulator.close()
    const second = await start({ journal: false })
    await ask(simulator, second)
    expect(simulator.journal).to.have.length(0)
    expect(simulator.stats().requests).to.equal(1)
  })

  it('tell when a client leaves a stream, and do not blame it for what a script did', async () => {
    const credential = await start()
    simulator.script({ do: 'stream', script: 'stall' }, { do: 'stream', script: 'reset-mid-stream' }, { do: 'hang' })
    await ask(simulator, credential, { onChunk: leave => leave() })
    await until(() => simulator.journal[0]?.abortedAt !== undefined)
    expect(simulator.stats()).to.include({ openStreams: 0, streams: 1, abortedStreams: 1 })
    await ask(simulator, credential)
    await until(() => simulator.stats().openStreams === 0)
    expect(simulator.journal[1]).not.to.have.property('abortedAt')
    expect(simulator.stats().abortedStreams).to.equal(1)
  })

  it('count streams while they are open', async () => {
    const credential = await start()
    simulator.script({ do: 'stream', script: 'idle-tail' })
    await ask(simulator, credential, {
      onChunk: leave => {
        expect(simulator.stats().openStreams).to.equal(1)
        leave()
      },
    })
    await until(() => simulator.stats().openStreams === 0)
  })

  it('show a stream as open while its client does not read, and finish it when the client does', async () => {
    const credential = await start({ bodyLimit: 1e6 })
    const events = Array.from({ length: 400 }, () => ({ type: 'codeEvent', payload: { content: 'x'.repeat(50_000) } }))
    simulator.script({ do: 'events', events })
    const socket = connect(simulator.port, '127.0.0.1')
    await once(socket, 'connect')
    const body = JSON.stringify(correctBody('hi', credential.profileArn))
    const lines = Object.entries({ ...ideHeaders(credential), host: 'localhost', connection: 'close', 'content-length': `${body.length}` })
    socket.pause()
    socket.write(`POST /generateAssistantResponse HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`)
    await until(() => simulator.stats().openStreams === 1)
    expect(simulator.journal[0]).not.to.have.property('finishedAt')
    let size = 0
    socket.on('data', (chunk: Buffer) => {
      size += chunk.length
    })
    socket.resume()
    await once(socket, 'close')
    expect(size).to.be.greaterThan(400 * 50_000)
    expect(simulator.journal[0]).to.have.property('finishedAt')
  })

  it('are at another process’s service', async () => {
    await start()
    const issued = json(await order('issue', { kind: 'builder-id', region: 'eu-west-1' }))
    expect(issued).to.include({ authMethod: 'IdC', region: 'eu-west-1' })
    const credential = json(await order('issue', { kind: 'social' }))
    expect(
      json(
        await order('script', [
          { do: 'error', error: 'suspicious-activity' },
          { do: 'stream', script: 'max-tokens' },
        ]),
      ),
    ).to.deep.equal({ queued: 2 })
    expect((await ask(simulator, credential)).status).to.equal(429)
    expect(framesOf(await ask(simulator, credential)).some(frame => frame.payload.stopReason === 'MAX_TOKENS')).to.equal(true)
    const journal: JournalEntry[] = json(await order('journal'))
    expect(journal.map(({ status }) => status)).to.deep.equal([429, 200])
    expect(json(await order('stats')).requests).to.equal(2)
    await order('suspend', { account: credential.refreshToken })
    expect((await ask(simulator, credential)).status).to.equal(403)
    await order('reset', {})
    expect(json(await order('stats')).requests).to.equal(0)
    expect((await ask(simulator, credential)).status, 'tokens survive a reset').to.equal(200)
    await order('expire', {})
    expect((await ask(simulator, credential)).status).to.equal(403)
  })

  it('refuse orders that make no sense, and all that come from browsers', async () => {
    await start()
    const complaint = async (step: unknown) => {
      const reply = await order('script', step)
      expect(reply.status).to.equal(400)
      return json(reply).message
    }
    expect(await complaint([{ do: 'answer' }, { do: 'dance' }])).to.match(/^Step 1: do must be one of/)
    expect(await complaint({ do: 'stream', script: 'no-such' })).to.include('no-such')
    expect(await complaint({ do: 'refresh', fault: 'x' })).to.include('fault must be one of')
    expect(simulator.stats().queuedSteps).to.equal(0)
    expect((await order('stats', undefined, { origin: 'https://example.com' })).status).to.equal(403)
    expect((await order('stats', undefined, { host: 'rebound.example.com' })).status).to.equal(403)
    expect((await order('no-such')).status).to.equal(404)
    expect((await order('suspend', { account: 'nobody' })).status).to.equal(404)
  })
})

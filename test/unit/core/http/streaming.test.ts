import { expect } from 'chai'
import { type Batch, GatewayError, type Hooks } from '../../../../core/index.ts'
import { readAnthropicStream } from '../../../support/anthropic-stream.ts'
import { settled } from '../../../support/calls.ts'
import { FakePool } from '../../../support/fake-pool.ts'
import { HttpApp, KEY, message } from '../../../support/http-app.ts'
import { answers, failure, Feed, FINISH, refuses, says, type Script, ScriptedProvider, START, textBlock } from '../../../support/scripted-provider.ts'
import { StreamingClient } from '../../../support/streaming-client.ts'

const opening: Batch = [START, { type: 'text-start', block: 0 }, { type: 'text-delta', block: 0, text: 'Hello' }]
const closing: Batch = [{ type: 'block-end', block: 0 }, FINISH]

describe('a streamed answer', () => {
  let app: HttpApp
  const open: StreamingClient[] = []

  async function over(scripts: readonly Script[], hooks: readonly Hooks[] = []) {
    const provider = new ScriptedProvider(scripts)
    const pool = new FakePool({ providers: [provider] })
    const made = await HttpApp.over(pool, { hooks })
    app = made.app
    return { ...made, pool, provider }
  }
  function ask(options: Partial<ConstructorParameters<typeof StreamingClient>[1]> = {}): StreamingClient {
    const client = new StreamingClient(app.port, { key: KEY, body: message({ stream: true }), ...options })
    open.push(client)
    return client
  }
  afterEach(async () => {
    for (const client of open.splice(0)) client.leave()
    await app.close()
  })

  it('comes as server-sent events that a strict client takes, unbuffered on its way', async () => {
    const { pool, outcomes } = await over([answers('Hi')])
    const client = ask()
    const { statusCode, headers } = await client.head
    expect(statusCode).to.equal(200)
    expect(headers).to.deep.include({ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no', 'x-kiro-gateway-attempts': '1' })
    expect(headers['x-request-id']).to.be.a('string')
    expect(await client.ended).to.equal('end')
    const { message: got } = readAnthropicStream(client.text)
    expect(got).to.deep.include({ model: 'model-1', stop_reason: 'end_turn', content: [{ type: 'text', text: 'Hi' }] })
    expect(pool.unsettled).to.deep.equal([])
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['ok'])
  })

  it('reaches the client piece by piece, not when it is complete', async () => {
    const feed = new Feed()
    await over([() => feed])
    const client = ask()
    feed.push(...opening)
    await client.until('Hello')
    feed.push({ type: 'text-delta', block: 0, text: ' again' })
    await client.until(' again')
    feed.push(...closing)
    expect(await client.ended).to.equal('end')
    readAnthropicStream(client.text)
  })

  it('tells what the provider changed in a header, once per rule', async () => {
    const warned = { ...START, warnings: [{ rule: 'tools-shortened', message: 'a' }, { rule: 'tools-shortened', message: 'b' }, { rule: 'images-dropped', message: 'c' }] } as const
    await over([says([warned, ...textBlock(['x']), FINISH])])
    expect((await ask().head).headers['x-kiro-gateway-changes']).to.equal('tools-shortened, images-dropped')
  })

  it('is an error with a status while nothing has been written', async () => {
    const { outcomes } = await over([refuses(new GatewayError('upstream_unreachable', 'the upstream cannot be reached'))])
    const client = ask()
    expect((await client.head).statusCode).to.equal(502)
    await client.ended
    expect(JSON.parse(client.text)).to.deep.include({ type: 'error' })
    expect(outcomes).to.have.length(1)
  })

  it('ends with an error event, and nothing after it, when the upstream fails later', async () => {
    const { pool, outcomes } = await over([says(opening, [failure(new GatewayError('upstream_overloaded', 'the upstream is overloaded'))])])
    const client = ask()
    expect(await client.ended, 'the body ends properly').to.equal('end')
    const { error, types, message: got } = readAnthropicStream(client.text)
    expect(error).to.deep.equal({ type: 'overloaded_error', message: 'the upstream is overloaded' })
    expect(types.at(-1)).to.equal('error')
    expect(got.content, 'what came is a true prefix').to.deep.equal([{ type: 'text', text: 'Hello' }])
    expect(pool.unsettled).to.deep.equal([])
    expect(outcomes.map(({ status, code }) => [status, code])).to.deep.equal([['failed', 'upstream_overloaded']])
  })

  describe('sends signs of life', () => {
    it('before the first event, which commits the status, and between events', async () => {
      const feed = new Feed()
      const { clock } = await over([() => feed])
      const client = ask()
      while (feed.pulls === 0) await settled()
      await clock.pass(11_999)
      expect(client.response).to.equal(undefined)
      await clock.pass(1)
      expect((await client.head).statusCode).to.equal(200)
      await client.until('event: ping')
      feed.push(...opening)
      await client.until('Hello')
      await clock.pass(12_000)
      await client.until('Hello"}}\n\nevent: ping')
      feed.push(...closing)
      await client.ended
      expect(readAnthropicStream(client.text).pings).to.equal(2)
      expect(clock.pending).to.equal(0)
    })

    it('and tells a failure in band once the status is committed', async () => {
      const feed = new Feed()
      const { clock, outcomes } = await over([() => feed])
      const client = ask()
      while (feed.pulls === 0) await settled()
      await clock.pass(12_000)
      await client.until('event: ping')
      feed.push(failure(new GatewayError('account_rate_limited', 'slow down')))
      expect(await client.ended).to.equal('end')
      const { error, types } = readAnthropicStream(client.text)
      expect(error?.type).to.equal('rate_limit_error')
      expect(types).to.deep.equal(['error'])
      expect(outcomes.map(({ status }) => status)).to.deep.equal(['failed'])
    })

    it('while a plugin takes all events away', async () => {
      const feed = new Feed()
      const { clock } = await over([() => feed], [{ stream: () => event => (event.type === 'reasoning-delta' ? undefined : event) }])
      const client = ask()
      feed.push(...opening, { type: 'block-end', block: 0 }, { type: 'reasoning-start', block: 1 })
      await client.until('Hello')
      for (let second = 0; second < 12; second += 4) {
        feed.push({ type: 'reasoning-delta', block: 1, text: 'thinking' })
        await settled()
        await clock.pass(4_000)
      }
      await client.until('event: ping')
      feed.push({ type: 'block-end', block: 1 }, FINISH)
      await client.ended
      expect(readAnthropicStream(client.text).pings).to.equal(1)
    })
  })

  describe('whose client leaves', () => {
    const moments: readonly (readonly [string, (feed: Feed, client: StreamingClient) => Promise<void>])[] = [
      ['before anything came', async feed => { while (feed.pulls === 0) await settled() }],
      ['after the start of the message', async (feed, client) => { feed.push(...opening); await client.until('Hello') }],
    ]
    for (const [moment, reach] of moments) {
      it(`${moment} cancels the upstream and frees the account`, async () => {
        const feed = new Feed()
        const { pool, outcomes, clock, provider } = await over([() => feed])
        const client = ask()
        await reach(feed, client)
        client.leave()
        for (let turn = 0; turn < 100 && outcomes.length === 0; turn++) await new Promise(resolve => setTimeout(resolve, 5))
        expect(outcomes.map(({ status }) => status)).to.deep.equal(['cancelled'])
        expect(provider.attempts[0]?.signal.aborted).to.equal(true)
        expect(feed.returns).to.equal(1)
        expect(pool.unsettled).to.deep.equal([])
        expect(pool.leases[0]?.failures.filter(({ scope }) => scope !== 'request')).to.deep.equal([])
        expect(clock.pending, 'no timer is left').to.equal(0)
      })
    }

    it('while a whole answer is collected cancels the upstream as well', async () => {
      const feed = new Feed()
      const { pool, outcomes } = await over([() => feed])
      const client = ask({ body: message({ stream: false }) })
      while (feed.pulls === 0) await settled()
      client.leave()
      for (let turn = 0; turn < 100 && outcomes.length === 0; turn++) await new Promise(resolve => setTimeout(resolve, 5))
      expect(outcomes.map(({ status }) => status)).to.deep.equal(['cancelled'])
      expect(feed.returns).to.equal(1)
      expect(pool.unsettled).to.deep.equal([])
    })
  })

  describe('whose client reads slowly', () => {
    /** An upstream that says as much as it is asked for. */
    function flood(blocks: number) {
      const state = { said: 0, ended: false }
      const text = 'x'.repeat(64 * 1024)
      const script: Script = async function* () {
        try {
          yield opening
          for (; state.said < blocks; state.said++) yield [{ type: 'text-delta', block: 0, text }]
          yield closing
        } finally {
          state.ended = true
        }
      }
      return { state, script }
    }
    const still = async (state: { said: number }) => {
      let before = -1
      while (before !== state.said) {
        before = state.said
        await new Promise(resolve => setTimeout(resolve, 60))
      }
    }

    it('holds up its own upstream, and gets everything in the end', async function () {
      this.timeout(15_000)
      const { state, script } = flood(700)
      const { pool } = await over([script])
      const client = ask({ paused: true })
      await client.head
      await still(state)
      expect(state.said, 'the upstream waits').to.be.lessThan(600)
      client.read()
      expect(await client.ended).to.equal('end')
      const [block] = readAnthropicStream(client.text).message.content
      expect(block?.type === 'text' && block.text.length).to.equal('Hello'.length + 700 * 64 * 1024)
      expect(pool.unsettled).to.deep.equal([])
    })

    it('is given up after two minutes in which it takes nothing', async function () {
      this.timeout(15_000)
      const { state, script } = flood(2_000)
      const { clock, outcomes, pool } = await over([script])
      const client = ask({ paused: true })
      await client.head
      await still(state)
      await clock.pass(119_000)
      expect(outcomes).to.deep.equal([])
      await clock.pass(1_000)
      for (let turn = 0; turn < 100 && outcomes.length === 0; turn++) await new Promise(resolve => setTimeout(resolve, 5))
      expect(outcomes.map(({ status }) => status)).to.deep.equal(['cancelled'])
      expect(state.ended, 'the upstream is let go').to.equal(true)
      expect(pool.unsettled).to.deep.equal([])
      expect(clock.pending).to.equal(0)
    })

    it('and leaves, frees the account', async function () {
      this.timeout(15_000)
      const { state, script } = flood(2_000)
      const { outcomes, pool } = await over([script])
      const client = ask({ paused: true })
      await client.head
      await still(state)
      client.leave()
      for (let turn = 0; turn < 100 && outcomes.length === 0; turn++) await new Promise(resolve => setTimeout(resolve, 5))
      expect(outcomes.map(({ status }) => status)).to.deep.equal(['cancelled'])
      expect(state.ended).to.equal(true)
      expect(pool.unsettled).to.deep.equal([])
    })
  })

  describe('watched by a plugin', () => {
    it('shows it every byte that the client gets', async () => {
      let seen = ''
      await over([answers('Hi')], [{ output: () => text => void (seen += text) }])
      const client = ask()
      await client.ended
      expect(seen).to.equal(client.text)
    })

    for (const when of ['first', 'last'] as const) {
      it(`that throws at the ${when} bytes fails as our fault, told in band, and counts as failed`, async () => {
        const feed = new Feed()
        const broken: Hooks = {
          output: () => text => {
            if (when === 'first' || text.includes('message_delta')) throw new Error('a bug in a plugin')
          },
        }
        const { outcomes, pool } = await over([() => feed], [broken])
        feed.push(...opening)
        const client = ask()
        if (when === 'last') {
          await client.until('Hello')
          feed.push({ type: 'text-delta', block: 0, text: ' again' })
          feed.push(...closing)
        }
        expect(await client.ended).to.equal('end')
        expect(readAnthropicStream(client.text).error?.type).to.equal('api_error')
        expect(client.text).to.not.contain('a bug')
        expect(outcomes).to.have.length(1)
        if (when === 'first') expect(outcomes[0]).to.deep.include({ status: 'failed', code: 'internal' })
        expect(pool.unsettled).to.deep.equal([])
        expect(feed.returns).to.equal(1)
      })
    }
  })
})

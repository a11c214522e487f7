import { expect } from 'chai'
import { type Batch, GatewayError } from '../../../../core/index.ts'
import { settled } from '../../../support/calls.ts'
import { FakePool } from '../../../support/fake-pool.ts'
import { HttpApp, KEY } from '../../../support/http-app.ts'
import { readOpenaiChatStream } from '../../../support/openai-chat-stream.ts'
import { answers, failure, Feed, FINISH, type Script, ScriptedProvider, START, textBlock } from '../../../support/scripted-provider.ts'
import { StreamingClient } from '../../../support/streaming-client.ts'

const opening: Batch = [START, { type: 'text-start', block: 0 }, { type: 'text-delta', block: 0, text: 'Hello' }]
const closing: Batch = [{ type: 'block-end', block: 0 }, FINISH]
const chat = (changes: object = {}) => ({ model: 'model-1', messages: [{ role: 'user', content: 'Hello' }], ...changes })

describe('chat completions over HTTP', () => {
  let app: HttpApp
  const open: StreamingClient[] = []

  async function over(script: Script) {
    const made = await HttpApp.over(new FakePool({ providers: [new ScriptedProvider([script])] }))
    app = made.app
    return made
  }
  function stream(): StreamingClient {
    const client = new StreamingClient(app.port, { path: '/v1/chat/completions', key: KEY, body: chat({ stream: true }) })
    open.push(client)
    return client
  }
  afterEach(async () => {
    for (const client of open.splice(0)) client.leave()
    await app.close()
  })

  it('are answered with and without the version prefix, whole and streamed', async () => {
    await over(answers('Hi'))
    for (const path of ['/v1/chat/completions', '/chat/completions']) {
      const whole = await app.post(path, chat())
      expect(whole.headers['content-type']).to.equal('application/json; charset=utf-8')
      expect(whole.json().choices[0].message.content).to.equal('Hi')
      const streamed = await app.post(path, chat({ stream: true }))
      expect(streamed.headers['content-type']).to.equal('text/event-stream; charset=utf-8')
      expect(readOpenaiChatStream(streamed.text).message.content).to.equal('Hi')
    }
  })

  it('take the same request from a client that sends the headers of another vendor', async () => {
    await over(answers('Hi'))
    const answer = await app.post('/v1/chat/completions', chat(), { 'anthropic-version': '2023-06-01' })
    expect(answer.json().object).to.equal('chat.completion')
  })

  it('are refused in their own words, with the field', async () => {
    await over(answers('Hi'))
    const refused = await app.post('/v1/chat/completions', chat({ n: 2 }))
    expect(refused.status).to.equal(400)
    expect(refused.json().error).to.deep.include({ type: 'invalid_request_error', code: 'unsupported_value', param: 'n' })
    const nobody = await app.ask('POST', '/chat/completions', { body: '{broken' })
    expect([nobody.status, nobody.json().error.code]).to.deep.equal([401, 'invalid_api_key'])
    const wrong = await app.get('/v1/chat/completions')
    expect([wrong.status, wrong.headers.allow]).to.deep.equal([405, 'POST'])
  })

  it('show signs of life as comments, before the first event and between events', async () => {
    const feed = new Feed()
    const { clock } = await over(() => feed)
    const client = stream()
    while (feed.pulls === 0) await settled()
    await clock.pass(12_000)
    await client.until(': keep-alive')
    feed.push(...opening)
    await client.until('Hello')
    await clock.pass(12_000)
    await client.until('null}]}\n\n: keep-alive')
    feed.push(...closing)
    expect(await client.ended).to.equal('end')
    expect(readOpenaiChatStream(client.text)).to.deep.include({ keepAlives: 2, finish_reason: 'stop' })
  })

  it('tell a failure in band once the status is committed, even before the first chunk', async () => {
    const feed = new Feed()
    const { clock } = await over(() => feed)
    const client = stream()
    while (feed.pulls === 0) await settled()
    await clock.pass(12_000)
    await client.until(': keep-alive')
    feed.push(failure(new GatewayError('account_rate_limited', 'slow down')))
    expect(await client.ended, 'the body ends properly').to.equal('end')
    expect(readOpenaiChatStream(client.text).error).to.deep.equal({ message: 'slow down', type: 'rate_limit_error', param: null, code: 'rate_limit_exceeded' })
  })

  it('keep what was said until a failure as a true prefix', async () => {
    await over(async function* () {
      yield [START, ...textBlock(['Hello'])]
      yield [failure(new GatewayError('upstream_cut', 'the upstream closed the connection'))]
    })
    const client = stream()
    expect(await client.ended).to.equal('end')
    expect(readOpenaiChatStream(client.text)).to.deep.include({ finish_reason: null, message: { content: 'Hello', reasoning: '', reasoning_details: [], tool_calls: [] } })
  })
})

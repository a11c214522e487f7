import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { GatewayError, type NamedModelCard } from '../../../../core/index.ts'
import { FakePool } from '../../../support/fake-pool.ts'
import { type Answer, type AppOptions, HttpApp, KEY, message } from '../../../support/http-app.ts'
import { answers, refuses, ScriptedProvider } from '../../../support/scripted-provider.ts'

const MODELS: readonly NamedModelCard[] = [
  { id: 'claude-x', publicId: 'claude-x', provider: 'kiro', name: 'Claude X', input: ['text'], features: [], limits: { inputTokens: 200_000, outputTokens: 64_000 }, aliases: ['claude-latest'] },
  { id: 'vendor/model:1', publicId: 'vendor/model:1', provider: 'other', input: ['text'], features: [] },
]
const VERSIONED = { 'anthropic-version': '2023-06-01' }

function isOpenai(answer: Answer, type: string): void {
  const { error, ...rest } = answer.json()
  expect(rest).to.deep.equal({})
  expect(error).to.have.all.keys('message', 'type', 'param', 'code')
  expect(error.type).to.equal(type)
}

function isAnthropic(answer: Answer, type: string): void {
  const body = answer.json()
  expect(body).to.have.all.keys('type', 'error', 'request_id')
  expect(body.type).to.equal('error')
  expect(body.error).to.have.all.keys('type', 'message')
  expect(body.error.type).to.equal(type)
  expect(body.request_id).to.equal(answer.headers['x-request-id'])
}

describe('the HTTP surface', () => {
  let app: HttpApp
  const start = async (options: AppOptions = {}) => {
    app = await HttpApp.start({ models: MODELS, ...options })
  }
  afterEach(async () => {
    await app.close()
  })

  describe('errors', () => {
    beforeEach(() => start())

    const unknown: readonly (readonly [string, string, string])[] = [
      ['GET', '/v1/nothing', 'openai'],
      ['POST', '/v1/nothing', 'openai'],
      ['GET', '/nothing', 'openai'],
      ['GET', '/anthropic/v1/nothing', 'anthropic'],
      ['POST', '/v1/messages/batches', 'anthropic'],
      ['GET', '//v1//models', 'openai'],
      ['GET', '/V1%2fmodels%00', 'openai'],
      ['GET', '/%E0%A4%A', 'openai'],
      ['GET', '/v1/models/%E0%A4%A', 'openai'],
    ]
    for (const [method, path, shape] of unknown) {
      it(`answers ${method} ${path} with a 404 in the shape of ${shape}`, async () => {
        const answer = await app.ask(method, path, { headers: { 'x-api-key': KEY } })
        expect(answer.status).to.be.oneOf([400, 404])
        expect(answer.headers['content-type']).to.contain('application/json')
        if (shape === 'openai') isOpenai(answer, 'invalid_request_error')
        else isAnthropic(answer, 'not_found_error')
      })
    }

    it('names the mistake in a doubled version prefix', async () => {
      const answer = await app.post('/v1/v1/messages', message())
      expect(answer.status).to.equal(404)
      expect(answer.text).to.contain('already ends in /v1')
    })

    const wrong: readonly (readonly [string, string, string, string])[] = [
      ['GET', '/v1/messages', 'POST', 'anthropic'],
      ['PUT', '/v1/messages', 'POST', 'anthropic'],
      ['DELETE', '/anthropic/v1/messages', 'POST', 'anthropic'],
      ['POST', '/v1/models', 'GET', 'openai'],
      ['PATCH', '/v1/models/claude-x', 'GET', 'openai'],
      ['POST', '/health', 'GET', 'openai'],
      ['POST', '/', 'GET', 'openai'],
    ]
    for (const [method, path, allow, shape] of wrong) {
      it(`answers ${method} ${path} with a 405 that allows ${allow}`, async () => {
        const answer = await app.ask(method, path, { headers: { 'x-api-key': KEY } })
        expect(answer.status).to.equal(405)
        expect(answer.headers.allow).to.equal(allow)
        if (shape === 'openai') isOpenai(answer, 'invalid_request_error')
        else isAnthropic(answer, 'invalid_request_error')
      })
    }

    it('asks for a key before it looks at a body, in the shape of the path', async () => {
      const chat = await app.ask('POST', '/v1/messages', { body: '{broken' })
      expect(chat.status).to.equal(401)
      isAnthropic(chat, 'authentication_error')
      const models = await app.ask('GET', '/v1/models')
      expect(models.status).to.equal(401)
      isOpenai(models, 'invalid_request_error')
      expect(models.json().error.code).to.equal('invalid_api_key')
      const versioned = await app.ask('GET', '/v1/models', { headers: VERSIONED })
      expect(versioned.status).to.equal(401)
      isAnthropic(versioned, 'authentication_error')
    })

    it('refuses a wrong key without repeating it', async () => {
      const answer = await app.ask('GET', '/v1/models', { headers: { authorization: 'Bearer sk-kg-wrong-key-987654321' } })
      expect(answer.status).to.equal(401)
      expect(answer.text).to.not.contain('987654321')
    })

    it('takes a key from each place where clients put it, and from the query nowhere', async () => {
      for (const headers of [{ authorization: `Bearer ${KEY}` }, { authorization: `bearer   ${KEY}` }, { 'x-api-key': KEY }, { 'x-goog-api-key': KEY }] as Record<string, string>[]) {
        expect((await app.ask('GET', '/v1/models', { headers })).status, JSON.stringify(headers)).to.equal(200)
      }
      expect((await app.ask('GET', `/v1/models?key=${KEY}`)).status).to.equal(401)
    })

    it('refuses a body that is too large with 413, closing the connection', async () => {
      const answer = await app.post('/v1/messages', Buffer.alloc(2 * 1024 * 1024, 'x'))
      expect(answer.status).to.equal(413)
      isAnthropic(answer, 'request_too_large')
      expect(answer.headers.connection).to.equal('close')
    })

    it('lets a client that is still sending read the refusal', async () => {
      for (let round = 0; round < 3; round++) {
        const answer = await app.post('/v1/messages', Buffer.alloc(24 * 1024 * 1024, 'x'), { 'transfer-encoding': 'chunked' })
        expect(answer.status).to.equal(413)
      }
    })

    it('refuses an encoding that it does not know with 415', async () => {
      const answer = await app.post('/v1/messages', '{}', { 'content-encoding': 'lzma' })
      expect(answer.status).to.equal(415)
      isAnthropic(answer, 'invalid_request_error')
    })

    it('names the field that is wrong', async () => {
      const answer = await app.post('/v1/messages', message({ max_tokens: 'many' }))
      expect(answer.status).to.equal(400)
      isAnthropic(answer, 'invalid_request_error')
      expect(answer.json().error.message).to.match(/^max_tokens: /)
    })

    it('goes on serving a connection after a refusal that was read to its end', async () => {
      const answer = await app.post('/v1/messages', message({ max_tokens: 'many' }))
      expect(answer.headers.connection).to.not.equal('close')
      expect((await app.get('/v1/models')).status).to.equal(200)
    })

    it('survives an odd Host header', async () => {
      const reply = await new Promise<string>(resolve => {
        const socket = connect(app.port, '127.0.0.1', () => socket.write(`GET /v1/models?limit=1 HTTP/1.1\r\nhost: [\r\nx-api-key: ${KEY}\r\nanthropic-version: x\r\nconnection: close\r\n\r\n`))
        let text = ''
        socket.on('data', chunk => (text += chunk.toString()))
        socket.on('close', () => resolve(text))
      })
      expect(reply).to.match(/^HTTP\/1\.1 200 /)
    })

    it('answers what is not HTTP once, and closes', async () => {
      const reply = await new Promise<string>(resolve => {
        const socket = connect(app.port, '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'))
        let text = ''
        socket.on('data', chunk => (text += chunk.toString()))
        socket.on('close', () => resolve(text))
      })
      expect(reply).to.match(/^HTTP\/1\.1 400 Bad Request\r\n/)
      expect(reply.match(/HTTP\/1\.1/g)).to.have.length(1)
    })
  })

  describe('request ids', () => {
    beforeEach(() => start())

    it("repeats a client's id of a plain form", async () => {
      const answer = await app.ask('GET', '/health', { headers: { 'x-request-id': 'abc-DEF_12345' } })
      expect(answer.headers['x-request-id']).to.equal('abc-DEF_12345')
      expect(answer.headers['request-id']).to.equal('abc-DEF_12345')
    })

    for (const id of ['short', 'x'.repeat(65), 'with space 1', '<script>alert', 'semi;colon=1', 'dots.dots.dots']) {
      it(`makes its own in place of ${id.slice(0, 20)}`, async () => {
        const answer = await app.ask('GET', '/v1/nothing', { headers: { 'x-request-id': id } })
        expect(answer.headers['x-request-id']).to.match(/^req_[0-9a-f]{32}$/)
      })
    }

    it('gives each request another one', async () => {
      const [one, two] = [await app.get('/health'), await app.get('/health')]
      expect(one.headers['x-request-id']).to.not.equal(two.headers['x-request-id'])
    })
  })

  describe('probes', () => {
    for (const [method, path] of [
      ['HEAD', '/'],
      ['GET', '/'],
      ['HEAD', '/api/hello'],
      ['GET', '/api/hello'],
      ['GET', '/health'],
      ['HEAD', '/health'],
    ] as const) {
      it(`answers ${method} ${path} without a key, and tells nothing about accounts`, async () => {
        await start()
        const answer = await app.ask(method, path)
        expect(answer.status).to.equal(200)
        expect(answer.text).to.not.contain('account')
        if (method === 'HEAD') expect(answer.text).to.equal('')
      })
    }

    it('says on /ready whether it can serve', async () => {
      await start()
      expect((await app.ask('GET', '/ready')).status).to.equal(200)
      await app.close()
      await start({ ready: false })
      const answer = await app.ask('GET', '/ready')
      expect(answer.status).to.equal(503)
      expect(answer.json()).to.deep.equal({ ready: false, reason: 'no account is usable' })
    })

    it('refuses new work while it ends, with the hint to come again, and stays alive for probes', async () => {
      await start({ draining: () => true })
      const answer = await app.post('/v1/messages', message())
      expect(answer.status).to.equal(503)
      isAnthropic(answer, 'overloaded_error')
      expect(Number(answer.headers['retry-after'])).to.be.at.least(1)
      expect(answer.headers.connection).to.equal('close')
      expect((await app.ask('GET', '/health')).status).to.equal(200)
    })
  })

  describe('models', () => {
    beforeEach(() => start())

    it('lists them in the shape of OpenAI, and of Anthropic for its clients', async () => {
      const openai = (await app.get('/v1/models')).json()
      expect(openai.object).to.equal('list')
      expect(openai.data[0]).to.deep.include({ id: 'claude-x', object: 'model', owned_by: 'kiro' })
      const anthropic = (await app.get('/v1/models?limit=1000', VERSIONED)).json()
      expect(anthropic).to.have.all.keys('data', 'has_more', 'first_id', 'last_id')
      expect(anthropic.data[0]).to.deep.include({ type: 'model', id: 'claude-x', display_name: 'Claude X' })
      expect((await app.get('/anthropic/v1/models')).json().data).to.deep.equal(anthropic.data)
    })

    it('pages the Anthropic list', async () => {
      const first = (await app.get('/v1/models?limit=1', VERSIONED)).json()
      expect(first).to.deep.include({ has_more: true, first_id: 'claude-x', last_id: 'claude-x' })
      const second = (await app.get(`/v1/models?limit=1&after_id=${first.last_id}`, VERSIONED)).json()
      expect(second).to.deep.include({ has_more: false, last_id: 'vendor/model:1' })
      const back = (await app.get(`/v1/models?limit=1&before_id=${encodeURIComponent(second.last_id)}`, VERSIONED)).json()
      expect(back.data.map(({ id }: { id: string }) => id)).to.deep.equal(['claude-x'])
      for (const limit of ['0', '-1', 'x', '1e9', '']) expect((await app.get(`/v1/models?limit=${limit}`, VERSIONED)).status).to.equal(200)
    })

    for (const [path, id] of [
      ['claude-x', 'claude-x'],
      ['kiro/claude-x', 'kiro/claude-x'],
      ['kiro%2Fclaude-x', 'kiro/claude-x'],
      ['claude-latest', 'claude-latest'],
      ['vendor/model:1', 'vendor/model:1'],
      ['vendor/model:1/', 'vendor/model:1'],
      ['vendor%2Fmodel%3A1', 'vendor/model:1'],
    ] as const) {
      it(`shows the model ${path} under the name that was asked for`, async () => {
        expect((await app.get(`/v1/models/${path}`)).json()).to.deep.include({ id, object: 'model' })
        expect((await app.get(`/v1/models/${path}`, VERSIONED)).json()).to.deep.include({ id, type: 'model' })
      })
    }

    it('tells that there is no such model, in both shapes', async () => {
      const openai = await app.get('/v1/models/a/b/c')
      expect(openai.status).to.equal(404)
      expect(openai.json().error).to.deep.include({ type: 'invalid_request_error', code: 'model_not_found', param: 'model' })
      const anthropic = await app.get('/v1/models/a/b/c', VERSIONED)
      expect(anthropic.status).to.equal(404)
      isAnthropic(anthropic, 'not_found_error')
    })
  })

  describe('a whole answer', () => {
    const over = async (...scripts: ConstructorParameters<typeof ScriptedProvider>[0]) => {
      const pool = new FakePool({ providers: [new ScriptedProvider(scripts)] })
      const { app: made, outcomes } = await HttpApp.over(pool, { headers: { 'x-kiro-gateway-sandbox': 'true' } })
      app = made
      return { pool, outcomes }
    }

    for (const path of ['/v1/messages', '/v1/messages?beta=true', '/anthropic/v1/messages', '/messages', '/v1/messages/']) {
      it(`comes from ${path} as one message`, async () => {
        const { pool } = await over(answers('Hi'))
        const answer = await app.post(path, message({ model: 'kiro/claude-x' }))
        expect(answer.status, answer.text).to.equal(200)
        expect(answer.json()).to.deep.include({ type: 'message', role: 'assistant', model: 'kiro/claude-x', content: [{ type: 'text', text: 'Hi' }], stop_reason: 'end_turn' })
        expect(answer.headers).to.deep.include({ 'x-kiro-gateway-sandbox': 'true', 'x-kiro-gateway-attempts': '1' })
        expect(Number(answer.headers['content-length'])).to.equal(Buffer.byteLength(answer.text))
        expect(pool.unsettled).to.deep.equal([])
      })
    }

    it('may be asked for in a compressed body', async () => {
      await over(answers('Hi'))
      const answer = await app.post('/v1/messages', gzipSync(JSON.stringify(message())), { 'content-encoding': 'gzip' })
      expect(answer.status).to.equal(200)
    })

    it('is an error with the status and words of its class, and when to come again', async () => {
      const { outcomes } = await over(refuses(new GatewayError('all_cooling', 'all accounts rest', { retryAfterMs: 1_400 })))
      const answer = await app.post('/v1/messages', message())
      expect(answer.status).to.equal(429)
      isAnthropic(answer, 'rate_limit_error')
      expect(answer.headers['retry-after']).to.equal('2')
      expect(outcomes.map(({ status }) => status)).to.deep.equal(['failed'])
    })

    for (const [code, hint, header] of [
      ['all_cooling', 1, '1'],
      ['all_cooling', undefined, '5'],
      ['no_account', undefined, undefined],
      ['needs_login', undefined, undefined],
      ['store_unavailable', undefined, '5'],
      ['all_exhausted', undefined, undefined],
      ['all_exhausted', 3_600_000, '3600'],
      ['upstream_unreachable', 5_000, undefined],
    ] as const) {
      it(`says ${header === undefined ? 'nothing of when to come again' : `to come again in ${header} s`} for ${code} ${hint === undefined ? 'without a hint' : `with ${hint} ms`}`, async () => {
        await over(refuses(new GatewayError(code, 'x', hint === undefined ? {} : { retryAfterMs: hint })))
        expect((await app.post('/v1/messages', message())).headers['retry-after']).to.equal(header)
      })
    }

    it('never tells an upstream credential problem as 401 or 403: a client would throw its own key away', async () => {
      for (const code of ['token_rejected', 'needs_login', 'account_suspended', 'not_entitled'] as const) {
        await over(refuses(new GatewayError(code, 'the upstream account is not usable')))
        expect((await app.post('/v1/messages', message())).status).to.be.oneOf([502, 503])
        if (code !== 'not_entitled') await app.close()
      }
    })

    it('hides what went wrong inside', async () => {
      await over(() => {
        throw new TypeError('cannot read secret-internals of undefined')
      })
      const answer = await app.post('/v1/messages', message())
      expect(answer.status).to.equal(500)
      isAnthropic(answer, 'api_error')
      expect(answer.text).to.not.contain('secret-internals')
    })
  })
})

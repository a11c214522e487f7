import { expect } from 'chai'
import { ERRORS, type ErrorName, STREAM_SCRIPTS, type StreamScriptName } from '../../providers/kiro/simulator/index.ts'
import { readAnthropicStream } from '../support/anthropic-stream.ts'
import { ask, startTestGateway, type TestGateway } from '../support/gateway.ts'

type Answer = readonly [status: number, type: string]

const BAD: Answer = [400, 'invalid_request_error']
const QUOTA: Answer = [429, 'rate_limit_error']
const AWAY: Answer = [502, 'api_error']
/** The account's fault: the request that meets it is told so, those after it find nobody. Never 401 or 403. */
const NOBODY: Answer = [503, 'api_error']
const BUSY: Answer = [529, 'overloaded_error']

/** What a client of a single account sees for each upstream error, `reliability.md` §3.1 and §3.3. */
const EXPECTED: Readonly<Record<ErrorName, Answer>> = {
  'improperly-formed': BAD,
  'request-body-invalid': BAD,
  'invalid-tool-use-format': BAD,
  'tool-use-without-result': BAD,
  'tool-result-without-use': BAD,
  'tool-schema-root': BAD,
  'tool-schema-combinators': BAD,
  'thinking-signature-invalid': BAD,
  'image-mime-mismatch': BAD,
  'image-too-large': BAD,
  'image-dimensions': BAD,
  'content-length-exceeds-threshold': BAD,
  'additional-fields-unsupported': BAD,
  'additional-fields-invalid': BAD,
  'payload-too-large': [413, 'request_too_large'],
  'invalid-model-id': [404, 'not_found_error'],
  'profile-arn-required': NOBODY,
  'invalid-conversation-id': AWAY,
  'invalid-kms-grant': NOBODY,
  'conversation-limit-exceeded': AWAY,
  'monthly-request-count': QUOTA,
  'monthly-request-count-402': QUOTA,
  'monthly-request-count-429': QUOTA,
  'daily-request-count': QUOTA,
  'overage-request-limit-exceeded': QUOTA,
  'overage-request-limit-exceeded-402': QUOTA,
  'maximum-request-reached': QUOTA,
  'token-rejected': NOBODY,
  'invalid-bearer': NOBODY,
  'invalid-token': NOBODY,
  'not-authorized': NOBODY,
  'builder-id-unsupported': NOBODY,
  suspended: NOBODY,
  'suspended-without-reason': NOBODY,
  'feature-not-supported': NOBODY,
  'unauthorized-resource': NOBODY,
  'unknown-operation': AWAY,
  'method-not-allowed': AWAY,
  'insufficient-model-capacity': BUSY,
  'insufficient-throughput': BUSY,
  'model-temporarily-unavailable': BUSY,
  'model-temporarily-unavailable-503': BUSY,
  'user-request-rate-exceeded': QUOTA,
  'suspicious-activity': QUOTA,
  'internal-server-error': [503, 'overloaded_error'],
  'service-unavailable': [503, 'overloaded_error'],
  'bad-gateway': AWAY,
  'gateway-timeout': AWAY,
  'front-door-timeout': AWAY,
}

describe('every upstream error, over HTTP, streamed or not', function () {
  this.timeout(60_000)

  for (const name of Object.keys(ERRORS) as ErrorName[]) {
    it(`${name}`, async () => {
      const gateway = await startTestGateway({ config: { plugins: [{ use: 'retry', options: { attempts: 2 } }] } })
      try {
        gateway.simulator.script({ do: 'error', error: name, times: 1000 })
        const [status, type] = EXPECTED[name]
        for (const stream of [false, true]) {
          const response = await gateway.post('/v1/messages', ask('hi', { stream }))
          const text = await response.text()
          const met = status === 503 && type === 'api_error' && response.status === 502 ? 503 : response.status
          expect([met, (JSON.parse(text) as { error: { type: string } }).error.type], text).to.deep.equal([status, type])
          expect(text).not.to.match(/arn:aws|d-0000000000|tooluse_|aoa|aor/)
        }
      } finally {
        await gateway.close()
      }
    })
  }
})

/** How each scripted stream ends for a streaming client: as a message, as an HTTP error, or as an error inside the stream. */
const ENDINGS: Partial<Record<StreamScriptName, 'error' | 'in-stream'>> = {
  'truncated-tool-call': 'in-stream',
  'truncated-tool-call-mid-frame': 'in-stream',
  'truncated-tool-call-cut': 'in-stream',
  'truncated-tool-call-reset': 'in-stream',
  'truncated-tool-call-stall': 'in-stream',
  'malformed-tool-use': 'error',
  'text-in-tool-call': 'error',
  'reasoning-only': 'error',
  'error-frame': 'in-stream',
  'error-event': 'in-stream',
  'invalid-state': 'error',
  'corrupt-prelude': 'in-stream',
  'corrupt-message': 'in-stream',
  stall: 'in-stream',
  'cut-mid-frame': 'in-stream',
  'clean-cut-mid-frame': 'in-stream',
  'reset-mid-stream': 'in-stream',
  'error-frame-first': 'error',
  'corrupt-first-frame': 'error',
  'stall-before-text': 'error',
  'reset-before-text': 'error',
  empty: 'error',
  'no-frames': 'error',
}

describe('every scripted stream', function () {
  this.timeout(60_000)
  let gateway: TestGateway

  before(async () => {
    gateway = await startTestGateway({
      environment: { FIRST_TOKEN_TIMEOUT: '1', STREAM_READ_TIMEOUT: '3', NON_STREAM_TIMEOUT: '20' },
      config: { plugins: [{ use: 'retry', options: { attempts: 2 } }] },
    })
  })
  after(() => gateway.close())

  for (const script of STREAM_SCRIPTS) {
    if (script === 'slow-first-byte' || script === 'drip') continue
    it(`${script} ends as ${ENDINGS[script] ?? 'a whole message'}`, async () => {
      gateway.simulator.reset()
      await gateway.gateway.services.directory.restore((await gateway.gateway.services.directory.list())[0]!.id)
      gateway.simulator.script({ do: 'stream', script, times: 100 })
      const request = { tools: [{ name: 'read_file', input_schema: { type: 'object' } }, { name: 'write_file', input_schema: { type: 'object' } }] }
      const streamed = await gateway.post('/v1/messages', ask('hi', { ...request, stream: true }))
      const text = await streamed.text()
      const ending = streamed.status === 200 ? (readAnthropicStream(text).error ? 'in-stream' : undefined) : 'error'
      expect(ending, text.slice(-600)).to.equal(ENDINGS[script])

      gateway.simulator.reset()
      await gateway.gateway.services.directory.restore((await gateway.gateway.services.directory.list())[0]!.id)
      gateway.simulator.script({ do: 'stream', script, times: 100 })
      const whole = await gateway.post('/v1/messages', ask('hi', request))
      const body = (await whole.json()) as { type: string }
      expect(body.type).to.equal(ENDINGS[script] === undefined ? 'message' : 'error')
      expect(whole.status >= 400).to.equal(ENDINGS[script] !== undefined)
    })
  }
})

import { expect } from 'chai'
import { CODES, type ErrorCode } from '../../../../core/index.ts'
import { FAULTS } from '../../../../providers/openai-compatible/fault-table.ts'
import { classifyFailure } from '../../../../providers/openai-compatible/faults.ts'
import { type CataloguedErrorName, ERRORS } from '../../../../providers/openai-compatible/simulator/error-catalogue.ts'

const NOW = Date.parse('2026-11-21T10:00:00Z')
const classify = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  classifyFailure({ status, headers, body: typeof body === 'string' ? body : JSON.stringify(body), requestBytes: 0 }, NOW)

/** What each recorded refusal means: the code, and the hint if there is one. */
const EXPECTED: Readonly<Record<CataloguedErrorName, readonly [code: ErrorCode, retryAfterMs?: number]>> = {
  'invalid-key': ['token_rejected'],
  'key-without-permission': ['not_entitled', 1_800_000],
  country: ['not_entitled', 1_800_000],
  deactivated: ['account_suspended'],
  'rate-limit': ['account_rate_limited', 7_000],
  'rate-limit-in-words': ['account_rate_limited', 350],
  quota: ['quota_exhausted'],
  balance: ['quota_exhausted'],
  context: ['context_too_long'],
  'context-vllm': ['context_too_long'],
  'unknown-model': ['model_not_offered'],
  'bad-schema': ['bad_request'],
  'no-reasoning': ['bad_request'],
  'reasoning-content-missing': ['bad_request'],
  'validation-fastapi': ['bad_request'],
  'content-policy': ['bad_request'],
  'throttled-dashscope': ['account_rate_limited'],
  'quota-dashscope': ['quota_exhausted'],
  'arrears-dashscope': ['quota_exhausted'],
  'relay-openrouter': ['account_rate_limited'],
  'too-large': ['too_large'],
  failed: ['upstream_failed'],
  overloaded: ['upstream_overloaded', 1_500],
  'gateway-page': ['upstream_failed'],
  'login-page': ['lane_unavailable'],
  'wrong-address': ['lane_unavailable'],
  'bare-text': ['upstream_failed'],
  'bare-error': ['bad_request'],
  'success-that-is-none': ['account_rate_limited'],
  'success-that-is-a-page': ['upstream_nonsense'],
}

describe('refusals of OpenAI-compatible upstreams', () => {
  for (const [name, [code, retryAfterMs]] of Object.entries(EXPECTED)) {
    it(`are understood: ${name} is ${code}`, () => {
      const {
        status,
        body,
        headers = {},
      }: { readonly status: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> } = ERRORS[name as CataloguedErrorName]
      // A success that is none is found out by the parser, which has no status to tell.
      const error = classify(status === 200 && typeof body !== 'string' ? 0 : status, body, headers)
      expect([error.code, error.retryAfterMs]).to.deep.equal([code, retryAfterMs])
    })
  }

  it('tell of too long a conversation with its numbers, in the words that clients act upon', () => {
    expect(classify(400, ERRORS.context.body).message).to.equal('prompt is too long: 130001 tokens > 128000 maximum')
    expect(classify(400, ERRORS['context-vllm'].body).message).to.equal('prompt is too long: 5000 tokens > 4096 maximum')
    expect(classify(400, { error: { message: 'x', code: 'context_length_exceeded' } }).message).to.match(/^prompt is too long: /)
  })

  it('are never a 401 or 403 to the client', () => {
    for (const status of [401, 403]) {
      for (const body of [{}, '', '<html>', ERRORS['invalid-key'].body, ERRORS['key-without-permission'].body])
        expect(classify(status, body).status).not.to.be.oneOf([401, 403])
    }
    for (const { code } of FAULTS) expect(CODES[code].status).not.to.be.oneOf([401, 403])
  })

  it('quote the upstream where it says what is wrong with the request, without secrets or the names of accounts', () => {
    const told = classify(400, {
      error: { message: 'Bad value in org-abcdef123456 for key sk-proj-abcdefghijklmnop: temperature', type: 'invalid_request_error', param: 'temperature' },
    })
    expect(told.message)
      .to.contain('temperature')
      .and.not.to.match(/org-|sk-/)
    expect(told.param).to.equal('temperature')
    expect(classify(429, ERRORS['rate-limit'].body).message).not.to.contain('org-')
    expect(classify(422, ERRORS['validation-fastapi'].body).message).to.contain('body.max_tokens: Extra inputs are not permitted')
  })

  it('ask for one changed try where the model does not reason', () => {
    expect(classify(400, ERRORS['no-reasoning'].body).remedy).to.equal('drop-model-fields')
    expect(classify(400, ERRORS['bad-schema'].body).remedy).to.equal(undefined)
  })

  it('hint at when to come back: by header before words, dates too, and never for years', () => {
    const limited = { error: { message: 'Rate limit reached. Please try again in 20 seconds.', code: 'rate_limit_exceeded' } }
    expect(classify(429, limited).retryAfterMs).to.equal(20_000)
    expect(classify(429, limited, { 'retry-after': 'Sat, 21 Nov 2026 10:01:00 GMT' }).retryAfterMs).to.equal(60_000)
    expect(classify(429, limited, { 'retry-after-ms': '40', 'retry-after': '9' }).retryAfterMs).to.equal(40)
    expect(classify(429, {}, { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '6m0s' }).retryAfterMs).to.equal(360_000)
    expect(classify(429, {}, { 'retry-after': '99999999' }).retryAfterMs).to.equal(86_400_000)
    expect(classify(400, { error: 'x' }, { 'retry-after': '9' }).retryAfterMs, 'waiting mends no request').to.equal(undefined)
  })

  it('are understood inside a stream as before it', () => {
    expect(classify(0, { error: { message: 'x', code: 'server_is_overloaded' } }).code).to.equal('upstream_overloaded')
    expect(classify(0, { error: { message: 'Provider disconnected', code: 502 } }).code).to.equal('upstream_failed')
    expect(classify(0, ERRORS.context.body).code).to.equal('context_too_long')
  })

  it('have no row that can never be reached', () => {
    const reached = new Set<unknown>()
    for (const row of FAULTS) {
      const status = row.when?.statuses?.[0] ?? row.statuses?.[0] ?? 400
      const body =
        row.when?.html === true ? '<html>' : { error: { code: row.codes?.[0]?.replace('*', '.x'), message: row.when?.fragment ?? row.fragments?.[0] ?? '' } }
      if (classify(status, body).code === row.code) reached.add(row)
    }
    expect(FAULTS.filter(row => !reached.has(row))).to.deep.equal([])
  })
})

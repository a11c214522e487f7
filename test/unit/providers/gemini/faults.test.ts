import { expect } from 'chai'
import { CODES, type ErrorCode } from '../../../../core/index.ts'
import { durationInWords, durationMs, untilPacificMidnight } from '../../../../providers/gemini/durations.ts'
import { FAULTS } from '../../../../providers/gemini/fault-table.ts'
import { classifyGeminiChunk, classifyGeminiFailure } from '../../../../providers/gemini/faults.ts'
import { ERRORS, type ErrorName } from '../../../../providers/gemini/simulator/index.ts'

/** Noon in California, in summer. */
const NOON = Date.UTC(2026, 7, 1, 19)
const HOUR = 3_600_000

const fault = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  classifyGeminiFailure({ status, headers, body: typeof body === 'string' ? body : JSON.stringify(body), requestBytes: 10 }, NOON)

const ROWS: Readonly<Record<ErrorName, readonly [code: ErrorCode, waitMs?: number]>> = {
  'api-key-invalid': ['needs_login'],
  'api-key-expired': ['needs_login'],
  'api-key-leaked': ['account_suspended'],
  'key-blocked': ['not_entitled'],
  'consumer-suspended': ['account_suspended'],
  'service-disabled': ['not_entitled'],
  'permission-denied': ['not_entitled'],
  unauthenticated: ['token_rejected'],
  location: ['not_entitled'],
  billing: ['not_entitled'],
  'model-not-found': ['model_not_offered'],
  'too-many-tokens': ['context_too_long'],
  'payload-size': ['too_large'],
  'unknown-field': ['bad_request'],
  'response-count': ['bad_request'],
  'missing-signature': ['bad_request'],
  'bad-signature': ['bad_request'],
  'bad-image': ['bad_request'],
  'thinking-refused': ['bad_request'],
  'rate-per-minute': ['account_rate_limited', 34_075],
  'rate-per-minute-untold': ['account_rate_limited', 60_000],
  'rate-untold': ['account_rate_limited'],
  'rate-in-words': ['account_rate_limited', 900],
  'rate-reason': ['account_rate_limited', 12_000],
  'rate-reason-long': ['quota_exhausted', HOUR],
  'long-retry': ['quota_exhausted', 2 * HOUR],
  'quota-per-day': ['model_quota_exhausted', 12 * HOUR],
  'quota-reason': ['quota_exhausted', 3 * HOUR + 21 * 60_000 + 4_000],
  'no-allowance': ['model_not_offered', 30_000],
  'model-capacity': ['model_overloaded'],
  overloaded: ['model_overloaded'],
  internal: ['upstream_failed'],
  deadline: ['upstream_timeout'],
  cancelled: ['upstream_failed'],
  aborted: ['upstream_failed'],
}

describe('a refusal of the Gemini API', () => {
  for (const [name, [code, waitMs]] of Object.entries(ROWS)) {
    it(`means ${code} when it is ${name}, alone or in a list, as an answer or inside one`, () => {
      const { status, body } = ERRORS[name as ErrorName]
      for (const error of [fault(status, body), fault(status, [body]), classifyGeminiChunk(body as Record<string, unknown>, NOON)]) {
        expect(error.code).to.equal(code)
        expect(error.retryAfterMs).to.equal(waitMs)
        expect([401, 403], 'the client would throw its own key away').not.to.include(error.status)
      }
    })
  }

  it('asks for one more try without signatures where they are the matter', () => {
    expect(fault(400, ERRORS['missing-signature'].body).remedy).to.equal('drop-signatures')
    expect(fault(400, ERRORS['bad-signature'].body).remedy).to.equal('drop-signatures')
  })

  it('is read inside of a message that is JSON itself, as of another vendor behind', () => {
    const inner = JSON.stringify({ type: 'error', error: { type: 'invalid_request_error', message: 'prompt is too long: 210000 tokens > 200000 maximum' } })
    expect(fault(400, { error: { code: 400, status: 'INVALID_ARGUMENT', message: inner } }).code).to.equal('context_too_long')
  })

  it('is read from a damaged body', () => {
    const body =
      '{"error":{"code":429,,"status":\u00a0"RESOURCE_EXHAUSTED","message":"Quota exceeded","details":[{"quotaId":"GenerateRequestsPerDayPerProject"}]}}'
    expect(fault(429, body).code).to.equal('quota_exhausted')
  })

  it('takes the delay of the body before that of a header', () => {
    expect(fault(429, ERRORS['rate-reason'].body, { 'retry-after': '99' }).retryAfterMs).to.equal(12_000)
    expect(fault(429, ERRORS['rate-untold'].body, { 'retry-after': '99' }).retryAfterMs).to.equal(99_000)
    expect(fault(429, ERRORS['rate-untold'].body, { 'retry-after': new Date(NOON + 5_000).toUTCString() }).retryAfterMs).to.equal(5_000)
    expect(fault(429, ERRORS['rate-untold'].body, { 'retry-after': 'soon' }).retryAfterMs).to.equal(undefined)
    const stamped = {
      error: {
        code: 429,
        details: [{ '@type': 'x/google.rpc.ErrorInfo', reason: 'QUOTA_EXHAUSTED', metadata: { quotaResetTimeStamp: new Date(NOON + HOUR).toISOString() } }],
      },
    }
    expect(fault(429, stamped).retryAfterMs).to.equal(HOUR)
  })

  it('has a meaning by its status alone', () => {
    const expected: Readonly<Record<number, ErrorCode>> = {
      302: 'upstream_nonsense',
      400: 'bad_request',
      402: 'quota_exhausted',
      404: 'model_not_offered',
      408: 'upstream_timeout',
      413: 'too_large',
      418: 'bad_request',
      429: 'account_rate_limited',
      502: 'upstream_failed',
      503: 'model_overloaded',
      599: 'upstream_failed',
    }
    for (const [status, code] of Object.entries(expected))
      for (const body of ['', '<html></html>', 'null', '[]', '"x"', '{}']) expect(fault(Number(status), body).code, `${status} ${body}`).to.equal(code)
    expect(fault(403, '<html>Access denied</html>').code).to.equal('upstream_nonsense')
  })

  it('says by how much a prompt is too long, in the words that clients act upon', () => {
    const told = (message: string) => fault(400, { error: { code: 400, status: 'INVALID_ARGUMENT', message } }).message
    expect(told('The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).')).to.equal(
      'prompt is too long: 1200000 tokens > 1048576 maximum',
    )
    expect(told('The input token count exceeds the maximum number of tokens allowed 1048576.')).to.match(/^prompt is too long: the conversation/)
    const inner = 'input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000, decrease input length or `max_tokens` and try again'
    expect(told(JSON.stringify({ type: 'error', error: { type: 'invalid_request_error', message: inner } }))).to.equal(inner)
  })

  it('shows a client what is wrong with its request, without secrets and not without end, and nothing about the account', () => {
    for (const { status, body } of Object.values(ERRORS)) {
      const said = (body as { error: { message: string } }).error.message
      const { code, message } = fault(status, body)
      if (code === 'bad_request') expect(message).to.contain(said)
      else expect(message).not.to.contain(said.slice(0, 20))
    }
    const { message } = fault(400, {
      error: { code: 400, status: 'INVALID_ARGUMENT', message: `Odd value for AIza${'b'.repeat(35)} in project 123456789012. ${'x'.repeat(5_000)}` },
    })
    expect(message).to.contain('Odd value for').and.not.to.contain('bbbb').and.not.to.contain('123456789')
    expect(message.length).to.be.below(750)
  })

  it('has a row of the table for every refusal that is known, and each row says what to do', () => {
    const met = Object.values(ERRORS).map(({ status, body }) => fault(status, body).message)
    const byStatus = [402, 403, 408, 413].map(status => fault(status, status === 403 ? '<p>' : '').message)
    for (const row of FAULTS) {
      expect([...met, ...byStatus].some(message => message.startsWith(row.message)) || row.code === 'context_too_long', row.message).to.equal(true)
      expect(CODES[row.code]).to.be.an('object')
    }
  })
})

describe('durations as Google writes them', () => {
  it('are read in all their forms', () => {
    expect(['3s', '34.074824224s', '900ms', '477.2ms', '3h21m4s', '2m', '1h', '0s'].map(durationMs)).to.deep.equal([
      3_000,
      34_075,
      900,
      478,
      12_064_000,
      120_000,
      HOUR,
      0,
    ])
    expect(['', 's', '3', '3 s', '-3s', '3s4h'].map(durationMs)).to.deep.equal([undefined, undefined, undefined, undefined, undefined, undefined])
    expect(['please retry in 34.5s.', 'retry in 12ms', 'will reset after 3h21m4s', 'after 59s', 'after all'].map(durationInWords)).to.deep.equal([
      34_500,
      12,
      12_064_000,
      59_000,
      undefined,
    ])
  })

  it('know when it is midnight in California, on the two odd nights as well', () => {
    expect(untilPacificMidnight(NOON)).to.equal(12 * HOUR)
    // Clocks go back on 1 November 2026 and forward on 14 March 2027.
    expect(untilPacificMidnight(Date.UTC(2026, 10, 1, 7))).to.equal(25 * HOUR)
    expect(untilPacificMidnight(Date.UTC(2027, 2, 14, 8))).to.equal(23 * HOUR)
  })
})

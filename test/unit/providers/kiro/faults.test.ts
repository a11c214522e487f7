import { expect } from 'chai'
import fc from 'fast-check'
import { type ErrorCode, type GatewayError, GatewayError as GatewayErrorClass, type Remedy, type UpstreamFailure } from '../../../../core/index.ts'
import { FAULTS } from '../../../../providers/kiro/fault-table.ts'
import { classifyKiroException, classifyKiroFailure } from '../../../../providers/kiro/faults.ts'

interface Case {
  readonly status: number
  readonly reason?: string | null
  readonly message?: string
  readonly exception?: string
  readonly bytes?: number
  readonly code: ErrorCode
  readonly remedy?: Remedy
  readonly retryAfterMs?: number
  /** Only the HTTP status or size tells: a frame inside a stream has neither. */
  readonly httpOnly?: true
}

const TEN_MINUTES = 600_000
const ACCOUNT = 'd-1234567890.00112233-4455'

const CASES: readonly Case[] = [
  { status: 400, reason: null, message: 'Improperly formed request.', exception: 'ValidationException', code: 'bad_request' },
  { status: 400, reason: null, message: 'Improperly formed request.', bytes: 600_001, code: 'context_too_long', httpOnly: true },
  {
    status: 400,
    reason: 'REQUEST_BODY_INVALID',
    message: 'Improperly formed request.',
    bytes: 700_000,
    code: 'context_too_long',
    httpOnly: true,
  },
  { status: 400, reason: 'REQUEST_BODY_INVALID', message: 'Invalid tool use format.', bytes: 700_000, code: 'bad_request' },
  { status: 400, reason: 'REQUEST_BODY_INVALID', message: 'Improperly formed request.', code: 'bad_request' },
  { status: 400, message: 'Invalid tool use format.', code: 'bad_request' },
  { status: 400, reason: 'TOOL_USE_RESULT_MISMATCH', code: 'bad_request' },
  { status: 400, message: '`tool_use` ids were found without `tool_result` blocks immediately after: x', code: 'bad_request' },
  { status: 400, message: 'Expected toolResult blocks at messages.2', code: 'bad_request' },
  { status: 400, reason: 'TOOL_SCHEMA_INVALID', code: 'bad_request' },
  { status: 400, message: 'toolConfig.tools.27.toolSpec.inputSchema.json.type must be one of the following: object', code: 'bad_request' },
  { status: 400, reason: 'THINKING_SIGNATURE_INVALID', code: 'bad_request', remedy: 'drop-signatures' },
  { status: 400, message: 'messages.1: Invalid `signature` in `thinking` block', code: 'bad_request', remedy: 'drop-signatures' },
  { status: 400, reason: 'IMAGE_MIME_MISMATCH', code: 'bad_request' },
  { status: 400, message: 'image exceeds 5 MB maximum', code: 'bad_request' },
  { status: 400, message: 'exceed max allowed size for many-image requests: 2000 pixels', code: 'bad_request' },
  { status: 400, reason: 'CONTENT_LENGTH_EXCEEDS_THRESHOLD', message: 'Input is too long.', code: 'context_too_long' },
  { status: 400, message: 'Input is too long.', code: 'context_too_long' },
  { status: 400, exception: 'ContentLengthExceededException', code: 'context_too_long' },
  { status: 400, reason: 'INVALID_MODEL_ID', code: 'model_not_offered' },
  { status: 400, message: 'Invalid model. Please select a different model to continue.', code: 'model_not_offered' },
  {
    status: 400,
    message: 'additionalModelRequestFields is not supported for this model',
    code: 'bad_request',
    remedy: 'drop-model-fields',
  },
  { status: 400, message: 'Invalid additionalModelRequestFields', code: 'bad_request', remedy: 'drop-model-fields' },
  {
    status: 400,
    reason: null,
    message: 'profileArn is required for this request.',
    code: 'not_entitled',
    remedy: 'resolve-profile',
    retryAfterMs: TEN_MINUTES,
  },
  { status: 400, reason: 'INVALID_CONVERSATION_ID', code: 'upstream_failed', remedy: 'new-conversation' },
  {
    status: 400,
    reason: 'CONVERSATION_LIMIT_EXCEEDED',
    exception: 'ServiceQuotaExceededException',
    code: 'upstream_failed',
    remedy: 'new-conversation',
  },
  { status: 400, reason: 'INVALID_KMS_GRANT', code: 'not_entitled', retryAfterMs: TEN_MINUTES },
  { status: 402, reason: 'MONTHLY_REQUEST_COUNT', message: 'You have reached the limit.', code: 'quota_exhausted' },
  { status: 400, reason: 'MONTHLY_REQUEST_COUNT', code: 'quota_exhausted' },
  { status: 429, reason: 'MONTHLY_REQUEST_COUNT', exception: 'ThrottlingException', code: 'quota_exhausted' },
  { status: 429, reason: 'DAILY_REQUEST_COUNT', code: 'quota_exhausted' },
  { status: 400, reason: 'OVERAGE_REQUEST_LIMIT_EXCEEDED', code: 'quota_exhausted' },
  { status: 400, message: 'Maximum Request reached for this month.', exception: 'ThrottlingException', code: 'quota_exhausted' },
  { status: 400, message: 'You have reached the limit.', code: 'quota_exhausted' },
  { status: 400, exception: 'ServiceQuotaExceededException', code: 'quota_exhausted' },
  { status: 402, code: 'quota_exhausted', httpOnly: true },
  { status: 401, code: 'token_rejected', remedy: 'refresh-token', httpOnly: true },
  { status: 401, exception: 'UnauthorizedException', code: 'token_rejected', remedy: 'refresh-token' },
  {
    status: 403,
    message: 'The bearer token included in the request is invalid.',
    exception: 'AccessDeniedException',
    code: 'token_rejected',
    remedy: 'refresh-token',
  },
  { status: 403, message: 'Invalid token', exception: 'AccessDeniedException', code: 'token_rejected', remedy: 'refresh-token' },
  {
    status: 403,
    message: 'User is not authorized to make this call.',
    code: 'not_entitled',
    remedy: 'resolve-profile',
    retryAfterMs: TEN_MINUTES,
  },
  { status: 403, exception: 'AccessDeniedException', code: 'not_entitled', remedy: 'resolve-profile', retryAfterMs: TEN_MINUTES },
  { status: 403, code: 'not_entitled', remedy: 'resolve-profile', retryAfterMs: TEN_MINUTES, httpOnly: true },
  { status: 403, reason: 'TEMPORARILY_SUSPENDED', exception: 'AccessDeniedException', code: 'account_suspended' },
  {
    status: 403,
    message: `Your User ID (${ACCOUNT}) temporarily is suspended. We've locked your account as a security precaution.`,
    code: 'account_suspended',
  },
  { status: 403, reason: 'FEATURE_NOT_SUPPORTED', code: 'feature_not_offered' },
  { status: 403, reason: 'UNAUTHORIZED_WORKSPACE_CONTEXT_FEATURE_ACCESS', code: 'feature_not_offered' },
  { status: 404, code: 'lane_unavailable', httpOnly: true },
  { status: 405, code: 'lane_unavailable', httpOnly: true },
  { status: 404, exception: 'UnknownOperationException', code: 'lane_unavailable' },
  { status: 413, code: 'too_large', httpOnly: true },
  { status: 400, message: 'Failed to buffer the request body: length limit exceeded', code: 'too_large' },
  { status: 429, reason: 'INSUFFICIENT_MODEL_CAPACITY', exception: 'ThrottlingException', code: 'model_overloaded' },
  { status: 429, reason: 'INSUFFICIENT_THROUGHPUT', code: 'model_overloaded' },
  { status: 429, message: 'I am experiencing high traffic, please try again shortly.', code: 'model_overloaded' },
  { status: 500, reason: 'MODEL_TEMPORARILY_UNAVAILABLE', code: 'model_overloaded' },
  { status: 429, reason: 'USER_REQUEST_RATE_EXCEEDED', code: 'account_rate_limited' },
  { status: 429, message: 'Too many requests, please wait before trying again.', code: 'account_rate_limited' },
  { status: 400, exception: 'ThrottlingException', code: 'account_rate_limited' },
  { status: 429, code: 'account_rate_limited', httpOnly: true },
  {
    status: 429,
    reason: null,
    message: `Due to suspicious activity, we are imposing temporary limits on how frequently your account (${ACCOUNT}) can send a request to Kiro while we investigate.`,
    exception: 'ThrottlingException',
    code: 'account_suspicious',
    retryAfterMs: 1_800_000,
  },
  {
    status: 500,
    message: 'Encountered unexpectedly high load when processing the request, please try again.',
    exception: 'InternalServerException',
    code: 'upstream_overloaded',
  },
  { status: 503, exception: 'ServiceUnavailableException', code: 'upstream_overloaded' },
  { status: 500, exception: 'InternalServerException', code: 'upstream_failed' },
  { status: 200, reason: 'INVALID_TASK_ASSIST_PLAN', code: 'upstream_failed' },
  { status: 408, code: 'upstream_timeout', httpOnly: true },
  { status: 422, code: 'bad_request', httpOnly: true },
  { status: 302, code: 'upstream_nonsense', httpOnly: true },
  { status: 204, code: 'upstream_nonsense', httpOnly: true },
]

function failure(changes: Partial<UpstreamFailure>): UpstreamFailure {
  return { status: 400, headers: {}, body: '', requestBytes: 0, ...changes }
}

const titleOf = ({ status, reason, message, exception, bytes }: Case) =>
  [status, exception, reason, message?.slice(0, 60), bytes].filter(part => part !== undefined && part !== null).join(' · ')

function check(error: GatewayError, expected: Case): void {
  expect(error.code).to.equal(expected.code)
  expect(error.remedy).to.equal(expected.remedy)
  expect(error.retryAfterMs).to.equal(expected.retryAfterMs)
  expect(error.message).to.not.include(ACCOUNT)
  if (expected.code === 'context_too_long') expect(error.message).to.match(/^prompt is too long/)
}

describe('kiro faults: what each refusal means', () => {
  for (const row of CASES) {
    const body = JSON.stringify({ ...(row.message === undefined ? {} : { message: row.message }), reason: row.reason ?? null })

    it(`${titleOf(row)} is ${row.code}`, () => {
      const headers: Record<string, string> =
        row.exception === undefined ? {} : { 'x-amzn-errortype': `com.amazon.aws.codewhisperer#${row.exception}:http://internal.amazon.com/x` }
      const error = classifyKiroFailure(failure({ status: row.status, headers, body, requestBytes: row.bytes ?? 0 }))
      check(error, row)
      expect(error.reason).to.equal(row.reason ?? row.exception)
      if (row.exception !== undefined) {
        const named = JSON.stringify({ ...JSON.parse(body), __type: `com.amazon.aws.codewhisperer#${row.exception}` })
        check(classifyKiroFailure(failure({ status: row.status, body: named, requestBytes: row.bytes ?? 0 })), row)
      }
    })

    if (row.httpOnly === undefined) {
      it(`${titleOf(row)} is ${row.code} inside a stream, too`, () => {
        check(classifyKiroException(row.exception, body), row)
      })
    }
  }

  it('has a case for every row of the table', () => {
    const reached = new Set(
      CASES.map(row => {
        const body = JSON.stringify({ message: row.message, reason: row.reason, __type: row.exception })
        return classifyKiroFailure(failure({ status: row.status, body, requestBytes: row.bytes ?? 0 })).message
      }),
    )
    for (const row of FAULTS) if (!row.when?.html) expect(reached).to.include(row.message)
  })
})

describe('kiro faults: shapes of bodies', () => {
  const html = '<!DOCTYPE html><html><body><h1>Too many requests</h1> suspended</body></html>'

  it('reads web pages by their status alone', () => {
    const codes = [502, 504, 524, 503, 429, 403, 400, 500].map(status => classifyKiroFailure(failure({ status, body: html })).code)
    expect(codes).to.deep.equal([
      'upstream_failed',
      'upstream_failed',
      'upstream_failed',
      'upstream_overloaded',
      'account_rate_limited',
      'lane_unavailable',
      'lane_unavailable',
      'upstream_failed',
    ])
  })

  it('reads empty and broken bodies by their status', () => {
    for (const body of ['', ' ', '{', '{"message":', '[]', 'null', '"x"', '\u0000\uffff']) {
      expect(classifyKiroFailure(failure({ status: 500, body })).code, body).to.equal('upstream_failed')
      expect(classifyKiroException(undefined, body).code, body).to.equal('upstream_failed')
    }
  })

  it('reads a capital Message, nested errors, plain text and OAuth bodies', () => {
    const codeOf = (body: string) => classifyKiroFailure(failure({ body })).code
    expect(codeOf('{"Message":"Input is too long."}')).to.equal('context_too_long')
    expect(codeOf('{"error":{"reason":"INVALID_MODEL_ID"}}')).to.equal('model_not_offered')
    expect(codeOf('Failed to buffer the request body: length limit exceeded')).to.equal('too_large')
    expect(codeOf('{"error":"UnauthorizedException","error_description":"x"}')).to.equal('token_rejected')
    expect(classifyKiroException('ThrottlingException', '{"ThrottlingException":{"reason":"DAILY_REQUEST_COUNT"}}').code).to.equal('quota_exhausted')
  })

  it('reads a status where an error frame has one for its code', () => {
    expect(classifyKiroException('503', '').code).to.equal('upstream_overloaded')
    expect(classifyKiroException('InternalFailure', 'Too many requests').code).to.equal('account_rate_limited')
  })

  it('tells a broken tool from a broken request where the reason is the same', () => {
    const messageOf = (message: string) => classifyKiroFailure(failure({ body: JSON.stringify({ reason: 'REQUEST_BODY_INVALID', message }) })).message
    expect(messageOf('Invalid tool use format.')).to.match(/tool definition/)
    expect(messageOf('Improperly formed request.')).to.match(/malformed/)
  })

  it('keeps only words as reasons, never sentences', () => {
    expect(classifyKiroFailure(failure({ body: `{"reason":"the account ${ACCOUNT}"}` })).reason).to.equal(undefined)
    expect(classifyKiroFailure(failure({ body: '{"reason":"Something_New"}' })).reason).to.equal('SOMETHING_NEW')
  })

  it('makes an error of any body that says nothing of it', () => {
    const marker = 'zq7XJk'
    const marked = fc.string().map(text => `${marker}${text}`)
    const body = fc.oneof(
      marked,
      fc.record({ message: marked, reason: marked, __type: marked }, { requiredKeys: [] }).map(value => JSON.stringify(value)),
      fc.jsonValue().map(value => JSON.stringify(value)),
    )
    fc.assert(
      fc.property(body, fc.integer({ min: 0, max: 599 }), marked, (text, status, name) => {
        for (const error of [classifyKiroFailure(failure({ status, body: text, headers: { 'x-amzn-errortype': name } })), classifyKiroException(name, text)]) {
          expect(GatewayErrorClass.is(error)).to.equal(true)
          expect(error.message).to.not.include(marker)
          expect(error.message).to.match(/^[\x20-\x7e]{20,}$/)
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('kiro faults: how long to wait', () => {
  const now = Date.parse('2026-11-01T12:00:00Z')
  const waitOf = (hint: string, changes: Partial<UpstreamFailure> = {}) =>
    classifyKiroFailure(failure({ status: 429, headers: { 'retry-after': hint }, ...changes }), now).retryAfterMs

  it('reads seconds and dates', () => {
    expect(waitOf('30')).to.equal(30_000)
    expect(waitOf(' 1.5 ')).to.equal(1500)
    expect(waitOf('Sun, 01 Nov 2026 12:01:00 GMT')).to.equal(60_000)
  })

  it('ignores what is past or no time at all', () => {
    for (const hint of ['', '0', '-5', 'soon', 'Sun, 01 Nov 2026 11:00:00 GMT', '9'.repeat(400)]) expect(waitOf(hint), hint).to.equal(undefined)
  })

  it('believes no more than an hour, except of quota', () => {
    expect(waitOf('7200')).to.equal(3_600_000)
    expect(waitOf('7200', { body: '{"reason":"DAILY_REQUEST_COUNT"}' })).to.equal(7_200_000)
  })

  it('waits half an hour after suspicion, longer if told so', () => {
    const body = '{"message":"Due to suspicious activity, we are imposing temporary limits"}'
    expect(waitOf('5', { body })).to.equal(1_800_000)
    expect(waitOf('3000', { body })).to.equal(3_000_000)
  })

  it('asks for no wait where waiting mends nothing', () => {
    expect(waitOf('30', { status: 400, body: '{"message":"Improperly formed request."}' })).to.equal(undefined)
  })
})

import { expect } from 'chai'
import { CODES } from '../../../../core/index.ts'
import { FAULTS, FAULTS_BY_CLASS, type FaultRow } from '../../../../providers/anthropic-compatible/fault-table.ts'
import { classifyAnthropicEvent, classifyAnthropicFailure } from '../../../../providers/anthropic-compatible/faults.ts'
import { ERRORS, type ErrorName, errorBody } from '../../../../providers/anthropic-compatible/simulator/error-catalogue.ts'

const NOW = Date.UTC(2026, 10, 21)

function classified(status: number, body: string, headers: Readonly<Record<string, string>> = {}) {
  return classifyAnthropicFailure({ status, body, headers, requestBytes: 100 }, NOW)
}

function refusedWith(name: ErrorName) {
  const error: { status: number; type: string; message: string; headers?: Record<string, string>; html?: string } = ERRORS[name]
  return classified(error.status, error.html ?? JSON.stringify(errorBody(error)), error.headers)
}

const EXPECTED: Readonly<Record<ErrorName, string>> = {
  'invalid-request': 'bad_request',
  'prompt-too-long': 'context_too_long',
  'exceeds-context': 'context_too_long',
  'credit-too-low': 'quota_exhausted',
  'invalid-signature': 'bad_request',
  'thinking-modified': 'bad_request',
  'thinking-expected': 'bad_request',
  'organization-disabled': 'account_suspended',
  'invalid-key': 'token_rejected',
  billing: 'quota_exhausted',
  permission: 'not_entitled',
  'model-not-found': 'model_not_offered',
  conflict: 'upstream_failed',
  'too-large': 'too_large',
  'rate-limited': 'account_rate_limited',
  'rate-limited-unhinted': 'account_rate_limited',
  'usage-limit': 'quota_exhausted',
  internal: 'upstream_failed',
  unavailable: 'upstream_failed',
  timeout: 'upstream_timeout',
  overloaded: 'model_overloaded',
  challenge: 'lane_unavailable',
  'no-such-path': 'lane_unavailable',
}

describe('anthropic-compatible faults', () => {
  for (const [name, code] of Object.entries(EXPECTED)) {
    it(`reads "${name}" as ${code}`, () => expect(refusedWith(name as ErrorName).code).to.equal(code))
  }

  describe('each row of the table', () => {
    const samples = FAULTS.flatMap((row, index) => [
      ...(row.fragments ?? []).map(fragment => ({
        row,
        index,
        key: [fragment].flat().join(' … '),
        status: statusOf(row),
        type: row.when?.types?.[0] ?? 'unheard_of_error',
        message: `Sorry: ${[fragment].flat().join(' and ')}.`,
      })),
      ...(row.types ?? []).map(type => ({ row, index, key: type, status: statusOf(row), type, message: 'Sorry.' })),
      ...(row.statuses ?? []).map(status => ({ row, index, key: String(status), status, type: 'unheard_of_error', message: 'Sorry.' })),
    ])
    for (const { row, index, key, status, type, message } of samples) {
      it(`row ${index + 1}, "${key}" → ${row.code}`, () => {
        const error = row.when?.stranger ? classified(status, '<html>') : classified(status, JSON.stringify({ type: 'error', error: { type, message } }))
        expect(error).to.include({
          code: row.code,
          ...(row.remedy === undefined ? {} : { remedy: row.remedy }),
          ...(row.param === undefined ? {} : { param: row.param }),
        })
        expect(error.message.startsWith(row.quotes && !row.when?.stranger ? message : row.message)).to.equal(true)
        if (row.retryAfterMs !== undefined) expect(error.retryAfterMs).to.equal(row.retryAfterMs)
      })
    }
  })

  it('goes by the status where no row says better', () => {
    for (const [hundreds, row] of Object.entries(FAULTS_BY_CLASS))
      expect(classified(Number(hundreds) * 100 + 18, '{"error":{"type":"x","message":"y"}}').code).to.equal(row.code)
    expect(classified(599, '').code).to.equal('upstream_failed')
  })

  it('never answers a client with the refusal of somebody else’s key', () => {
    for (const { status, code } of [
      { status: 401, code: 'token_rejected' },
      { status: 403, code: 'not_entitled' },
    ] as const) {
      const error = classified(status, '')
      if (status === 401) expect(error.code).to.equal(code)
      expect(CODES[error.code].status).to.equal(502)
    }
  })

  it('says in figures how much too long a prompt is', () => {
    expect(refusedWith('prompt-too-long').message).to.equal('prompt is too long: 205000 tokens > 200000 maximum')
    expect(classified(400, '{"error":{"type":"x","message":"maximum context length is 100 tokens, however you sent 200 tokens > 100"}}').message).to.equal(
      'prompt is too long: 200 tokens > 100 maximum',
    )
  })

  it('hands on what the API says of a request to the letter: clients act upon its words', () => {
    for (const name of ['prompt-too-long', 'exceeds-context', 'invalid-request', 'invalid-signature', 'thinking-modified', 'thinking-expected'] as const)
      expect(refusedWith(name).message, name).to.equal(ERRORS[name].message)
    const long = `messages.0.content.0.user_location: ${'no '.repeat(400)}`
    expect(classified(400, JSON.stringify(errorBody({ type: 'invalid_request_error', message: long }))).message).to.equal(long)
    const named = JSON.stringify(errorBody({ type: 'invalid_request_error', message: 'refused for org-0a1b2c3d4e5f and user_01AbCdEf' }))
    expect(classified(400, named).message).to.equal('refused for […] and […]')
    expect(classified(400, JSON.stringify(errorBody({ type: 'invalid_request_error', message: '' }))).message).to.contain('without saying why')
  })

  it('quotes what is wrong with a request, without secrets, and names the field', () => {
    const error = classified(
      400,
      JSON.stringify(errorBody({ type: 'invalid_request_error', message: `messages.3.content.0: no, sk-ant-${'a1'.repeat(20)} is wrong` })),
    )
    expect(error).to.include({ code: 'bad_request', param: 'messages.3.content.0' })
    expect(error.message).to.contain('messages.3.content.0: no').and.not.to.contain('a1a1a1')
  })

  it('asks for another try without signatures', () => {
    for (const name of ['invalid-signature', 'thinking-modified', 'thinking-expected'] as const) expect(refusedWith(name).remedy).to.equal('drop-signatures')
  })

  it('waits as long as the upstream says, in seconds, as a date, or by its limits', () => {
    expect(refusedWith('rate-limited').retryAfterMs).to.equal(17_000)
    expect(classified(429, '', { 'retry-after': new Date(NOW + 90_000).toUTCString() }).retryAfterMs).to.equal(90_000)
    const limits = {
      'anthropic-ratelimit-requests-limit': '50',
      'anthropic-ratelimit-requests-remaining': '0',
      'anthropic-ratelimit-requests-reset': new Date(NOW + 30_000).toISOString(),
      'anthropic-ratelimit-tokens-limit': '1000',
      'anthropic-ratelimit-tokens-remaining': '10',
      'anthropic-ratelimit-tokens-reset': new Date(NOW + 3_000_000).toISOString(),
    }
    expect(classified(429, '', limits).retryAfterMs).to.equal(30_000)
  })

  it('takes a spending limit with a time to come back at for a rate limit', () => {
    expect(classified(429, JSON.stringify(errorBody(ERRORS['usage-limit'])), { 'retry-after': '60' })).to.include({
      code: 'account_rate_limited',
      retryAfterMs: 60_000,
    })
  })

  it('believes no hint for ever, and gives none for a request that waiting does not mend', () => {
    expect(classified(429, '', { 'retry-after': '99999999' }).retryAfterMs).to.equal(86_400_000)
    expect(classified(400, JSON.stringify(errorBody(ERRORS['prompt-too-long'])), { 'retry-after': '5' }).retryAfterMs).to.equal(undefined)
  })

  it('reads what relays make of an error', () => {
    expect(classified(400, '{"error":"prompt is too long"}').code).to.equal('context_too_long')
    expect(classified(400, '{"message":"Your credit balance is too low"}').code).to.equal('quota_exhausted')
    expect(classified(500, JSON.stringify({ error: { type: 'api_error', message: JSON.stringify(errorBody(ERRORS['prompt-too-long'])) } })).code).to.equal(
      'context_too_long',
    )
    expect(classified(400, JSON.stringify({ error: { message: JSON.stringify(errorBody(ERRORS['prompt-too-long'])) } })).code).to.equal('context_too_long')
  })

  it('reads errors inside a stream', () => {
    const inside = (name: ErrorName) => classifyAnthropicEvent(JSON.stringify(errorBody(ERRORS[name]))).code
    expect([inside('overloaded'), inside('internal'), inside('rate-limited'), inside('prompt-too-long'), inside('invalid-key')]).to.deep.equal([
      'model_overloaded',
      'upstream_failed',
      'account_rate_limited',
      'context_too_long',
      'token_rejected',
    ])
    expect(classifyAnthropicEvent('nonsense').code).to.equal('upstream_failed')
  })
})

function statusOf({ when, statuses }: FaultRow): number {
  return when?.statuses?.find(status => status >= 400) ?? statuses?.[0] ?? 418
}

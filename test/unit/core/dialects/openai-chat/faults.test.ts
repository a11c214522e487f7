import { expect } from 'chai'
import { openaiChat } from '../../../../../core/dialects/openai-chat/index.ts'
import { CODES, type ErrorCode, GatewayError } from '../../../../../core/index.ts'

describe('faults for OpenAI clients', () => {
  // `reliability.md` §3.1
  for (const [code, status, type, word] of [
    ['bad_request', 400, 'invalid_request_error', null],
    ['context_too_long', 400, 'invalid_request_error', 'context_length_exceeded'],
    ['unauthorized', 401, 'invalid_request_error', 'invalid_api_key'],
    ['forbidden', 403, 'permission_error', null],
    ['not_found', 404, 'invalid_request_error', null],
    ['model_not_found', 404, 'invalid_request_error', 'model_not_found'],
    ['method_not_allowed', 405, 'invalid_request_error', null],
    ['too_large', 413, 'invalid_request_error', 'request_too_large'],
    ['unsupported_media', 415, 'invalid_request_error', null],
    ['rate_limited', 429, 'rate_limit_error', 'rate_limit_exceeded'],
    ['all_cooling', 429, 'rate_limit_error', 'rate_limit_exceeded'],
    ['all_exhausted', 429, 'insufficient_quota', 'insufficient_quota'],
    ['quota_exhausted', 429, 'insufficient_quota', 'insufficient_quota'],
    ['model_overloaded', 503, 'server_error', 'server_is_overloaded'],
    ['no_account', 503, 'server_error', 'no_account'],
    ['draining', 503, 'server_error', 'draining'],
    ['store_unavailable', 503, 'server_error', 'store_unavailable'],
    ['upstream_unreachable', 502, 'server_error', 'upstream_error'],
    ['upstream_nonsense', 502, 'server_error', 'upstream_error'],
    ['upstream_timeout', 504, 'server_error', 'upstream_timeout'],
    ['internal', 500, 'server_error', 'internal_error'],
  ] as const) {
    it(`tell ${code} as ${status} ${type} ${word ?? ''}`, () => {
      const answer = openaiChat.fault(new GatewayError(code, 'thing, reason, remedy', { param: 'model' }), 'req_1')
      expect(answer).to.deep.equal({ status, body: { error: { message: 'thing, reason, remedy', type, param: 'model', code: word } } })
    })
  }

  it('have all four members for every code there is', () => {
    for (const code of Object.keys(CODES) as ErrorCode[]) {
      const { body } = openaiChat.fault(new GatewayError(code, 'm'), 'req_1') as { body: { error: object } }
      expect(body.error).to.have.all.keys('message', 'type', 'param', 'code')
    }
  })
})

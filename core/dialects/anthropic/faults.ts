import type { FaultAnswer } from '../../contract/dialect.ts'
import type { ErrorCode } from '../../errors/codes.ts'
import type { GatewayError } from '../../errors/gateway-error.ts'

/** Status and word of each code where it differs from the default `api_error` with the code's own status (`reliability.md` §3.1). */
const WORDS: Readonly<Partial<Record<ErrorCode, { readonly type: string; readonly status?: number }>>> = {
  bad_request: { type: 'invalid_request_error' },
  context_too_long: { type: 'invalid_request_error' },
  unsupported: { type: 'invalid_request_error' },
  unauthorized: { type: 'authentication_error' },
  forbidden: { type: 'permission_error' },
  not_found: { type: 'not_found_error' },
  model_not_found: { type: 'not_found_error' },
  model_not_offered: { type: 'not_found_error' },
  method_not_allowed: { type: 'invalid_request_error' },
  too_large: { type: 'request_too_large' },
  unsupported_media: { type: 'invalid_request_error' },
  rate_limited: { type: 'rate_limit_error' },
  account_rate_limited: { type: 'rate_limit_error' },
  account_suspicious: { type: 'rate_limit_error' },
  quota_exhausted: { type: 'rate_limit_error' },
  model_quota_exhausted: { type: 'rate_limit_error' },
  all_cooling: { type: 'rate_limit_error' },
  all_exhausted: { type: 'rate_limit_error' },
  model_overloaded: { type: 'overloaded_error', status: 529 },
  upstream_overloaded: { type: 'overloaded_error', status: 529 },
  draining: { type: 'overloaded_error' },
  overloaded: { type: 'overloaded_error' },
  upstream_timeout: { type: 'timeout_error' },
}

/** `{"type":"error",…}` for an error, before a stream and inside it. */
export function errorBody(error: GatewayError, requestId: string): unknown {
  return {
    type: 'error',
    error: { type: WORDS[error.code]?.type ?? 'api_error', message: error.message },
    request_id: requestId,
  }
}

export function fault(error: GatewayError, requestId: string): FaultAnswer {
  return { status: WORDS[error.code]?.status ?? error.status, body: errorBody(error, requestId) }
}

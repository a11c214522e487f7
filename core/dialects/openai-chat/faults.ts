import type { FaultAnswer } from '../../contract/dialect.ts'
import type { ErrorCode } from '../../errors/codes.ts'
import type { GatewayError } from '../../errors/gateway-error.ts'

interface Words {
  readonly type: string
  readonly code: string | null
}

/** Type and code of each error where they differ from `server_error` / `upstream_error` (`reliability.md` §3.1). */
const WORDS: Readonly<Partial<Record<ErrorCode, Words>>> = {
  bad_request: { type: 'invalid_request_error', code: null },
  unsupported: { type: 'invalid_request_error', code: 'unsupported_value' },
  context_too_long: { type: 'invalid_request_error', code: 'context_length_exceeded' },
  unauthorized: { type: 'invalid_request_error', code: 'invalid_api_key' },
  forbidden: { type: 'permission_error', code: null },
  not_found: { type: 'invalid_request_error', code: null },
  model_not_found: { type: 'invalid_request_error', code: 'model_not_found' },
  model_not_offered: { type: 'invalid_request_error', code: 'model_not_found' },
  method_not_allowed: { type: 'invalid_request_error', code: null },
  too_large: { type: 'invalid_request_error', code: 'request_too_large' },
  unsupported_media: { type: 'invalid_request_error', code: null },
  rate_limited: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  account_rate_limited: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  account_suspicious: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  all_cooling: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  quota_exhausted: { type: 'insufficient_quota', code: 'insufficient_quota' },
  model_quota_exhausted: { type: 'insufficient_quota', code: 'insufficient_quota' },
  all_exhausted: { type: 'insufficient_quota', code: 'insufficient_quota' },
  model_overloaded: { type: 'server_error', code: 'server_is_overloaded' },
  upstream_overloaded: { type: 'server_error', code: 'server_is_overloaded' },
  upstream_timeout: { type: 'server_error', code: 'upstream_timeout' },
  no_account: { type: 'server_error', code: 'no_account' },
  needs_login: { type: 'server_error', code: 'no_account' },
  draining: { type: 'server_error', code: 'draining' },
  overloaded: { type: 'server_error', code: 'server_is_overloaded' },
  store_unavailable: { type: 'server_error', code: 'store_unavailable' },
  internal: { type: 'server_error', code: 'internal_error' },
}

/** `{"error":{…}}` with all four members, as strict clients expect them. */
export function errorBody(error: GatewayError): unknown {
  const { type, code } = WORDS[error.code] ?? { type: 'server_error', code: 'upstream_error' }
  return { error: { message: error.message, type, param: error.param ?? null, code } }
}

export function fault(error: GatewayError): FaultAnswer {
  return { status: error.status, body: errorBody(error) }
}

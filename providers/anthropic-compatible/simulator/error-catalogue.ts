/** A refusal of the imitated service (`providers.md` §7.4). */
export interface UpstreamError {
  readonly status: number
  readonly type: string
  readonly message: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent instead of the JSON form. */
  readonly html?: string
}

export const ERRORS = {
  'invalid-request': { status: 400, type: 'invalid_request_error', message: 'messages.0.content.0: Input should be a valid dictionary' },
  'prompt-too-long': { status: 400, type: 'invalid_request_error', message: 'prompt is too long: 205000 tokens > 200000 maximum' },
  'exceeds-context': {
    status: 400,
    type: 'invalid_request_error',
    message: 'input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000, decrease input length or `max_tokens` and try again',
  },
  'credit-too-low': {
    status: 400,
    type: 'invalid_request_error',
    message: 'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
  },
  'invalid-signature': { status: 400, type: 'invalid_request_error', message: 'messages.1.content.0: Invalid `signature` in `thinking` block' },
  'thinking-modified': {
    status: 400,
    type: 'invalid_request_error',
    message: 'messages.1.content.0: `thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified',
  },
  'thinking-expected': {
    status: 400,
    type: 'invalid_request_error',
    message: 'messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`',
  },
  'organization-disabled': { status: 400, type: 'invalid_request_error', message: 'This organization has been disabled.' },
  'invalid-key': { status: 401, type: 'authentication_error', message: 'invalid x-api-key' },
  billing: { status: 402, type: 'billing_error', message: 'There is an issue with your billing.' },
  permission: { status: 403, type: 'permission_error', message: 'Your API key does not have permission to use the specified resource.' },
  'model-not-found': { status: 404, type: 'not_found_error', message: 'model: claude-nothing-9' },
  conflict: { status: 409, type: 'conflict_error', message: 'The request conflicts with the state of the resource.' },
  'too-large': { status: 413, type: 'request_too_large', message: 'Request exceeds the maximum size' },
  'rate-limited': {
    status: 429,
    type: 'rate_limit_error',
    message: "This request would exceed your organization's rate limit of 50 requests per minute.",
    headers: { 'retry-after': '17' },
  },
  'rate-limited-unhinted': { status: 429, type: 'rate_limit_error', message: "This request would exceed your organization's rate limit." },
  'usage-limit': {
    status: 429,
    type: 'rate_limit_error',
    message: 'You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.',
  },
  internal: { status: 500, type: 'api_error', message: 'Internal server error' },
  unavailable: { status: 503, type: 'api_error', message: 'Service unavailable' },
  timeout: { status: 504, type: 'timeout_error', message: 'Request timed out' },
  overloaded: { status: 529, type: 'overloaded_error', message: 'Overloaded' },
  challenge: { status: 403, type: '', message: '', html: '<!DOCTYPE html><title>Just a moment...</title>' },
  'no-such-path': { status: 404, type: '', message: '', html: '<html><h1>404 Not Found</h1></html>' },
} as const satisfies Record<string, UpstreamError>

export type ErrorName = keyof typeof ERRORS

export function isErrorName(name: string): name is ErrorName {
  return Object.hasOwn(ERRORS, name)
}

export function errorBody({ type, message }: Pick<UpstreamError, 'type' | 'message'>): {
  readonly type: 'error'
  readonly error: { readonly type: string; readonly message: string }
  readonly request_id: string
} {
  return { type: 'error', error: { type, message }, request_id: 'req_simulated' }
}

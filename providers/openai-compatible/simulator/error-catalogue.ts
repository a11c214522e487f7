/** An answer that is a refusal, as services send it (`providers.md` §5.3, §6.6). */
export interface CataloguedError {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Text is sent as it is. */
  readonly body: unknown
}

const openai = (message: string, type: string, code: string | null) => ({ error: { message, type, param: null, code } })

export const ERRORS = {
  'invalid-key': {
    status: 401,
    body: openai(
      'Incorrect API key provided: sk-simul******0001. You can find your API key at https://example.invalid.',
      'invalid_request_error',
      'invalid_api_key',
    ),
  },
  'key-without-permission': { status: 403, body: openai('You have insufficient permissions for this operation.', 'permission_error', null) },
  country: { status: 403, body: openai('Country, region, or territory not supported', 'request_forbidden', 'unsupported_country_region_territory') },
  deactivated: {
    status: 403,
    body: openai('The OpenAI account associated with this API key has been deactivated.', 'invalid_request_error', 'account_deactivated'),
  },
  'rate-limit': {
    status: 429,
    headers: { 'retry-after': '7', 'x-ratelimit-limit-requests': '60', 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '7s' },
    body: openai(
      'Rate limit reached for gpt-simulated in organization org-abcdefghijkl on requests per min (RPM): Limit 60. Please try again in 6.5s.',
      'requests',
      'rate_limit_exceeded',
    ),
  },
  'rate-limit-in-words': { status: 429, body: openai('Rate limit reached. Please try again in 350ms.', 'tokens', 'rate_limit_exceeded') },
  quota: {
    status: 429,
    body: openai('You exceeded your current quota, please check your plan and billing details.', 'insufficient_quota', 'insufficient_quota'),
  },
  balance: { status: 402, body: openai('Insufficient Balance', 'unknown_error', 'invalid_request_error') },
  context: {
    status: 400,
    body: openai(
      "This model's maximum context length is 128000 tokens. However, your messages resulted in 130001 tokens.",
      'invalid_request_error',
      'context_length_exceeded',
    ),
  },
  'context-vllm': {
    status: 400,
    body: {
      object: 'error',
      message: "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4000 in the messages, 1000 in the completion).",
      type: 'BadRequestError',
      param: null,
      code: 400,
    },
  },
  'unknown-model': { status: 404, body: openai('The model `x` does not exist or you do not have access to it.', 'invalid_request_error', 'model_not_found') },
  'bad-schema': {
    status: 400,
    body: openai("Invalid schema for function 'f': None is not of type 'object'.", 'invalid_request_error', 'invalid_function_parameters'),
  },
  'no-reasoning': { status: 400, body: openai('Unrecognized request argument supplied: reasoning_effort', 'invalid_request_error', 'unknown_parameter') },
  'reasoning-content-missing': {
    status: 400,
    body: openai('The `reasoning_content` in the thinking mode must be passed back to the API.', 'invalid_request_error', 'invalid_request_error'),
  },
  'validation-fastapi': { status: 422, body: { detail: [{ loc: ['body', 'max_tokens'], msg: 'Extra inputs are not permitted', type: 'extra_forbidden' }] } },
  'content-policy': { status: 400, body: openai('Output data may contain inappropriate content.', 'data_inspection_failed', 'data_inspection_failed') },
  'throttled-dashscope': {
    status: 429,
    body: { code: 'Throttling.RateQuota', message: 'Requests rate limit exceeded, please try again later.', request_id: 'req-1' },
  },
  'quota-dashscope': { status: 429, body: { code: 'Throttling.AllocationQuota', message: 'Allocated quota exceeded.', request_id: 'req-1' } },
  'arrears-dashscope': {
    status: 400,
    body: { code: 'Arrearage', message: 'Access denied, please make sure your account is in good standing.', request_id: 'req-1' },
  },
  'relay-openrouter': {
    status: 429,
    body: {
      error: {
        code: 429,
        message: 'Provider returned error',
        metadata: { provider_name: 'p', raw: '{"error":{"message":"busy","type":"rate_limit_error","code":"rate_limit_exceeded"}}' },
      },
    },
  },
  'too-large': { status: 413, body: openai('Request too large.', 'invalid_request_error', null) },
  failed: { status: 500, body: openai('The server had an error while processing your request.', 'server_error', null) },
  overloaded: {
    status: 503,
    headers: { 'retry-after-ms': '1500' },
    body: openai('The engine is currently overloaded, please try again later', 'server_error', 'server_is_overloaded'),
  },
  'gateway-page': { status: 502, body: '<html><body>Bad Gateway</body></html>' },
  'login-page': { status: 403, body: '<!DOCTYPE html><title>Sign in</title>' },
  'wrong-address': { status: 404, body: { detail: 'Not Found' } },
  'bare-text': { status: 500, body: 'upstream connect error' },
  'bare-error': { status: 400, body: { error: 'model is required' } },
  'success-that-is-none': {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: { base_resp: { status_code: 1002, status_msg: 'rate limit' } },
  },
  'success-that-is-a-page': { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' },
} as const satisfies Readonly<Record<string, CataloguedError>>

export type CataloguedErrorName = keyof typeof ERRORS

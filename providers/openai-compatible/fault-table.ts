import type { ErrorCode, Remedy } from '../../core/index.ts'

/** One known way in which such upstreams refuse. A row is found by any of its keys and holds if all of `when` does. */
export interface FaultRow {
  /** Code and type words, lower case; a final `*` stands for any rest. */
  readonly codes?: readonly string[]
  /** Pieces of the message, lower case. */
  readonly fragments?: readonly string[]
  readonly statuses?: readonly number[]
  readonly when?: { readonly statuses?: readonly number[]; readonly html?: true; readonly fragment?: string }

  readonly code: ErrorCode
  /** For the client: thing, reason, remedy. */
  readonly message: string
  /** Whether the upstream's own words, without secrets, follow: they say what is wrong with the request. */
  readonly quote?: true
  readonly remedy?: Remedy
  /** How long to stay away when the upstream does not say. */
  readonly retryAfterMs?: number
  readonly param?: string
}

const MINUTE = 60_000

const BAD_KEY = 'the upstream rejected the API key of an account; check the key in the configuration, or add another'
const NOT_ALLOWED = 'the upstream does not allow this to the account: its project, region or plan lacks the permission; check the account, or use another'
const QUOTA = 'the account has used up its credit or quota at the upstream; top it up, wait for its reset, or add an account'
const RATE = 'the account sent too many requests; wait before the next one, or add an account'
const BUSY = 'the upstream is overloaded at the moment; try again shortly'
const FAILED = 'the upstream failed on this request; try again'
const REFUSED = 'the upstream refused the request'
const NO_MODEL = 'the upstream does not offer this model to the account; choose one of /v1/models, or use another account'

/**
 * What these upstreams' words mean (`providers.md` §5.3, §6.6). Searched three times — code, message, status — and within
 * each from the top. A status is the weakest sign: relays use 400, 403 and 500 for everything.
 */
export const FAULTS: readonly FaultRow[] = [
  // Context and size
  {
    codes: ['context_length_exceeded', 'string_above_max_length', 'model_context_window_exceeded', 'exceed_context_size_error'],
    fragments: [
      'maximum context length',
      'context length exceeded',
      'exceeds the context',
      'exceed context limit',
      'context window',
      'prompt is too long',
      'input is too long',
      'range of input length',
      'too many tokens in the prompt',
      'maximum prompt length',
      'reduce the length of the messages',
      'exceeds the maximum number of tokens',
    ],
    when: { statuses: [0, 400, 413, 422, 500] },
    code: 'context_too_long',
    param: 'messages',
    message: 'prompt is too long: the conversation exceeds what the model accepts; shorten or compact it and send it again',
  },
  { statuses: [413], code: 'too_large', message: 'the request is larger than the upstream accepts; shorten the conversation or send fewer and smaller images' },

  // Money and quota, before everything that shares their statuses
  {
    codes: [
      'insufficient_quota',
      'billing_hard_limit_reached',
      'usage_limit_reached',
      'usage_not_included',
      'quota_exceeded',
      'throttling.allocationquota',
      'arrearage',
      'billing_not_active',
    ],
    fragments: [
      'insufficient balance',
      'insufficient credit',
      'exceeded your current quota',
      'free allocated quota exceeded',
      'requires more credits',
      'out of credits',
      'overdue',
    ],
    statuses: [402],
    code: 'quota_exhausted',
    message: QUOTA,
  },

  // Rates
  {
    codes: ['rate_limit_exceeded', 'rate_limit_error', 'tokens', 'requests', 'throttling*', 'limit_requests', 'limit_burst_rate', 'too_many_requests', '1002'],
    fragments: ['rate limit', 'too many requests', 'requests per minute', 'tokens per minute'],
    code: 'account_rate_limited',
    message: RATE,
    when: { statuses: [0, 400, 403, 429, 503] },
  },

  // The key, and what it may do
  {
    codes: ['account_deactivated', 'access_terminated'],
    fragments: ['account has been deactivated', 'account is deactivated', 'account has been suspended', 'account is suspended'],
    code: 'account_suspended',
    message: 'the account is closed or suspended at the upstream; its owner must settle that there, then enable it again here',
  },
  {
    codes: ['invalid_api_key', 'invalidapikey', 'authentication_error', 'invalid_authentication', 'account_not_found', '1004'],
    fragments: ['incorrect api key', 'invalid api key', 'invalid api-key', 'no auth credentials', 'user not found.'],
    statuses: [401],
    code: 'token_rejected',
    message: BAD_KEY,
  },
  {
    codes: ['unsupported_country_region_territory'],
    fragments: ['country, region, or territory not supported'],
    code: 'not_entitled',
    retryAfterMs: 30 * MINUTE,
    message: 'the upstream does not serve the region that the account is used from; give the account another way out (its `proxy`)',
  },

  // The request
  {
    codes: [
      'data_inspection_failed',
      'datainspectionfailed',
      'content_policy_violation',
      'content_filter',
      'moderation_blocked',
      'responsibleaipolicyviolation',
    ],
    fragments: ['flagged', 'content management policy'],
    when: { statuses: [0, 400, 403, 451] },
    code: 'bad_request',
    param: 'messages',
    message: 'the upstream refused the conversation because of its content; change it and send it again',
  },
  {
    fragments: [
      'unrecognized request argument supplied: reasoning',
      "unsupported parameter: 'reasoning",
      "'reasoning_effort' is not supported",
      "'reasoning_effort' does not support",
      'does not support thinking',
      "unknown parameter: 'reasoning",
      'reasoning_effort: extra inputs',
    ],
    when: { statuses: [0, 400, 422] },
    code: 'bad_request',
    param: 'reasoning_effort',
    remedy: 'drop-model-fields',
    quote: true,
    message: 'the model does not take the reasoning settings of this request; choose another effort or leave them out',
  },
  {
    fragments: ['reasoning_content', 'reasoning details to be preserved', 'reasoning_details'],
    when: { statuses: [0, 400] },
    code: 'bad_request',
    param: 'messages',
    quote: true,
    message: 'the upstream wants the reasoning of earlier turns back and the client does not send it; start a new conversation, or switch reasoning off',
  },

  // The model for this account
  {
    codes: ['model_not_found', 'model_not_supported', 'invalid_model', 'modelnotfound'],
    fragments: [
      'does not exist or you do not have access',
      'is not a valid model id',
      'model not found',
      'model_not_found',
      'model not exist',
      'no endpoints found',
    ],
    when: { statuses: [0, 400, 403, 404, 422] },
    code: 'model_not_offered',
    param: 'model',
    message: NO_MODEL,
  },
  {
    codes: ['model_overloaded', 'insufficient_capacity'],
    fragments: ['no capacity', 'model is overloaded', 'currently overloaded'],
    code: 'model_overloaded',
    message: 'the model has no free capacity at the moment; try again shortly or choose another model',
  },

  // The upstream as a whole
  { codes: ['server_is_overloaded', 'slow_down', 'overloaded_error', 'service_unavailable'], statuses: [503, 529], code: 'upstream_overloaded', message: BUSY },
  { statuses: [408], code: 'upstream_timeout', message: 'the upstream gave up waiting for the request; try again' },
  {
    statuses: [400, 403, 404, 405],
    when: { html: true },
    code: 'lane_unavailable',
    message: 'something in front of the upstream answered in its place; check its base URL, the network and the proxy',
  },
  {
    statuses: [404, 405],
    when: { fragment: 'not found', statuses: [404, 405] },
    code: 'lane_unavailable',
    message: 'the upstream has no chat completions at this address; check the base URL, which mostly ends in /v1',
  },
  { statuses: [404], code: 'model_not_offered', param: 'model', message: NO_MODEL },
  {
    codes: ['permission_error', 'permission_denied', 'accessdenied', 'access_denied'],
    statuses: [403],
    code: 'not_entitled',
    retryAfterMs: 30 * MINUTE,
    message: NOT_ALLOWED,
  },
  { statuses: [429], code: 'account_rate_limited', message: RATE },
  {
    statuses: [409, 425, 500, 502, 504, 520, 521, 522, 523, 524, 525, 526, 527],
    codes: ['server_error', 'internal_error', 'api_error'],
    code: 'upstream_failed',
    message: FAILED,
  },
  { codes: ['invalid_request_error', 'badrequesterror', 'invalidparameter'], statuses: [400, 422], code: 'bad_request', quote: true, message: REFUSED },
]

/** When no row says better, by the hundreds of the status; 0 is a failure inside a stream. */
export const FAULTS_BY_CLASS: Readonly<Record<number, FaultRow>> = {
  2: { code: 'upstream_nonsense', message: 'the upstream answered with success and no answer; try again' },
  3: { code: 'upstream_nonsense', message: 'the upstream redirects elsewhere, and keys are never sent after a redirect; check the base URL' },
  4: { code: 'bad_request', quote: true, message: REFUSED },
}

export const UNKNOWN_FAULT: FaultRow = { code: 'upstream_failed', message: FAILED }

import type { ErrorCode, Remedy } from '../../core/index.ts'

/** One known way in which the upstream refuses. A row is found by any of its keys and holds if all of `when` does. */
export interface FaultRow {
  /** Pieces of the message, lower case; a list stands for all of its pieces together. */
  readonly fragments?: readonly (string | readonly string[])[]
  /** `error.type`. */
  readonly types?: readonly string[]
  readonly statuses?: readonly number[]
  readonly when?: FaultCondition

  readonly code: ErrorCode
  /** For the client: thing, reason, remedy. */
  readonly message: string
  /** The upstream's own words stand in the place of the message: they are about the client's request, and clients act upon them. */
  readonly quotes?: true
  readonly remedy?: Remedy
  /** How long to stay away when the upstream does not say; a longer hint of its own wins. */
  readonly retryAfterMs?: number
  readonly param?: string
}

export interface FaultCondition {
  /** 0 stands for a failure inside a stream. */
  readonly statuses?: readonly number[]
  readonly types?: readonly string[]
  /** The upstream names no time to come back at. */
  readonly withoutHint?: true
  /** The body is no JSON of this API: something between us and the upstream answered. */
  readonly stranger?: true
}

const MINUTE = 60_000

const PROMPT_TOO_LONG = 'prompt is too long: the conversation exceeds what the model accepts; shorten or compact it and send it again'
const QUOTA = 'the credit or spending limit of the API key is used up; add credit, raise the limit, or add another key'
const BAD_KEY = 'the upstream does not accept the API key of this account; put a valid key into the configuration'
const NOT_ENTITLED = 'the API key of this account may not make this call; check its workspace, region and permissions'
const RATE = 'the API key of this account sent too many requests or tokens; wait before the next one, or add a key'
const BUSY = 'the upstream is overloaded at the moment; try again shortly'
const FAILED = 'the upstream failed on this request; try again'
const REFUSED = 'the upstream refused the request without saying why; check its messages, tools and images'
const SIGNATURE = 'the conversation holds reasoning whose signature the model does not accept; remove the reasoning blocks or start a new conversation'

/**
 * What the upstream's words mean (`providers.md` §7.4). Searched three times — message, type, status — and within each from
 * the top: the status is the weakest sign, since an empty balance is a 400 as well as a 402 and a 429.
 */
export const FAULTS: readonly FaultRow[] = [
  // Context and size
  {
    fragments: ['prompt is too long', 'exceed context limit', 'exceeds the context window', 'maximum context length', 'input is too long'],
    code: 'context_too_long',
    param: 'messages',
    message: PROMPT_TOO_LONG,
  },
  {
    types: ['request_too_large'],
    statuses: [413],
    code: 'too_large',
    message: 'the request is larger than the upstream accepts; shorten the conversation or send fewer and smaller images',
  },

  // Credit, before everything that shares its statuses
  {
    fragments: ['credit balance is too low', 'insufficient balance', 'insufficient credit'],
    types: ['billing_error'],
    statuses: [402],
    code: 'quota_exhausted',
    message: QUOTA,
  },
  {
    fragments: ['usage limit', 'spend limit', 'spending limit', 'monthly limit', 'usage limits'],
    when: { statuses: [0, 400, 403, 429], withoutHint: true },
    code: 'quota_exhausted',
    message: QUOTA,
  },

  // The account
  {
    fragments: ['organization has been disabled', 'account has been disabled', 'account is disabled', 'account has been suspended'],
    code: 'account_suspended',
    message: 'the account of this API key is disabled by its provider; its owner must ask them why, then enable it again here',
  },
  { types: ['authentication_error'], statuses: [401], code: 'token_rejected', retryAfterMs: 30 * MINUTE, message: BAD_KEY },
  {
    fragments: ['invalid x-api-key', 'invalid api key', 'invalid bearer token'],
    when: { statuses: [0, 400, 403] },
    code: 'token_rejected',
    retryAfterMs: 30 * MINUTE,
    message: BAD_KEY,
  },

  // The model for this account
  {
    fragments: [
      'model not found',
      'model_not_found',
      'does not have access to model',
      'unknown model',
      'model does not exist',
      'model not exist',
      'not a valid model',
      ['model', 'is not available'],
    ],
    when: { statuses: [0, 400, 403, 404] },
    code: 'model_not_offered',
    param: 'model',
    message: 'the API key of this account does not offer this model; choose one of /v1/models or use an account that has it',
  },

  // Requests worth one changed try
  {
    fragments: [
      ['invalid `signature`', 'thinking'],
      ['invalid signature', 'thinking'],
      ['thinking', 'cannot be modified'],
      ['expected `thinking`', 'but found'],
      ['expected `thinking` or `redacted_thinking`'],
    ],
    code: 'bad_request',
    remedy: 'drop-signatures',
    param: 'messages',
    quotes: true,
    message: SIGNATURE,
  },

  // Between us and the upstream
  {
    statuses: [400, 403],
    when: { stranger: true },
    code: 'lane_unavailable',
    message: 'something in front of the upstream refused the request; check network, proxy and baseUrl',
  },
  {
    statuses: [404, 405],
    when: { stranger: true },
    code: 'lane_unavailable',
    message: 'there is no Messages API at this address; check baseUrl, which is named without /v1',
  },

  // By type
  { types: ['permission_error'], statuses: [403], code: 'not_entitled', retryAfterMs: 10 * MINUTE, message: NOT_ENTITLED },
  {
    types: ['not_found_error'],
    statuses: [404],
    code: 'model_not_offered',
    param: 'model',
    message: 'the API key of this account does not offer what this request names; choose a model of /v1/models or use an account that has it',
  },
  { types: ['rate_limit_error'], statuses: [429], code: 'account_rate_limited', message: RATE },
  { types: ['overloaded_error'], statuses: [529], code: 'model_overloaded', message: BUSY },
  { statuses: [503], code: 'upstream_overloaded', message: BUSY },
  {
    types: ['timeout_error'],
    statuses: [408, 504, 524],
    code: 'upstream_timeout',
    message: 'the upstream gave up on the request because it took too long; try again, or stream the answer',
  },
  { types: ['conflict_error', 'api_error'], statuses: [409, 500, 502], code: 'upstream_failed', message: FAILED },
  { types: ['invalid_request_error'], statuses: [400, 422], code: 'bad_request', quotes: true, message: REFUSED },
]

/** When no row says better, by the hundreds of the status; 0 is a failure inside a stream. */
export const FAULTS_BY_CLASS: Readonly<Record<number, FaultRow>> = {
  2: { code: 'upstream_nonsense', message: 'the upstream answered with success and no message; try again, or check baseUrl' },
  3: { code: 'upstream_nonsense', message: 'the upstream redirects elsewhere, and credentials are never sent after a redirect; check baseUrl' },
  4: { code: 'bad_request', quotes: true, message: REFUSED },
}

export const UNKNOWN_FAULT: FaultRow = { code: 'upstream_failed', message: FAILED }

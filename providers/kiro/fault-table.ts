import type { ErrorCode, Remedy } from '../../core/index.ts'

/** One known way in which the upstream refuses. A row is found by any of its keys and holds if all of `when` does. */
export interface FaultRow {
  /** Reason words, upper case; a final `*` stands for any rest. */
  readonly reasons?: readonly string[]
  /** Pieces of the message, lower case. */
  readonly fragments?: readonly string[]
  /** Exception names without namespace. */
  readonly exceptions?: readonly string[]
  readonly statuses?: readonly number[]
  readonly when?: FaultCondition

  readonly code: ErrorCode
  /** For the client: thing, reason, remedy. Constant, so that nothing the upstream says can leak through it. */
  readonly message: string
  readonly remedy?: Remedy
  /** How long to stay away when the upstream does not say; a longer hint of its own wins. */
  readonly retryAfterMs?: number
  readonly param?: string
}

export interface FaultCondition {
  /** Upper limit that the request's body exceeded. */
  readonly bytesAbove?: number
  readonly statuses?: readonly number[]
  readonly fragment?: string
  /** The body is a web page: something between us and the upstream answered. */
  readonly html?: true
}

/** Above this size the upstream says "Improperly formed request." for "too large" (`kiro.md` §5.12). */
const SUSPECT_BYTES = 600_000
const MINUTE = 60_000

const PROMPT_TOO_LONG = 'prompt is too long: the conversation exceeds what the model accepts; shorten or compact it and send it again'
const TOO_LARGE = 'prompt is too long: the request exceeds the size that the upstream accepts; shorten the conversation or send fewer and smaller images'
const BAD_TOKEN = 'the upstream rejected the access token of a Kiro account; if this stays, sign the account in again in the Kiro IDE and run "kiro-gateway accounts import FILE"'
const NOT_ENTITLED = 'the Kiro account may not make this call: its profile or subscription does not allow it; check the account (kiro-gateway accounts test)'
const RATE = 'the Kiro account sent too many requests; wait before the next one, or add an account'
const QUOTA = 'the Kiro account has used up its quota; wait for its reset, raise its plan, or add an account'
const NO_CAPACITY = 'the model has no free capacity at the moment; try again shortly or choose another model'
const BUSY = 'the upstream is overloaded at the moment; try again shortly'
const FAILED = 'the upstream failed on this request; try again'
const NO_SUCH_OPERATION = 'this Kiro endpoint does not serve the operation; another endpoint may (KIRO_API_URL)'

/**
 * What the upstream's words mean (`kiro.md` §7.2). Searched four times — reason, message, exception, status — and within
 * each from the top. Status is the weakest sign: quota comes as 400, 402 and 429, a dead token as 401 and 403.
 */
export const FAULTS: readonly FaultRow[] = [
  // Context and size
  {
    reasons: ['CONTENT_LENGTH_EXCEEDS_THRESHOLD'],
    fragments: ['input is too long', 'prompt is too long'],
    exceptions: ['ContentLengthExceededException'],
    code: 'context_too_long',
    param: 'messages',
    message: PROMPT_TOO_LONG,
  },
  {
    reasons: ['REQUEST_BODY_INVALID'],
    when: { bytesAbove: SUSPECT_BYTES, fragment: 'improperly formed request' },
    code: 'context_too_long',
    param: 'messages',
    message: TOO_LARGE,
  },
  {
    fragments: ['improperly formed request'],
    statuses: [400],
    when: { bytesAbove: SUSPECT_BYTES },
    code: 'context_too_long',
    param: 'messages',
    message: TOO_LARGE,
  },
  {
    fragments: ['failed to buffer the request body'],
    exceptions: ['RequestEntityTooLargeException'],
    statuses: [413],
    code: 'too_large',
    message: 'the request is larger than the upstream accepts; shorten the conversation or send fewer and smaller images',
  },

  // Quota, before everything that shares its statuses
  {
    reasons: ['MONTHLY_REQUEST_COUNT', 'DAILY_REQUEST_COUNT', 'OVERAGE_REQUEST_LIMIT_EXCEEDED'],
    fragments: ['you have reached the limit', 'maximum request reached for this month'],
    exceptions: ['ServiceQuotaExceededException'],
    statuses: [402],
    code: 'quota_exhausted',
    message: QUOTA,
  },

  // The account
  {
    reasons: ['TEMPORARILY_SUSPENDED'],
    fragments: ['suspended', 'locked your account'],
    code: 'account_suspended',
    message: 'the Kiro account is suspended by its provider; its owner must contact Kiro support, then enable it again here',
  },
  {
    fragments: ['suspicious activity'],
    code: 'account_suspicious',
    retryAfterMs: 30 * MINUTE,
    message: 'the Kiro account is limited for a while because its use looked suspicious to the provider; wait, or add an account',
  },
  {
    fragments: ['bearer token included in the request is invalid', 'security token included in the request is'],
    exceptions: ['UnauthorizedException', 'ExpiredTokenException', 'InvalidTokenException', 'UnrecognizedClientException'],
    statuses: [401],
    code: 'token_rejected',
    remedy: 'refresh-token',
    message: BAD_TOKEN,
  },
  { fragments: ['invalid token'], when: { statuses: [0, 401, 403] }, code: 'token_rejected', remedy: 'refresh-token', message: BAD_TOKEN },
  {
    fragments: ['user is not authorized'],
    code: 'not_entitled',
    remedy: 'resolve-profile',
    retryAfterMs: 10 * MINUTE,
    message: NOT_ENTITLED,
  },
  {
    fragments: ['profilearn is required'],
    code: 'not_entitled',
    remedy: 'resolve-profile',
    retryAfterMs: 10 * MINUTE,
    message: 'the Kiro account has no profile yet, and the upstream asks for one; sign the account in again if this stays in the Kiro IDE and run "kiro-gateway accounts import FILE"',
  },
  {
    reasons: ['INVALID_KMS_GRANT'],
    code: 'not_entitled',
    retryAfterMs: 10 * MINUTE,
    message: "the Kiro account's organisation has an encryption key that the service may not use; its administrator must repair the grant",
  },

  // The model for this account, and the model at all
  {
    reasons: ['INVALID_MODEL_ID'],
    fragments: ['invalid model'],
    code: 'model_not_offered',
    param: 'model',
    message: 'the Kiro account does not offer this model; choose one of /v1/models or use an account whose plan has it',
  },
  {
    reasons: ['FEATURE_NOT_SUPPORTED', 'UNAUTHORIZED_*'],
    code: 'feature_not_offered',
    message: "the Kiro account's plan or region does not offer what this request needs; use another account or region",
  },
  {
    reasons: ['INSUFFICIENT_MODEL_CAPACITY', 'INSUFFICIENT_THROUGHPUT', 'MODEL_TEMPORARILY_UNAVAILABLE'],
    fragments: ['experiencing high traffic'],
    code: 'model_overloaded',
    message: NO_CAPACITY,
  },

  // Requests worth one changed try
  {
    reasons: ['THINKING_SIGNATURE_INVALID'],
    fragments: ['invalid `signature` in `thinking`'],
    code: 'bad_request',
    remedy: 'drop-signatures',
    param: 'messages',
    message: 'the conversation holds reasoning whose signature the model does not accept; remove the reasoning blocks or start a new conversation',
  },
  {
    fragments: ['additionalmodelrequestfields'],
    code: 'bad_request',
    remedy: 'drop-model-fields',
    param: 'reasoning',
    message: 'the model does not take the reasoning settings of this request; choose another effort or leave them out',
  },
  {
    reasons: ['INVALID_CONVERSATION_ID', 'CONVERSATION_LIMIT_EXCEEDED'],
    code: 'upstream_failed',
    remedy: 'new-conversation',
    message: 'the upstream will not continue this conversation under its present number; send the request again',
  },

  // Requests that nobody can serve
  {
    reasons: ['TOOL_USE_RESULT_MISMATCH'],
    fragments: ['without `tool_result`', 'without tool_result', 'expected toolresult blocks'],
    code: 'bad_request',
    param: 'messages',
    message: 'tool calls and tool results of the conversation do not pair up; every call needs its result in the very next turn',
  },
  {
    reasons: ['TOOL_SCHEMA_INVALID'],
    fragments: ['inputschema.json', 'input_schema does not support'],
    code: 'bad_request',
    param: 'tools',
    message: 'the upstream does not accept the schema of a tool; its root must be an object without oneOf, anyOf or allOf',
  },
  {
    reasons: ['REQUEST_BODY_INVALID'],
    fragments: ['invalid tool use format'],
    when: { fragment: 'invalid tool use format' },
    code: 'bad_request',
    param: 'tools',
    message: 'the upstream does not accept a tool definition or tool call of this request; check names, ids and schemas',
  },
  {
    reasons: ['IMAGE_MIME_MISMATCH'],
    code: 'bad_request',
    param: 'messages',
    message: 'an image is not of the media type that the request declares for it; declare the real one',
  },
  {
    fragments: ['image exceeds', 'many-image requests'],
    code: 'bad_request',
    param: 'messages',
    message: 'an image is too large for the upstream: at most 5 MB each, and 2000 pixels a side when there are many; make it smaller',
  },
  {
    reasons: ['REQUEST_BODY_INVALID'],
    fragments: ['improperly formed request'],
    exceptions: ['ValidationException'],
    code: 'bad_request',
    message: 'the upstream refused the request as malformed; check the order of messages, tool calls and their results',
  },

  // Rates and lanes
  {
    reasons: ['USER_REQUEST_RATE_EXCEEDED'],
    fragments: ['too many requests'],
    exceptions: ['ThrottlingException', 'TooManyRequestsException'],
    statuses: [429],
    code: 'account_rate_limited',
    message: RATE,
  },
  {
    exceptions: ['UnknownOperationException', 'UnknownOperation'],
    statuses: [404, 405],
    code: 'lane_unavailable',
    message: NO_SUCH_OPERATION,
  },
  {
    statuses: [400, 403],
    when: { html: true },
    code: 'lane_unavailable',
    message: 'something in front of the Kiro endpoint refused the request; check network, proxy and KIRO_API_URL',
  },
  {
    exceptions: ['AccessDeniedException'],
    statuses: [403],
    code: 'not_entitled',
    remedy: 'resolve-profile',
    retryAfterMs: 10 * MINUTE,
    message: NOT_ENTITLED,
  },

  // The upstream as a whole
  {
    fragments: ['unexpectedly high load'],
    exceptions: ['ServiceUnavailableException'],
    statuses: [503, 529],
    code: 'upstream_overloaded',
    message: BUSY,
  },
  { statuses: [408], code: 'upstream_timeout', message: 'the upstream gave up waiting for the request; try again' },
  {
    reasons: ['INVALID_TASK_ASSIST_PLAN'],
    exceptions: ['InternalServerException', 'InternalServerError', 'InternalFailure', 'invalidStateEvent'],
    statuses: [500, 502, 504, 524],
    code: 'upstream_failed',
    message: FAILED,
  },
]

/** When no row says better, by the hundreds of the status; 0 is a failure inside a stream. */
export const FAULTS_BY_CLASS: Readonly<Record<number, FaultRow>> = {
  2: { code: 'upstream_nonsense', message: 'the upstream answered with success and no stream; try again' },
  3: {
    code: 'upstream_nonsense',
    message: 'the Kiro endpoint redirects elsewhere, and credentials are never sent after a redirect; check KIRO_API_URL',
  },
  4: { code: 'bad_request', message: 'the upstream refused the request without saying why; check its messages, tools and images' },
}

export const UNKNOWN_FAULT: FaultRow = { code: 'upstream_failed', message: FAILED }

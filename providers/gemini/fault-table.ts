import type { ErrorCode, Remedy } from '../../core/index.ts'

/** One known way in which the API refuses. A row holds if each of its conditions does; of a list, one member is enough. */
export interface FaultRow {
  readonly statuses?: readonly number[]
  /** Status words of Google's error model. */
  readonly words?: readonly string[]
  /** Reason words of `ErrorInfo`. */
  readonly reasons?: readonly string[]
  /** Pieces of the message, lower case. */
  readonly fragments?: readonly (string | RegExp)[]
  /** Pieces of the names of exceeded quotas. */
  readonly quotas?: readonly (string | RegExp)[]
  /** Whether the upstream's own delay is a short wait, a long one, or not told. */
  readonly delay?: readonly ('short' | 'long' | 'none')[]
  /** The body is a web page: something between us and the API answered. */
  readonly html?: true

  readonly code: ErrorCode
  /** For the client: thing, reason, remedy. Behind those of a `bad_request` follows what the API says, without secrets: nothing else can. */
  readonly message: string
  /** How long to stay away when the upstream does not say. */
  readonly rest?: number | 'pacific-midnight'
  /** For quotas: what the body tells as a delay is when to try, not when there is more. */
  readonly ignoreDelay?: true
  readonly remedy?: Remedy
  readonly param?: string
}

/** A delay above this means a quota, not a rate. */
export const SHORT_DELAY_MS = 300_000
const MINUTE = 60_000

const PROMPT_TOO_LONG = 'prompt is too long: the conversation exceeds what the model accepts; shorten or compact it and send it again'
const BAD_KEY = 'the Gemini API does not accept the key of an account; put a valid one in its place (Google AI Studio makes them)'
const KEY_RESTRICTED =
  'the key of a Gemini account may not be used for this call: its restrictions or its project do not allow it; check both in the Google Cloud console'
const RATE = 'the Gemini account sent too many requests; wait before the next one, or add a key of another project'
const QUOTA = 'the Gemini account has used up its quota; wait for its reset, raise its tier, or add a key of another project'
const MODEL_QUOTA = 'the Gemini account has used up its quota of this model; wait for its reset, choose another model, or add a key of another project'
const NO_CAPACITY = 'the model has no free capacity at the moment; try again shortly or choose another model'
const FAILED = 'the Gemini API failed on this request; try again'

/**
 * What the API's refusals mean (`providers.md` §0.4, §1.4). The first row that holds decides: what names itself comes before
 * what only has a status.
 */
export const FAULTS: readonly FaultRow[] = [
  // Context and size
  {
    fragments: [
      /input token count.* exceeds/,
      /exceeds the maximum number of tokens/,
      'prompt is too long',
      'input is too long',
      'exceed context limit',
      /token count.* exceeds the/,
    ],
    code: 'context_too_long',
    param: 'messages',
    message: PROMPT_TOO_LONG,
  },
  {
    statuses: [413],
    code: 'too_large',
    message: 'the request is larger than the Gemini API accepts; shorten the conversation or send fewer and smaller files',
  },
  {
    fragments: ['request payload size exceeds'],
    code: 'too_large',
    message: 'the request is larger than the Gemini API accepts; shorten the conversation or send fewer and smaller files',
  },

  // The key, wherever the status says something else: a bad one is a 400
  { reasons: ['API_KEY_INVALID', 'API_KEY_EXPIRED'], code: 'needs_login', message: BAD_KEY },
  { fragments: ['api key not valid', 'api key expired', 'api_key_invalid'], code: 'needs_login', message: BAD_KEY },
  {
    fragments: ['reported as leaked', 'key was leaked'],
    code: 'account_suspended',
    message: 'the key of a Gemini account is blocked because it was published somewhere; make a new one and put it in its place',
  },
  {
    reasons: ['CONSUMER_SUSPENDED'],
    code: 'account_suspended',
    message: 'the project of a Gemini account is suspended by Google; its owner must clear that up, then enable the account again here',
  },
  {
    fragments: ['has been suspended'],
    statuses: [403],
    code: 'account_suspended',
    message: 'the project of a Gemini account is suspended by Google; its owner must clear that up, then enable the account again here',
  },
  {
    reasons: ['SERVICE_DISABLED'],
    code: 'not_entitled',
    message: 'the Gemini API is not turned on in the project of an account; turn it on in the Google Cloud console',
  },
  {
    reasons: [
      'API_KEY_SERVICE_BLOCKED',
      'API_KEY_HTTP_REFERRER_BLOCKED',
      'API_KEY_IP_ADDRESS_BLOCKED',
      'CONSUMER_INVALID',
      'SECURITY_POLICY_VIOLATED',
      'VALIDATION_REQUIRED',
    ],
    code: 'not_entitled',
    message: KEY_RESTRICTED,
  },
  {
    fragments: ['user location is not supported', 'location is not supported'],
    code: 'not_entitled',
    message: 'the Gemini API does not serve the country that this account is used from; give the account a proxy in a supported one',
  },
  {
    words: ['FAILED_PRECONDITION'],
    fragments: ['billing'],
    code: 'not_entitled',
    message: 'the project of a Gemini account has no billing, and this call needs it; turn it on in the Google Cloud console',
  },
  { words: ['FAILED_PRECONDITION'], statuses: [400], code: 'not_entitled', message: KEY_RESTRICTED },

  // Quotas and rates: first match wins, as the vendor's own client reads them
  {
    statuses: [429, 499, 503],
    fragments: [/limit:\s*0\b/],
    code: 'model_not_offered',
    param: 'model',
    message: 'the tier of the Gemini account has no allowance for this model; choose another model or a key of a paid project',
  },
  // Nearly all quotas are counted by model: the key's other models go on
  {
    statuses: [429],
    quotas: [/PerDay.*PerModel|PerModel.*PerDay/],
    code: 'model_quota_exhausted',
    rest: 'pacific-midnight',
    ignoreDelay: true,
    message: MODEL_QUOTA,
  },
  { statuses: [429], quotas: ['PerDay', 'Daily'], code: 'quota_exhausted', rest: 'pacific-midnight', ignoreDelay: true, message: QUOTA },
  { reasons: ['MODEL_CAPACITY_EXHAUSTED', 'MODEL_CAPACITY_EXCEEDED'], code: 'model_overloaded', message: NO_CAPACITY },
  { reasons: ['INSUFFICIENT_G1_CREDITS_BALANCE', 'QUOTA_EXHAUSTED'], code: 'quota_exhausted', message: QUOTA },
  { statuses: [429], quotas: ['PerMinute'], delay: ['none'], code: 'account_rate_limited', rest: MINUTE, message: RATE },
  { reasons: ['RATE_LIMIT_EXCEEDED'], delay: ['long', 'none'], code: 'quota_exhausted', message: QUOTA },
  { statuses: [429], delay: ['long'], code: 'quota_exhausted', message: QUOTA },
  { statuses: [429], code: 'account_rate_limited', message: RATE },

  // The account, by status alone
  {
    statuses: [401],
    code: 'token_rejected',
    message: 'the Gemini API does not accept the credential of an account; check its key, and the headers that are sent with it',
  },
  { statuses: [402], code: 'quota_exhausted', message: QUOTA },
  {
    html: true,
    statuses: [403],
    code: 'upstream_nonsense',
    message: 'something between here and the Gemini API answered in its place; check apiUrl and the proxy',
  },
  { statuses: [403], code: 'not_entitled', message: KEY_RESTRICTED },

  // The model for this account
  {
    statuses: [404],
    code: 'model_not_offered',
    param: 'model',
    message: 'the Gemini API does not offer this model to the account; choose one of /v1/models',
  },

  // Requests that one changed try may mend
  {
    fragments: ['thought_signature', 'thought signature', 'thoughtsignature'],
    code: 'bad_request',
    remedy: 'drop-signatures',
    param: 'messages',
    message: 'the conversation holds tool calls whose signatures the model does not accept; start a new conversation',
  },

  // Requests that nobody can serve
  {
    fragments: ['function response parts', 'function call turn', 'function response turn'],
    code: 'bad_request',
    param: 'messages',
    message: 'tool calls and tool results of the conversation do not pair up; every call needs its result in the very next turn',
  },
  {
    statuses: [400],
    fragments: ['function_declarations', 'functiondeclaration', 'response_json_schema', 'response_schema'],
    code: 'bad_request',
    param: 'tools',
    message: 'the Gemini API refuses the schema of a tool or of the answer; simplify it',
  },
  {
    statuses: [400],
    fragments: ['mime type', 'mimetype', 'unable to process input image', 'inline_data', 'no pages', 'unsupported file uri'],
    code: 'bad_request',
    param: 'messages',
    message: 'the Gemini API cannot read an image or document of this request; send PNG, JPEG, WebP or PDF',
  },
  {
    statuses: [400],
    fragments: ['thinking'],
    code: 'bad_request',
    param: 'reasoning',
    message: 'the model does not take the reasoning settings of this request; choose another effort or leave them out',
  },

  // The API as a whole
  { words: ['UNAVAILABLE'], code: 'model_overloaded', message: NO_CAPACITY },
  { statuses: [503, 529], code: 'model_overloaded', message: NO_CAPACITY },
  { words: ['DEADLINE_EXCEEDED'], code: 'upstream_timeout', message: 'the Gemini API gave up on this request in time; shorten it, or try again' },
  { statuses: [408, 504], code: 'upstream_timeout', message: 'the Gemini API gave up on this request in time; shorten it, or try again' },
  { statuses: [409, 499, 500, 502, 520, 524], code: 'upstream_failed', message: FAILED },
]

/** When no row says better, by the hundreds of the status; 0 is a failure inside an answer. */
export const FAULTS_BY_CLASS: Readonly<Record<number, FaultRow>> = {
  2: { code: 'upstream_nonsense', message: 'the Gemini API answered with success and no answer; try again' },
  3: { code: 'upstream_nonsense', message: 'the Gemini endpoint redirects elsewhere, and keys are never sent after a redirect; check apiUrl' },
  4: { code: 'bad_request', message: 'the Gemini API refused the request; check its messages, tools and settings' },
}

export const UNKNOWN_FAULT: FaultRow = { code: 'upstream_failed', message: FAILED }

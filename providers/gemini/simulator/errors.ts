/** A refusal in Google's error model (`providers.md` §0.4). */
export interface UpstreamError {
  readonly status: number
  readonly body: unknown
}

interface Shape {
  readonly code: number
  readonly status: string
  readonly message: string
  readonly details?: readonly unknown[]
}

const rpc = ({ code, status, message, details = [] }: Shape): UpstreamError => ({
  status: code,
  body: { error: { code, message, status, ...(details.length === 0 ? {} : { details }) } },
})

const info = (reason: string, metadata: Readonly<Record<string, string>> = {}) => ({
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason,
  domain: 'googleapis.com',
  metadata: { service: 'generativelanguage.googleapis.com', ...metadata },
})
const retry = (retryDelay: string) => ({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay })
const quota = (quotaId: string, quotaValue = '50') => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [
    {
      quotaMetric: 'generativelanguage.googleapis.com/generate_content_free_tier_requests',
      quotaId,
      quotaDimensions: { location: 'global', model: 'gemini-2.5-pro' },
      quotaValue,
    },
  ],
})

const exhausted = (message: string, ...details: readonly unknown[]) => rpc({ code: 429, status: 'RESOURCE_EXHAUSTED', message, details })
const invalid = (message: string, ...details: readonly unknown[]) => rpc({ code: 400, status: 'INVALID_ARGUMENT', message, details })
const denied = (message: string, ...details: readonly unknown[]) => rpc({ code: 403, status: 'PERMISSION_DENIED', message, details })
const precondition = (message: string) => rpc({ code: 400, status: 'FAILED_PRECONDITION', message })

/** The refusals that tests ask for by name. */
export const ERRORS = {
  'api-key-invalid': invalid('API key not valid. Please pass a valid API key.', info('API_KEY_INVALID')),
  'api-key-expired': invalid('API key expired. Please renew the API key.', info('API_KEY_EXPIRED')),
  'api-key-leaked': denied('Your API key was reported as leaked. Please use another API key.'),
  'key-blocked': denied('Requests to this API are blocked.', info('API_KEY_SERVICE_BLOCKED')),
  'consumer-suspended': denied('Permission denied: Consumer has been suspended.', info('CONSUMER_SUSPENDED')),
  'service-disabled': denied('Generative Language API has not been used in project 1 before or it is disabled.', info('SERVICE_DISABLED')),
  'permission-denied': denied('The caller does not have permission'),
  unauthenticated: rpc({
    code: 401,
    status: 'UNAUTHENTICATED',
    message: 'Request had invalid authentication credentials.',
    details: [info('CREDENTIALS_MISSING')],
  }),
  location: precondition('User location is not supported for the API use.'),
  billing: precondition('Gemini API free tier is not available in your country. Please enable billing on your project in Google AI Studio.'),
  'model-not-found': rpc({
    code: 404,
    status: 'NOT_FOUND',
    message: 'models/nothing is not found for API version v1beta, or is not supported for generateContent.',
  }),
  'too-many-tokens': invalid('The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).'),
  'payload-size': invalid('Request payload size exceeds the limit: 20971520 bytes.'),
  'unknown-field': invalid('Invalid JSON payload received. Unknown name "$schema" at \'tools[0].function_declarations[0].parameters\': Cannot find field.'),
  'response-count': invalid(
    'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
  ),
  'missing-signature': invalid(
    'Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly. Additional data, function call `default_api:weather`, position 2.',
  ),
  'bad-signature': invalid('Thought signature is not valid.'),
  'bad-image': invalid('Unable to process input image. Please retry or report.'),
  'thinking-refused': invalid('Thinking level is not supported for this model.'),
  'rate-per-minute': exhausted(
    'Quota exceeded. Please retry in 34.07s.',
    quota('GenerateRequestsPerMinutePerProjectPerModel-FreeTier', '10'),
    retry('34.074824224s'),
  ),
  'rate-per-minute-untold': exhausted('Quota exceeded.', quota('GenerateRequestsPerMinutePerProjectPerModel-FreeTier', '10')),
  'rate-untold': exhausted('Resource has been exhausted (e.g. check quota).'),
  'rate-in-words': exhausted('Quota exceeded. Please retry in 900ms.'),
  'rate-reason': exhausted('Rate limit.', info('RATE_LIMIT_EXCEEDED'), retry('12s')),
  'rate-reason-long': exhausted('Rate limit.', info('RATE_LIMIT_EXCEEDED'), retry('3600s')),
  'long-retry': exhausted('Quota exceeded.', retry('7200s')),
  'quota-per-day': exhausted('Quota exceeded. Please retry in 34.07s.', quota('GenerateRequestsPerDayPerProjectPerModel-FreeTier'), retry('34.074824224s')),
  'quota-reason': exhausted(
    'You have exhausted your capacity on this model. Your quota will reset after 3h21m4s.',
    info('QUOTA_EXHAUSTED', { quotaResetDelay: '3h21m4s' }),
  ),
  'no-allowance': exhausted(
    'Quota exceeded for metric: generate_content_free_tier_requests, limit: 0, model: gemini-2.5-pro',
    quota('GenerateRequestsPerDayPerProjectPerModel-FreeTier', '0'),
    retry('30s'),
  ),
  'model-capacity': exhausted('No capacity available.', info('MODEL_CAPACITY_EXHAUSTED')),
  overloaded: rpc({ code: 503, status: 'UNAVAILABLE', message: 'The model is overloaded. Please try again later.' }),
  internal: rpc({ code: 500, status: 'INTERNAL', message: 'An internal error has occurred.' }),
  deadline: rpc({ code: 504, status: 'DEADLINE_EXCEEDED', message: 'The request timed out.' }),
  cancelled: rpc({ code: 499, status: 'CANCELLED', message: 'The operation was cancelled.' }),
  aborted: rpc({ code: 409, status: 'ABORTED', message: 'The operation was aborted.' }),
} as const satisfies Readonly<Record<string, UpstreamError>>

export type ErrorName = keyof typeof ERRORS

export function invalidArgument(message: string): UpstreamError {
  return invalid(message)
}

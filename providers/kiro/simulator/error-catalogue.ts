/** One way in which the upstream refuses (`kiro.md` §7.2). */
export interface UpstreamError {
  readonly status: number
  /** Exception name without its namespace. */
  readonly type: string
  readonly reason: string | null
  readonly message: string
  /** Answered by an intermediary: a page instead of JSON. */
  readonly html?: true
}

const CAPACITY = 'I am experiencing high traffic, please try again shortly.'
const LOCKED =
  "Your User ID (d-0000000000.00000000-0000-0000-0000-000000000000) temporarily is suspended. We've locked your account as a security precaution. " +
  'To restore access, please contact our support team to verify your identity.'
const SUSPICIOUS =
  'Due to suspicious activity, we are imposing temporary limits on how frequently your account (d-0000000000.00000000-0000-0000-0000-000000000000) ' +
  'can send a request to Kiro while we investigate. Please try again later.'
const OVERLOAD = 'Encountered unexpectedly high load when processing the request, please try again.'
const UNAVAILABLE = 'The model is temporarily unavailable.'
const UNKNOWN_OPERATION = 'The requested operation is not recognized by the service.'

/** Every row of the catalogue by name; variants that differ in the status alone carry it as a suffix. */
export const ERRORS = {
  'improperly-formed': invalid(null, 'Improperly formed request.'),
  'request-body-invalid': invalid('REQUEST_BODY_INVALID', 'Improperly formed request.'),
  'invalid-tool-use-format': invalid('REQUEST_BODY_INVALID', 'Invalid tool use format.'),
  'tool-use-without-result': invalid('TOOL_USE_RESULT_MISMATCH', '`tool_use` ids were found without `tool_result` blocks immediately after.'),
  'tool-result-without-use': invalid('TOOL_USE_RESULT_MISMATCH', 'Expected toolResult blocks to match the toolUse blocks of the previous turn.'),
  'tool-schema-root': invalid(
    'TOOL_SCHEMA_INVALID',
    'The value at toolConfig.tools.toolSpecification.inputSchema.json.type must be one of the following: object.',
  ),
  'tool-schema-combinators': invalid('TOOL_SCHEMA_INVALID', 'input_schema does not support oneOf, allOf, or anyOf at the top level'),
  'thinking-signature-invalid': invalid('THINKING_SIGNATURE_INVALID', 'Invalid `signature` in `thinking` block'),
  'image-mime-mismatch': invalid('IMAGE_MIME_MISMATCH', 'The image does not match the format that was declared for it.'),
  'image-too-large': invalid(null, 'image exceeds 5 MB maximum'),
  'image-dimensions': invalid(null, 'image dimensions exceed max allowed size for many-image requests: 2000 pixels'),
  'content-length-exceeds-threshold': invalid('CONTENT_LENGTH_EXCEEDS_THRESHOLD', 'Input is too long.'),
  'invalid-model-id': invalid('INVALID_MODEL_ID', 'Invalid model. Please select a different model to continue.'),
  'additional-fields-unsupported': invalid(null, 'additionalModelRequestFields is not supported for this model'),
  'additional-fields-invalid': invalid(null, 'Invalid additionalModelRequestFields'),
  'profile-arn-required': invalid(null, 'profileArn is required for this request.'),
  'invalid-conversation-id': invalid('INVALID_CONVERSATION_ID', 'Invalid conversation id.'),
  'invalid-kms-grant': invalid('INVALID_KMS_GRANT', 'The KMS grant is invalid.'),
  'monthly-request-count': quota(400, 'MONTHLY_REQUEST_COUNT', 'You have reached the limit.'),
  'monthly-request-count-402': quota(402, 'MONTHLY_REQUEST_COUNT', 'You have reached the limit.'),
  'overage-request-limit-exceeded': quota(400, 'OVERAGE_REQUEST_LIMIT_EXCEEDED', 'You have reached the overage limit.'),
  'overage-request-limit-exceeded-402': quota(402, 'OVERAGE_REQUEST_LIMIT_EXCEEDED', 'You have reached the overage limit.'),
  'maximum-request-reached': { ...throttled(null, 'Maximum Request reached for this month.'), status: 400 },
  'token-rejected': { status: 401, type: 'UnauthorizedException', reason: null, message: 'Unauthorized' },
  'invalid-bearer': denied(null, 'The bearer token included in the request is invalid.'),
  'invalid-token': denied(null, 'Invalid token'),
  'not-authorized': denied(null, 'User is not authorized to make this call.'),
  'builder-id-unsupported': denied(null, 'AWS Builder ID is not supported for this operation.'),
  suspended: denied('TEMPORARILY_SUSPENDED', LOCKED),
  'suspended-without-reason': denied(null, LOCKED),
  'feature-not-supported': denied('FEATURE_NOT_SUPPORTED', 'This feature is not supported.'),
  'unauthorized-resource': denied('UNAUTHORIZED_CUSTOMIZATION_RESOURCE_ACCESS', 'Access to this resource is not authorized.'),
  'unknown-operation': { status: 404, type: 'UnknownOperationException', reason: null, message: UNKNOWN_OPERATION },
  'method-not-allowed': { status: 405, type: 'UnknownOperationException', reason: null, message: UNKNOWN_OPERATION },
  'payload-too-large': { status: 413, type: 'RequestEntityTooLargeException', reason: null, message: 'Request entity too large.' },
  'insufficient-model-capacity': throttled('INSUFFICIENT_MODEL_CAPACITY', CAPACITY),
  'insufficient-throughput': throttled('INSUFFICIENT_THROUGHPUT', CAPACITY),
  'user-request-rate-exceeded': throttled('USER_REQUEST_RATE_EXCEEDED', 'Too many requests, please wait before trying again.'),
  'daily-request-count': throttled('DAILY_REQUEST_COUNT', 'You have reached the daily limit.'),
  'monthly-request-count-429': throttled('MONTHLY_REQUEST_COUNT', 'You have reached the monthly limit.'),
  'suspicious-activity': throttled(null, SUSPICIOUS),
  'internal-server-error': failed(500, null, OVERLOAD),
  'model-temporarily-unavailable': failed(500, 'MODEL_TEMPORARILY_UNAVAILABLE', UNAVAILABLE),
  'model-temporarily-unavailable-503': failed(503, 'MODEL_TEMPORARILY_UNAVAILABLE', UNAVAILABLE),
  'service-unavailable': failed(503, null, 'Service Unavailable'),
  'bad-gateway': page(502, 'Bad Gateway'),
  'gateway-timeout': page(504, 'Gateway Time-out'),
  'front-door-timeout': page(524, 'A timeout occurred'),
  'conversation-limit-exceeded': quota(402, 'CONVERSATION_LIMIT_EXCEEDED', 'The conversation is too long, please start a new one.'),
} as const satisfies Readonly<Record<string, UpstreamError>>

export type ErrorName = keyof typeof ERRORS

export function isErrorName(value: unknown): value is ErrorName {
  return typeof value === 'string' && Object.hasOwn(ERRORS, value)
}

/** The body as the service writes it: access errors and the RPC form name the exception inside, the others in a header alone. */
export function errorPayload(error: UpstreamError, rpc = false): Readonly<Record<string, unknown>> {
  const named = rpc || error.type === 'AccessDeniedException'
  return { ...(named ? { __type: `com.amazon.aws.codewhisperer#${error.type}` } : {}), message: error.message, reason: error.reason }
}

export function errorPage(error: UpstreamError): string {
  return htmlPage(`${error.status} ${error.message}`)
}

export function htmlPage(title: string): string {
  return `<!DOCTYPE html><html><head><title>${title}</title></head><body><center><h1>${title}</h1></center></body></html>`
}

function invalid(reason: string | null, message: string): UpstreamError {
  return { status: 400, type: 'ValidationException', reason, message }
}

function denied(reason: string | null, message: string): UpstreamError {
  return { status: 403, type: 'AccessDeniedException', reason, message }
}

function throttled(reason: string | null, message: string): UpstreamError {
  return { status: 429, type: 'ThrottlingException', reason, message }
}

function quota(status: number, reason: string, message: string): UpstreamError {
  return { status, type: 'ServiceQuotaExceededException', reason, message }
}

function failed(status: number, reason: string | null, message: string): UpstreamError {
  return { status, type: status === 503 ? 'ServiceUnavailableException' : 'InternalServerException', reason, message }
}

function page(status: number, title: string): UpstreamError {
  return { status, type: title, reason: null, message: title, html: true }
}

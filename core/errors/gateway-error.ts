import { CODES, type ErrorCode, type ErrorScope } from './codes.ts'

/** Survives two copies of the package: a plugin may bring its own. */
const BRAND = Symbol.for('kiro-gateway.error')

/** A change after which the same call is worth one more try on the same account. The provider's seams read it. */
export type Remedy = 'refresh-token' | 'resolve-profile' | 'drop-signatures' | 'drop-model-fields' | 'fewer-tools' | 'new-conversation'

export interface ErrorDetails {
  readonly cause?: unknown
  /** How long the failing side asks us to stay away, milliseconds from now. */
  readonly retryAfterMs?: number
  /** The field of the client's request that is at fault, such as `messages.3.content`. */
  readonly param?: string
  readonly remedy?: Remedy
  /** The upstream's own reason word, for logs and the account's record; never shown to clients. */
  readonly reason?: string
  /** Response headers that the error's HTTP answer must carry. */
  readonly headers?: Readonly<Record<string, string>>
  /** How often an upstream was asked before the request failed. */
  readonly attempts?: number
}

/** The one kind of error that crosses a module's border. Its message is for the client: thing, reason, remedy, never a secret. */
export class GatewayError extends Error {
  readonly [BRAND] = true
  override readonly name = 'GatewayError'
  readonly code: ErrorCode
  readonly retryAfterMs?: number
  readonly param?: string
  readonly remedy?: Remedy
  readonly reason?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly attempts?: number

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    const { cause: _cause, ...rest } = details
    Object.assign(this, rest)
  }

  get status(): number {
    return CODES[this.code].status
  }

  get scope(): ErrorScope {
    return CODES[this.code].scope
  }

  static is(error: unknown): error is GatewayError {
    return typeof error === 'object' && error !== null && BRAND in error
  }

  /** The same failure as one request met it: others may have met the same object. */
  static after(error: GatewayError, attempts: number): GatewayError {
    const copy = Object.assign(new GatewayError(error.code, error.message, { cause: error.cause }), error, { attempts })
    if (error.stack !== undefined) copy.stack = error.stack
    return copy
  }

  /** Any thrown thing as a GatewayError; a stranger becomes `internal` with itself as the cause. */
  static from(error: unknown): GatewayError {
    return GatewayError.is(error)
      ? error
      : new GatewayError('internal', 'the gateway failed on this request; its log has the details under the request id', { cause: error })
  }
}

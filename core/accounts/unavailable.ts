import type { AccountState } from '../contract/account.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { restsForRate, type ServingCount } from './serving-count.ts'

const MODELS_NAMED = 10
const LONGEST_NAME = 100
const LEAST_RETRY_MS = 1_000

/** Why no account could be leased, in the words that a client and its operator can act on. */
export interface Situation {
  readonly model: string
  /** How many accounts there are of the providers that the name does not rule out. */
  readonly present: number
  /** Those among them that would serve the model if they were well, by provider. */
  readonly serving: readonly ServingCount[]
  /** Whether any account would serve the model if it were well. */
  readonly served: boolean
  /** Models that would be served, for a name that is none. */
  readonly usable: readonly string[]
  /** Why the last account that was chosen could not be used after all. */
  readonly cause?: GatewayError | undefined
  /** When the first account has an allowance of this model again; Infinity: none has run out of it. */
  readonly emptyUntil: () => number
  readonly now: number
}

export function unavailable(situation: Situation): GatewayError {
  const { present, serving, served, cause, now } = situation
  if (present === 0) return new GatewayError('no_account', 'no account is there to serve this: add one with "kiro-gateway accounts import FILE"')
  if (!served) return modelNotFound(situation)
  const returnsAt = Math.min(...serving.map(count => count.returnsAt))
  const retryAfterMs = Number.isFinite(returnsAt) ? Math.max(returnsAt - now, 0) : undefined
  const details = { ...(retryAfterMs !== undefined && { retryAfterMs }), ...(cause && { cause }) }
  const cooling = sum(serving, count => count.cooling)
  const exhausted = sum(serving, count => count.exhausted)
  const ready = sum(serving, count => count.ready)
  if (cause) return new GatewayError('no_account', `no account could be made ready: ${cause.message}`, { retryAfterMs: 5_000, ...details })
  const returning = sum(serving, count => count.active) > ready
  if (returning)
    return new GatewayError('all_cooling', 'the account that could serve this is being tried by one request first: come back in a moment', {
      ...details,
      retryAfterMs: 1_000,
    })
  const emptyUntil = ready > 0 ? situation.emptyUntil() : Number.POSITIVE_INFINITY
  if (emptyUntil !== Number.POSITIVE_INFINITY)
    return new GatewayError(
      'all_exhausted',
      'the allowance of this model is used up at every account that could serve it: wait for its reset, or choose another model',
      {
        ...details,
        retryAfterMs: Math.max(emptyUntil - now, LEAST_RETRY_MS),
      },
    )
  if (ready > 0)
    return new GatewayError(
      'no_account',
      'every account that could serve this has been tried, or was refused this model: see "kiro-gateway accounts list"',
      details,
    )
  if (cooling > 0 && !serving.some(({ limited }) => limited)) {
    return new GatewayError(
      'no_account',
      'the upstream refuses the credentials or the plan of every account that could serve this: see "kiro-gateway accounts list"',
      details,
    )
  }
  if (cooling > 0)
    return new GatewayError('all_cooling', 'every account that could serve this is cooling down after a rate limit: wait, or add another account', details)
  if (exhausted > 0)
    return new GatewayError('all_exhausted', 'the quota of every account that could serve this is used up: wait for its reset, or add another account', details)
  return new GatewayError(
    'no_account',
    'no account is usable: see "kiro-gateway accounts list", sign in again, or add another with "kiro-gateway accounts import FILE"',
    details,
  )
}

/** The same for a caller who brought an account along: nobody else's may serve. */
export function ownUnavailable(situation: Pick<Situation, 'model' | 'served' | 'usable' | 'now'> & { readonly health: AccountState }): GatewayError {
  const { health, served, now } = situation
  if (!served) return modelNotFound(situation)
  const details = health.until === undefined ? {} : { retryAfterMs: Math.max(health.until - now, 0) }
  if (restsForRate(health)) return new GatewayError('all_cooling', 'the account that came with this key is cooling down after a rate limit: wait', details)
  if (health.status === 'exhausted') return new GatewayError('all_exhausted', 'the quota of the account that came with this key is used up', details)
  if (health.status !== 'cooldown')
    return new GatewayError('no_account', 'the account that came with this key cannot be used: sign in again and send its new refresh token', details)
  return new GatewayError(
    'no_account',
    'the upstream refuses the credential or the plan of the account that came with this key: check its subscription',
    details,
  )
}

/** The accounts that could serve are well, but are not asked faster than the operator allows. */
export function lineTooLong(waiting: number, freeInMs: number): GatewayError {
  const line = waiting === 0 ? 'none may wait for one' : `${waiting === 1 ? '1 request waits' : `${waiting} requests wait`} for one already`
  return new GatewayError('all_cooling', `every account that could serve this is busy, and ${line}: come back in a moment, or add another account`, {
    retryAfterMs: retryIn(freeInMs),
  })
}

export function waitedTooLong(freeInMs: number): GatewayError {
  return new GatewayError(
    'all_cooling',
    'every account that could serve this is still busy after the longest wait that is allowed: come back in a moment, or add another account',
    { retryAfterMs: retryIn(freeInMs) },
  )
}

/** Nobody knows when a request under way will end. */
function retryIn(freeInMs: number): number {
  return Number.isFinite(freeInMs) ? Math.max(freeInMs, LEAST_RETRY_MS) : LEAST_RETRY_MS
}

export function callerUnknown(): GatewayError {
  return new GatewayError('no_account', 'the account that came with this key is not open: send the key and its refresh token again')
}

function modelNotFound({ model, usable }: Pick<Situation, 'model' | 'usable'>): GatewayError {
  const listed = usable.length === 0 ? '' : `; usable are ${usable.slice(0, MODELS_NAMED).join(', ')}${usable.length > MODELS_NAMED ? ', …' : ''}`
  return new GatewayError('model_not_found', `no account serves the model ${model.slice(0, LONGEST_NAME)}${listed}`, { param: 'model' })
}

function sum(serving: readonly ServingCount[], count: (serving: ServingCount) => number): number {
  return serving.reduce((total, each) => total + count(each), 0)
}

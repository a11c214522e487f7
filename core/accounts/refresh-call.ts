import type { Account } from '../contract/account.ts'
import { type Clock, sleep } from '../contract/clock.ts'
import type { HttpClient } from '../contract/http-client.ts'
import type { Provider } from '../contract/provider.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { schemaCheck } from './fits-schema.ts'

/** No call that may spend a refresh token lasts longer; the lease that protects it lasts four times as long. */
const REFRESH_DEADLINE_MS = 15_000

/** Wait before the one repetition after an upstream that answered, but with a failure of its own. */
const REPEAT_AFTER_MS = 300

export interface RefreshCall {
  readonly provider: Provider
  readonly account: Account
  readonly http: HttpClient
  readonly clock: Clock
  /** Takes a credential that arrived after the deadline: the token before it is spent all the same. */
  readonly late: (credential: unknown) => void
}

/**
 * Asks the provider for a new credential, within the deadline whatever the provider does.
 * @throws GatewayError what the provider found, `upstream_timeout`, or `upstream_nonsense` for a credential that is none
 */
export async function callForCredential(call: RefreshCall): Promise<unknown> {
  const started = call.clock.monotonic()
  try {
    return await callOnce(call, REFRESH_DEADLINE_MS)
  } catch (error) {
    // The upstream answered, so the token is not spent; after silence nobody knows, and it is not presented again here.
    const answered = GatewayError.is(error) && (error.code === 'upstream_failed' || error.code === 'upstream_overloaded') && error.retryAfterMs === undefined
    if (!answered) throw error
    await sleep(call.clock, REPEAT_AFTER_MS)
    const left = REFRESH_DEADLINE_MS - (call.clock.monotonic() - started)
    if (left <= 0) throw error
    return callOnce(call, left)
  }
}

async function callOnce(call: RefreshCall, deadlineMs: number): Promise<unknown> {
  const { provider, account, http, clock } = call
  if (!provider.refreshToken) throw new GatewayError('needs_login', `accounts of ${provider.name} cannot be renewed: sign in again`)
  // Made before the token is spent: between the answer and the disk no millisecond may be wasted (`reliability.md` R2).
  const isCredential = schemaCheck(provider.credential)
  const deadline = new AbortController()
  // What is kept for a provider has its credential's type.
  const answer = provider.refreshToken(account as never, bounded(http, { signal: deadline.signal, timeoutMs: deadlineMs }))
  return new Promise<unknown>((resolve, reject) => {
    let over = false
    const timer = clock.timer(deadlineMs, () => {
      over = true
      const error = new GatewayError('upstream_timeout', `${provider.name} did not renew the account within ${Math.round(deadlineMs / 1000)} s`)
      deadline.abort(error)
      reject(error)
    })
    answer.then(
      credential => {
        timer.cancel()
        if (over) {
          if (isCredential(credential)) call.late(credential)
        } else if (isCredential(credential)) {
          resolve(credential)
        } else {
          reject(new GatewayError('upstream_nonsense', `${provider.name} answered the renewal of an account with something that is no credential`))
        }
      },
      (error: unknown) => {
        timer.cancel()
        if (!over) reject(error)
      },
    )
  })
}

/** The same way out, with a limit on each call that the provider cannot widen. */
function bounded(http: HttpClient, limit: { readonly signal: AbortSignal; readonly timeoutMs: number }): HttpClient {
  const within = (given: AbortSignal | undefined) => (given ? AbortSignal.any([given, limit.signal]) : limit.signal)
  return {
    send: (request, options = {}) =>
      http.send(request, { ...options, timeoutMs: Math.min(options.timeoutMs ?? limit.timeoutMs, limit.timeoutMs), signal: within(options.signal) }),
    stream: (request, receiver, options = {}) => http.stream(request, receiver, { ...options, signal: within(options.signal) }),
  }
}

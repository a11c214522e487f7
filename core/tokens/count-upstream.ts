import type { Attempt, Call } from '../contract/call.ts'
import type { Clock } from '../contract/clock.ts'
import type { AccountPool } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import { GatewayError } from '../errors/gateway-error.ts'

export interface UpstreamCountDeps {
  readonly pool: Pick<AccountPool, 'lease'>
  readonly providers: ReadonlyMap<string, Provider>
  readonly clock: Clock
}

/** An upstream that has not counted by then is not waited for: clients send many of these at once. */
const PATIENCE_MS = 10_000

/** The count of the provider that would serve this call, where it has one; undefined when it has none or could not tell. */
export async function countUpstream(untracked: Omit<Call, 'trail'>, { pool, providers, clock }: UpstreamCountDeps): Promise<number | undefined> {
  // Leasing may renew a credential: nothing to be done for a count that nobody offers.
  if (![...providers.values()].some(provider => provider.countTokens !== undefined)) return undefined
  const call: Call = { ...untracked, trail: [] }
  const lease = await pool.lease(call).catch(() => undefined)
  if (lease === undefined) return undefined
  const controller = new AbortController()
  const leave = () => controller.abort(call.signal.reason)
  const patience = clock.timer(PATIENCE_MS, () => controller.abort(new GatewayError('upstream_timeout', 'the upstream did not count in time')))
  call.signal.addEventListener('abort', leave, { once: true })
  try {
    const { provider, account, lane, model, http } = lease
    const attempt: Attempt = { call, number: 1, account, lane, model, http, clock, remedies: new Set(), signal: controller.signal }
    const tokens = await provider.countTokens?.(call.request, attempt)
    return tokens !== undefined && tokens > 0 ? tokens : undefined
  } catch (error) {
    call.log.debug('the upstream did not count; the gateway does', { error })
    return undefined
  } finally {
    // A count says nothing of an account's health: what fails here is met by the next chat request as well.
    lease.release()
    patience.cancel()
    call.signal.removeEventListener('abort', leave)
  }
}

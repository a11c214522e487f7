import { lifetimeOf } from '../accounts/token-life.ts'
import type { Generation } from '../container/generation.ts'
import type { Services } from '../container/services.ts'
import type { Account } from '../contract/account.ts'
import type { AccountSummary } from '../contract/pool.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { type AccountStep, failed, ok } from './account-step.ts'
import { formatTime } from './output.ts'

export interface TokenWorld {
  readonly generation: Generation
  readonly services: Services
}

export interface ProvenToken {
  /** Absent: the chain ends here. */
  readonly account?: Account
  readonly steps: readonly AccountStep[]
}

/** The pool makes an account ready in one go; which part broke shows in what it left behind. */
export async function tokenSteps(summary: AccountSummary, account: Account, world: TokenWorld): Promise<ProvenToken> {
  const { id, generation: before } = summary
  const { directory, clock } = world.services
  let doubt: AccountStep | undefined
  try {
    if (isUnproven(summary) && isRenewable(account, world)) doubt = await prove(id, world)
    const usable = await world.generation.pool.ready(id)
    return { account: usable, steps: [doubt ?? (await tokenStep(id, before, world)), ok('profile', 'everything that its calls must name is known')] }
  } catch (error) {
    const { expiresAt, state } = await directory.show(id)
    const alive = state.status !== 'invalid' && (expiresAt === undefined || expiresAt > clock.now())
    const isProfile = alive && GatewayError.is(error) && error.code !== 'needs_login'
    return { steps: isProfile ? [doubt ?? (await tokenStep(id, before, world)), failed('profile', error, id)] : [failed('token', error, id)] }
  }
}

/**
 * One more token, for a call that was refused with the one in use.
 * @throws GatewayError what the renewal met
 */
export async function renewed(id: string, before: number, world: TokenWorld): Promise<{ readonly account: Account; readonly step: AccountStep }> {
  const { pool } = world.generation
  await pool.refresh(id)
  return { account: await pool.ready(id), step: await tokenStep(id, before, world) }
}

/** Whether there is anything to renew: a key is all there is, and the upstream has said what it thinks of it. */
export function isRenewable({ provider: name, credential }: Account, { services }: TokenWorld): boolean {
  const provider = services.providers.get(name)
  return provider !== undefined && lifetimeOf(provider, credential).expiresAt !== Infinity
}

/** Its refresh token came from somebody's copy and nobody has presented it yet: an access token that works says nothing of it. */
function isUnproven({ generation, origin }: AccountSummary): boolean {
  return generation === 0 && origin === 'store'
}

/** A renewal that did not come off for some other reason than the credential proves nothing; what there is may serve. */
async function prove(id: string, { generation: { pool } }: TokenWorld): Promise<AccountStep | undefined> {
  try {
    await pool.refresh(id)
    return undefined
  } catch (error) {
    if (GatewayError.is(error) && error.code === 'needs_login') throw error
    return { ...failed('token', error, id), result: 'warn' }
  }
}

async function tokenStep(id: string, before: number, { services: { directory } }: TokenWorld): Promise<AccountStep> {
  const { generation, expiresAt } = await directory.show(id)
  const until = expiresAt === undefined ? 'does not end' : `valid until ${formatTime(expiresAt)}`
  return ok('token', generation > before ? `renewed, ${until}` : until)
}

import { randomUUID } from 'node:crypto'
import { type Account, GatewayError, type SignedIn } from '../../../core/index.ts'
import type { KiroCredential } from '../credential.ts'
import { derivedMachineId } from '../machine-id.ts'
import { listModels } from '../models.ts'
import { lacksProfile } from '../profile-arn.ts'
import { resolveProfile } from '../profile.ts'
import { askUsage } from '../quota.ts'
import { type Fields, isFields, textOf } from '../untrusted.ts'
import type { SignInContext } from './context.ts'

/** An account that is signing in: it has an id for its calls, which it will not keep. */
export type NewAccount = Account<KiroCredential>

export function newAccount(credential: KiroCredential): NewAccount {
  const id = `sign-in/${randomUUID()}`
  // The machine that its first calls name is its machine for good.
  return { id, provider: 'kiro', label: '', credential, generation: 0, facts: { machineId: derivedMachineId(id) }, settings: {} }
}

/**
 * The account as it is kept: with its profile, after its first call went well.
 * @throws GatewayError when the service does not serve it: then it had better not be kept
 */
export async function acceptedAccount(account: NewAccount, context: SignInContext & { readonly title: string }): Promise<SignedIn<KiroCredential>> {
  const profile = lacksProfile(account) ? await resolveProfile({ account, ...context }) : {}
  const facts = { ...account.facts, ...profile }
  const { usage, doubt } = await firstCall({ ...account, facts }, context)
  const user = isFields(usage.userInfo) ? usage.userInfo : {}
  const userId = textOf(user.userId)
  const email = textOf(user.email)
  const plan = isFields(usage.subscriptionInfo) ? textOf(usage.subscriptionInfo.subscriptionTitle) : undefined
  const { credential } = account
  return {
    account: {
      // Of an e-mail address only the part that says who, not where.
      label: (email?.split('@', 1)[0] || context.title).slice(0, 100),
      credential: email === undefined ? credential : { ...credential, rest: { ...credential.rest, email } },
      facts: { ...facts, ...(userId === undefined ? {} : { userId }) },
    },
    ...(plan === undefined ? {} : { plan }),
    ...(doubt === undefined ? {} : { doubt }),
  }
}

interface FirstCall {
  readonly usage: Fields
  readonly doubt?: string
}

/** Usage tells most. Where it is not told, an account that has models is none the worse for it. */
async function firstCall(account: NewAccount, context: SignInContext): Promise<FirstCall> {
  try {
    return { usage: await askUsage({ account, ...context }) }
  } catch (error) {
    if (!isAccounts(error)) return { usage: {}, doubt: doubtOf(error) }
  }
  try {
    await listModels({ account, ...context })
    return { usage: {} }
  } catch (error) {
    if (isAccounts(error)) throw error
    return { usage: {}, doubt: doubtOf(error) }
  }
}

/** Whether a failure tells of the account, not of the way to the service or of the question. */
function isAccounts(error: unknown): boolean {
  return GatewayError.is(error) && error.scope === 'account'
}

function doubtOf(error: unknown): string {
  return `it could not be tried out yet: ${GatewayError.from(error).message}`
}

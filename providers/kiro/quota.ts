import { GatewayError, type Quota } from '../../core/index.ts'
import { askControlPlane, type ControlCaller, mayHelpElsewhere } from './control-plane.ts'
import { type ControlHost, controlHosts, hasOwnControlPlane } from './endpoints.ts'
import { profileArnForControl, profileArnOf } from './profile-arn.ts'
import { quotaBuckets } from './quota-buckets.ts'
import { API_REGIONS, apiRegion } from './regions.ts'
import { type Fields, isFields, textOf } from './untrusted.ts'

/** One way to ask. The service has changed its mind on all three members within months (`kiro.md` §1.5). */
interface Question {
  readonly host: ControlHost
  readonly profileArn?: string
  /** Without `resourceType`: worth asking only where a question with it was refused as not supported. */
  readonly untyped?: true
}

/**
 * What is left of an account's plan.
 * @throws GatewayError the first refusal, when no way to ask is answered
 */
export async function readQuota(caller: ControlCaller): Promise<Quota> {
  const answer = await askUsage(caller)
  const plan = isFields(answer.subscriptionInfo) ? (textOf(answer.subscriptionInfo.subscriptionTitle) ?? textOf(answer.subscriptionInfo.type)) : undefined
  return { ...(plan === undefined ? {} : { plan }), buckets: quotaBuckets(answer) }
}

/** What the service says of an account's use, as it says it; of the account's user too. */
export async function askUsage(caller: ControlCaller): Promise<Fields> {
  let first: unknown
  let last: unknown
  for (const question of questions(caller)) {
    if (question.untyped && !isUnsupported(last)) continue
    try {
      return await askControlPlane(callFor(question), caller)
    } catch (error) {
      if (!mayHelpElsewhere(error)) throw error
      first ??= error
      last = error
    }
  }
  throw first
}

function questions({ account, options }: ControlCaller): readonly Question[] {
  const region = apiRegion(account.credential, profileArnOf(account), options)
  const arn = profileArnForControl(account)
  const regions = hasOwnControlPlane(options) ? [region] : [...new Set([region, ...API_REGIONS])]
  const hosts = regions.flatMap(name => controlHosts(name, options))
  const rest = hosts
    .filter(host => host.form === 'rest')
    .flatMap((host, index): readonly Question[] => [
      // The ARN belongs to the first region; anywhere else it would make the question malformed.
      ...(arn !== undefined && index === 0 ? [{ host, profileArn: arn }] : []),
      { host },
      { host, untyped: true },
    ])
  const management = hosts
    .filter(host => host.form === 'management')
    .map((host, index): Question => (arn !== undefined && index === 0 ? { host, profileArn: arn } : { host }))
  return [...rest, ...management]
}

function callFor({ host, profileArn, untyped }: Question) {
  const rest = host.form === 'rest'
  return {
    origin: host.origin,
    path: rest ? '/getUsageLimits' : '/Get-Usage-Limits',
    query: {
      origin: rest ? 'AI_EDITOR' : 'KIRO_CLI',
      resourceType: untyped ? undefined : rest ? 'AGENTIC_REQUEST' : 'CREDIT',
      isEmailRequired: rest ? 'true' : 'false',
      profileArn,
    },
  }
}

function isUnsupported(error: unknown): boolean {
  return GatewayError.is(error) && error.reason === 'FEATURE_NOT_SUPPORTED'
}

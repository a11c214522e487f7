import { type SimulatedAccount, userIdOf } from './accounts.ts'
import { authenticate, ownsArn } from './authentication.ts'
import { ERRORS } from './error-catalogue.ts'
import { type Exchange, headerOf, isRpc, sendError, sendJson } from './exchange.ts'
import { objectOf, parseJson, textOf } from './json.ts'
import { isOffered, modelEntry, MODELS } from './models.ts'
import { performError } from './step-performer.ts'
import type { ControlOperation } from './steps.ts'
import type { World } from './world.ts'

/** `GET /ListAvailableModels` and its other names (`kiro.md` §1.4). */
export async function listModels(exchange: Exchange, world: World): Promise<void> {
  const account = await admitted(exchange, world, 'models')
  if (account === undefined) return
  const { pageSize = Infinity, contextWindow } = world.settings
  const size = Math.max(1, Math.min(pageSize, Number(parameter(exchange, 'maxResults') ?? 50) || 50))
  const from = Number(parameter(exchange, 'nextToken') ?? 0) || 0
  const offered = MODELS.filter(model => model.unlisted !== true && isOffered(model, account.plan, account.apiRegion))
  sendJson(exchange, {
    models: offered.slice(from, from + size).map(model => modelEntry(model, contextWindow)),
    defaultModel: { modelId: 'auto' },
    nextToken: from + size < offered.length ? `${from + size}` : null,
  })
}

/** `GET /getUsageLimits` and its other name (`kiro.md` §1.5). */
export async function getUsage(exchange: Exchange, world: World): Promise<void> {
  const account = await admitted(exchange, world, 'usage')
  if (account === undefined) return
  const limit = account.creditLimit
  const used = account.exhausted === undefined ? Math.min(limit, account.creditsUsed) : limit
  const now = new Date(world.settings.now())
  const reset = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1) / 1000
  sendJson(exchange, {
    limits: [],
    nextDateReset: reset,
    daysUntilReset: Math.ceil((reset - now.getTime() / 1000) / 86_400),
    usageBreakdown: null,
    usageBreakdownList: [
      {
        resourceType: 'CREDIT',
        displayName: 'Credit',
        displayNamePlural: 'Credits',
        unit: 'INVOCATIONS',
        currentUsage: Math.floor(used),
        currentUsageWithPrecision: Math.round(used * 100) / 100,
        usageLimit: limit,
        usageLimitWithPrecision: limit,
        currentOverages: 0,
        currentOveragesWithPrecision: 0,
        overageRate: 0.04,
        overageCharges: 0,
        currency: 'USD',
        nextDateReset: reset,
        freeTrialInfo: trialInfo(account.trial),
        bonuses: [],
      },
    ],
    subscriptionInfo: subscription(account),
    overageConfiguration: { overageStatus: 'DISABLED', overageLimit: 0 },
    userInfo: {
      userId: userIdOf(account),
      ...(parameter(exchange, 'isEmailRequired') === 'true' ? { email: account.email } : {}),
    },
  })
}

/** `POST /ListAvailableProfiles` and its other names (`kiro.md` §1.6). */
export async function listProfiles(exchange: Exchange, world: World): Promise<void> {
  const account = await admitted(exchange, world, 'profiles')
  if (account === undefined) return
  if (account.kind === 'builder-id') {
    sendError(exchange, ERRORS['builder-id-unsupported'])
    return
  }
  const owns = account.kind === 'idc' || account.kind === 'external-idp'
  sendJson(exchange, { profiles: owns ? [profile(account)] : [], nextToken: null })
}

async function admitted(exchange: Exchange, world: World, operation: ControlOperation): Promise<SimulatedAccount | undefined> {
  const account = authenticate(exchange, world)
  if (account === undefined) return undefined
  const step = world.steps.control(operation, { account: account.id, host: headerOf(exchange, 'host') })
  if (step !== undefined) {
    if (exchange.note !== undefined) exchange.note.played = `operation ${operation}`
    await performError(exchange, step)
    return undefined
  }
  return ownsArn(exchange, world, { account, arn: parameter(exchange, 'profileArn') }) ? account : undefined
}

/** A member of the call, which the RPC form has in its body and the REST form in its query. */
function parameter(exchange: Exchange, name: string): string | undefined {
  if (!isRpc(exchange)) return exchange.query.get(name) ?? undefined
  const value = objectOf(parseJson(exchange.body.toString()))[name]
  return textOf(value) ?? (typeof value === 'number' || typeof value === 'boolean' ? `${value}` : undefined)
}

function profile(account: SimulatedAccount): Readonly<Record<string, unknown>> {
  return {
    arn: account.profileArn,
    profileName: `Simulated ${account.id}`,
    identityDetails: {
      ssoIdentityDetails: { instanceArn: 'arn:aws:sso:::instance/ssoins-0000000000000000', oidcClientId: 'simulated', ssoRegion: account.authRegion },
    },
  }
}

function trialInfo(trial: SimulatedAccount['trial']): Readonly<Record<string, unknown>> | null {
  if (trial === undefined) return null
  const { used, limit } = trial
  return { freeTrialStatus: 'ACTIVE', currentUsage: Math.floor(used), currentUsageWithPrecision: used, usageLimit: limit, usageLimitWithPrecision: limit }
}

function subscription({ plan }: SimulatedAccount): Readonly<Record<string, string>> {
  const suffix = plan.replace('-', '_').toUpperCase()
  return {
    type: `Q_DEVELOPER_STANDALONE_${suffix}`,
    subscriptionTitle: `KIRO ${plan.replace('-plus', '+').toUpperCase()}`,
    upgradeCapability: 'UPGRADE_CAPABLE',
    overageCapability: 'OVERAGE_INCAPABLE',
    subscriptionManagementTarget: 'PURCHASE',
  }
}

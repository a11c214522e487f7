import { poolRules } from '../accounts/pool-rules.ts'
import { strategyInForce } from '../accounts/rules-in-force.ts'
import { StrategySetting } from '../accounts/strategy-setting.ts'
import type { Services } from '../container/services.ts'
import type { Flags } from '../contract/settings.ts'
import { STRATEGY_NAMES, strategyNamed } from '../contract/strategy-names.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { withServices } from './with-services.ts'

export interface StrategyFlags extends Flags {
  /** Absent: only shows. */
  readonly name: string | undefined
  readonly provider?: string
  readonly reset?: boolean
  readonly json?: boolean
}

/** Shows how accounts are chosen, or sets it: a running server follows within a second. */
export async function accountsStrategy(context: CommandContext, { name, provider, reset, json, ...flags }: StrategyFlags): Promise<ExitCode> {
  return withServices(context, flags, async services => {
    if (provider !== undefined && !services.providers.has(provider)) {
      throw new GatewayError('not_found', `there is no provider "${provider}": configured are ${[...services.providers.keys()].join(', ')}`)
    }
    if (reset && name !== undefined) throw new GatewayError('bad_request', 'either a strategy or --reset: a reset lets the configuration decide')
    const setting = new StrategySetting(services.store)
    if (reset) await setting.reset(provider)
    else if (name !== undefined) await setting.set(strategyFor(name), provider)
    const shown = (await inForce(services, setting)).filter(each => provider === undefined || each.provider === provider)
    if (json) context.output.json(shown)
    else
      context.output.table(
        ['PROVIDER', 'STRATEGY', 'SET BY', 'CONFIGURED'],
        shown.map(each => [each.provider, each.strategy, each.source, each.configured]),
      )
    return 0
  })
}

function strategyFor(name: string) {
  const strategy = strategyNamed(name)
  if (strategy === undefined) throw new GatewayError('bad_request', `there is no strategy "${name}"; there are ${STRATEGY_NAMES.join(', ')}`)
  return strategy
}

async function inForce({ settings }: Services, setting: StrategySetting) {
  const stored = await setting.read()
  return [...poolRules(settings.providers)].map(([provider, { strategy: configured }]) => {
    const isStored = stored.byProvider.has(provider) || stored.everywhere !== undefined
    return { provider, strategy: strategyInForce(provider, { configured, stored }), source: isStored ? 'command' : 'configuration', configured }
  })
}

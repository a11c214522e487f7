// What choosing an account costs, alone: asks the gateway's own pool for accounts and hands them back; a process of its own.
import { AccountSources } from '../../../core/accounts/sources.ts'
import { DEFAULT_RULES } from '../../../core/accounts/pool-rules.ts'
import { STRATEGIES } from '../../../core/accounts/strategies/list.ts'
import { TokenStore } from '../../../core/accounts/token-store.ts'
import type { StrategyName } from '../../../core/contract/strategy-names.ts'
import { HOUR, silent, succeed } from '../../support/accounts.ts'
import { talk, worldWith } from '../../support/choosing.ts'
import { endWithParent } from '../child-side.ts'
import type { SelectionCost } from './curve.ts'

const SIZES = [1, 10, 100, 1000]
const ROUNDS = 5
const CHOICES = 5_000

async function costOf(strategy: StrategyName, accounts: number): Promise<SelectionCost> {
  const world = await worldWith({ ...DEFAULT_RULES, strategy })
  const { store, vault, clock, provider, pool } = world
  try {
    const imported = Array.from({ length: accounts }, (_, index) => ({
      label: `account ${index}`,
      credential: { access: `access-${index}`, refresh: `refresh-${index}`, expiresAt: clock.now() + 1000 * HOUR },
    }))
    await new AccountSources({ store, vault, tokens: new TokenStore({ store, vault, clock }), clock, log: silent }).reconcile([
      { origin: 'store', provider: provider as never, accounts: imported },
    ])
    await pool.reload(0)
    let microseconds = Infinity
    for (let round = 0; round < ROUNDS; round++) {
      const calls = Array.from({ length: CHOICES }, () => talk())
      const before = process.cpuUsage()
      for (const call of calls) succeed(await pool.lease(call))
      const { user, system } = process.cpuUsage(before)
      microseconds = Math.min(microseconds, (user + system) / CHOICES)
    }
    return { strategy, accounts, microseconds }
  } finally {
    await world.close()
  }
}

endWithParent()
const costs: SelectionCost[] = []
for (const strategy of Object.keys(STRATEGIES) as StrategyName[]) for (const accounts of SIZES) costs.push(await costOf(strategy, accounts))
process.stdout.write(`${JSON.stringify(costs)}\n`)

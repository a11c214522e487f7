import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runForResult, type ServingChild, startServing } from './child.ts'
import { type GatewayData, startGateway } from './gateway.ts'
import type { LoadJob, LoadResult } from './load.ts'
import { program } from './plain-program.ts'
import type { Scenario } from './scenario.ts'
import type { Pinning, Target } from './target.ts'

export interface RoundPlan {
  readonly scenario: Scenario
  readonly target: Target
  readonly pinning?: Pinning
  readonly warmUpMs: number
  readonly measureMs: number
  /** Folder for CPU profiles of the target, by its name. */
  readonly profile?: string
  /** For the target's Node. */
  readonly nodeArguments?: readonly string[]
  /** What the gateway keeps, and which checkout's it is. */
  readonly gateway?: GatewayData
}

/** The path of one of the benchmark's own programs. */
export const script = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** One round: fresh processes, a warm-up, one measured window. */
export async function runRound(plan: RoundPlan): Promise<LoadResult> {
  const { scenario, pinning } = plan
  const others = pinning === undefined ? {} : { core: pinning.others }
  const serving: ServingChild[] = []
  try {
    const upstream = await startServing({ name: 'the upstream', args: [program('upstream.ts'), JSON.stringify(scenario)], ...others })
    serving.push(upstream)
    const target = plan.target === 'direct' ? upstream : await startTarget(plan, upstream.origin)
    if (target !== upstream) serving.push(target)
    const job: LoadJob = {
      scenario,
      upstream: upstream.origin,
      ...(plan.target === 'direct' ? {} : { gateway: target.origin }),
      pid: target.pid,
      warmUpMs: plan.warmUpMs,
      measureMs: plan.measureMs,
      ...(pinning === undefined || plan.target === 'direct' ? {} : { core: pinning.target }),
    }
    return JSON.parse(await runForResult({ name: 'the load generator', args: [program('load.ts'), JSON.stringify(job)], ...others })) as LoadResult
  } finally {
    for (const child of serving.toReversed()) await child.stop()
  }
}

export function startTarget(
  { scenario, target, pinning, profile, gateway, nodeArguments: given = [] }: Omit<RoundPlan, 'warmUpMs' | 'measureMs'>,
  upstream: string,
): Promise<ServingChild> {
  const core = pinning === undefined ? {} : { core: pinning.target }
  const nodeArguments = profile === undefined ? given : [...given, '--cpu-prof', `--cpu-prof-dir=${join(profile, target)}`]
  const floor = scenario.wire === undefined ? 'floor.ts' : 'passthrough-floor.ts'
  if (target === 'floor') return startServing({ name: 'the floor', args: [...nodeArguments, program(floor), upstream], ...core })
  return startGateway({ upstream, nodeArguments, ...(scenario.wire === undefined ? {} : { wire: scenario.wire }), ...gateway, ...core })
}

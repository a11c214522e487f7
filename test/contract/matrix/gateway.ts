import type { KiroSimulator } from '../../../providers/kiro/simulator/index.ts'
import { startTestGateway, type TestGateway } from '../../support/gateway.ts'
import { openAnthropicCompatible } from '../upstreams/anthropic-compatible.ts'
import { openGemini } from '../upstreams/gemini.ts'
import { openKiro } from '../upstreams/kiro.ts'
import { openOpenaiCompatible } from '../upstreams/openai-compatible.ts'
import type { ProviderName, SimulatedUpstream } from '../upstreams/simulated-upstream.ts'
import { anthropicClient } from './anthropic-client.ts'
import type { ClientPlace, DialectName, MatrixClient } from './client.ts'
import { openaiClient } from './openai-client.ts'

export const DIALECTS: Readonly<Record<DialectName, (place: ClientPlace) => MatrixClient>> = { anthropic: anthropicClient, 'openai-chat': openaiClient }

export interface MatrixGateway {
  readonly gateway: TestGateway
  readonly upstreams: Readonly<Record<ProviderName, SimulatedUpstream>>
  close(): Promise<void>
}

interface MatrixOptions {
  /** Names under which each kind stands in the configuration beside its own; Kiro has its callers' accounts for that. */
  readonly alsoAs?: (kind: Exclude<ProviderName, 'kiro'>) => readonly string[]
  readonly plugins?: readonly unknown[]
}

/** One gateway with all four providers, each in front of its simulator. */
export async function startMatrix({ alsoAs = () => [], plugins }: MatrixOptions = {}): Promise<MatrixGateway> {
  const keyed = { 'openai-compatible': await openOpenaiCompatible(), 'anthropic-compatible': await openAnthropicCompatible(), gemini: await openGemini() }
  const entries = (Object.entries(keyed) as [keyof typeof keyed, SimulatedUpstream][]).flatMap(([use, { options }]) => [
    { use, options },
    ...alsoAs(use).map(name => ({ use, options: { ...options, name } })),
  ])
  const gateway = await startTestGateway({ config: { providers: [{ use: 'kiro' }, ...entries], ...(plugins === undefined ? {} : { plugins }) } })
  const kiro = await openKiro(gateway.simulator satisfies KiroSimulator)
  return {
    gateway,
    upstreams: { kiro, ...keyed },
    async close() {
      await gateway.close()
      await Promise.all(Object.values(keyed).map(upstream => upstream.close()))
    },
  }
}

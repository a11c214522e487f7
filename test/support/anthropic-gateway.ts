import { type AnthropicSimulator, DEFAULT_KEY, startAnthropicSimulator } from '../../providers/anthropic-compatible/simulator/index.ts'
import type { AnthropicSimulatorOptions } from '../../providers/anthropic-compatible/simulator/options.ts'
import type { KiroSimulator } from '../../providers/kiro/simulator/index.ts'
import { startTestGateway, type TestGateway, type TestGatewayOptions } from './gateway.ts'

export interface AnthropicGateway {
  readonly gateway: TestGateway
  readonly upstream: AnthropicSimulator
  close(): Promise<void>
}

interface Options extends Omit<TestGatewayOptions, 'config' | 'simulator'> {
  readonly simulator?: AnthropicSimulatorOptions
  /** The provider's options beside its address and its one key. */
  readonly provider?: Readonly<Record<string, unknown>>
  /** The configuration around the provider's entry; default: that entry alone. */
  readonly config?: (entry: unknown, kiro: KiroSimulator) => Readonly<Record<string, unknown>>
}

/** The whole gateway with an Anthropic-compatible upstream as its only provider. */
export async function startAnthropicGateway({
  simulator = {},
  provider = {},
  config = one => ({ providers: [one] }),
  ...options
}: Options = {}): Promise<AnthropicGateway> {
  const upstream = await startAnthropicSimulator(simulator)
  const entry = { use: 'anthropic-compatible', options: { baseUrl: upstream.origin, accounts: [{ apiKey: DEFAULT_KEY }], ...provider } }
  const gateway = await startTestGateway({ accounts: [], ...options, config: (kiro: KiroSimulator) => config(entry, kiro) })
  return {
    gateway,
    upstream,
    async close() {
      await gateway.close()
      await upstream.close()
    },
  }
}

import type { ImportedAccount } from '../../core/index.ts'
import { systemClock } from '../../core/telemetry/system-clock.ts'
import { type ConformanceUpstream, type ProviderConformanceOptions, providerConformance } from '../../core/testing/index.ts'
import { anthropicCompatible } from '../../providers/anthropic-compatible/index.ts'
import { echo } from '../../providers/echo/index.ts'
import { gemini } from '../../providers/gemini/index.ts'
import { createKiroImporter } from '../../providers/kiro/importer.ts'
import { kiro } from '../../providers/kiro/index.ts'
import { openaiCompatible } from '../../providers/openai-compatible/index.ts'
import { openAnthropicCompatible } from './upstreams/anthropic-compatible.ts'
import { openGemini } from './upstreams/gemini.ts'
import { openKiro } from './upstreams/kiro.ts'
import { openOpenaiCompatible } from './upstreams/openai-compatible.ts'
import { conformanceUpstream } from './upstreams/simulated-upstream.ts'

const PROVIDERS: Readonly<Record<string, ProviderConformanceOptions>> = {
  'kiro, reasoning in tags': { open: () => openedKiro('claude-sonnet-4.5') },
  'kiro, reasoning in events': { open: () => openedKiro('claude-opus-4.7') },
  'openai-compatible': {
    open: async () => {
      const upstream = await openOpenaiCompatible()
      return conformanceUpstream(upstream, openaiCompatible(upstream.options))
    },
  },
  'anthropic-compatible': {
    open: async () => {
      const upstream = await openAnthropicCompatible()
      return conformanceUpstream(upstream, anthropicCompatible(upstream.options))
    },
  },
  'gemini, older models': { open: () => openedGemini('gemini-2.5-flash') },
  'gemini, newer models': { open: () => openedGemini('gemini-3-pro-preview') },
  // The bare interface, without an upstream: it says what it is told.
  echo: { open: openedEcho, without: ['image', 'tools', 'reasoning', 'limits'] },
}

for (const [name, options] of Object.entries(PROVIDERS)) {
  describe(`the provider contract, kept by ${name}`, () => {
    const { checks, close } = providerConformance(options)
    after(close)
    for (const check of checks) it(check.name, check.run)
  })
}

async function openedKiro(model: string): Promise<ConformanceUpstream> {
  const upstream = await openKiro(undefined, model)
  const importer = createKiroImporter(systemClock)
  const accounts: ImportedAccount[] = []
  for (const kind of ['social', 'idc', 'api-key'] as const) {
    const text = JSON.stringify(upstream.simulator.issue(kind))
    const read = await importer.parse(text, { source: kind, companion: () => Promise.resolve(undefined), companions: () => Promise.resolve([]) })
    accounts.push(...read.accounts)
  }
  // A profile's name stands in the addresses of the control plane, as the protocol has it.
  return { ...conformanceUpstream(upstream, kiro(upstream.options), accounts), notSecret: ['profileArn'] }
}

async function openedGemini(model: string): Promise<ConformanceUpstream> {
  const upstream = await openGemini(model)
  return conformanceUpstream(upstream, gemini(upstream.options))
}

function openedEcho(): Promise<ConformanceUpstream> {
  return Promise.resolve({
    provider: echo(),
    accounts: [{ label: 'echo', credential: { name: 'echo' } }],
    model: 'echo-1',
    cue: ({ text = '' }) => text,
    close: () => Promise.resolve(),
  })
}

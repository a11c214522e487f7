import type { ImportedAccount, ProviderEntry } from '../../../core/index.ts'
import type { ConformanceUpstream, WantedAnswer } from '../../../core/testing/index.ts'

/** What goes wrong at an upstream, in words that hold for all of them. */
export type Fault = 'rate-limit' | 'bad-key' | 'context-too-long' | 'overloaded' | 'cut'

export const PROVIDERS = ['kiro', 'openai-compatible', 'anthropic-compatible', 'gemini'] as const
export type ProviderName = (typeof PROVIDERS)[number]

/** One provider's simulator behind words that hold for all four. */
export interface SimulatedUpstream {
  readonly model: string
  /** Settings that send a provider's calls there, with one account. */
  readonly options: Readonly<Record<string, unknown>>
  /** Makes the next answer so; returns what must stand in the user's message for it. */
  cue(wanted: WantedAnswer, stream: boolean): string
  /** Makes the next call go wrong, however often it is tried. */
  fail(fault: Fault, how: { readonly stream: boolean; readonly sameWire: boolean }): string
  /** Bodies of the calls that asked for an answer, oldest first. */
  asked(): readonly Readonly<Record<string, unknown>>[]
  reset(): void
  close(): Promise<void>
}

/** A simulator as the conformance suite wants it. */
export function conformanceUpstream(upstream: SimulatedUpstream, provider: ProviderEntry, accounts?: readonly ImportedAccount[]): ConformanceUpstream {
  const { model } = upstream
  return {
    ...{ provider, model },
    ...(accounts === undefined ? {} : { accounts }),
    cue: (wanted, stream) => upstream.cue(wanted, stream),
    close: () => upstream.close(),
  }
}

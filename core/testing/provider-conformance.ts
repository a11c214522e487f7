import { deepStrictEqual, fail } from 'node:assert/strict'
import type { Feature, InputKind } from '../model/model-card.ts'
import { accountChecks } from './account-checks.ts'
import { answerChecks, replayCheck, spoiltAnswerChecks } from './answer-checks.ts'
import type { ConformanceCheck } from './conformance-check.ts'
import { connectionChecks } from './connection-checks.ts'
import { failureChecks } from './failure-checks.ts'
import { type ConformanceUpstream, type OpenBench, ProviderBench } from './provider-bench.ts'
import { requestChecks } from './request-checks.ts'
import { SAMPLE_CONVERSATIONS, type SampleConversation } from './sample-conversations.ts'

export interface ProviderConformanceOptions {
  /** Starts the provider's simulated upstream; called once, by the first check that runs. */
  readonly open: () => Promise<ConformanceUpstream>
  /** What the provider or the asked model has not: what needs it is left out, and the model's card must agree. */
  readonly without?: readonly SampleNeed[]
}

export type SampleNeed = NonNullable<SampleConversation['needs']>

/** A provider's conformance as tests of any framework: run each check, then close. */
export interface ProviderConformance {
  readonly checks: readonly { readonly name: string; run(): Promise<void> }[]
  close(): Promise<void>
}

/** Those that a model's card tells of. */
const NEEDS: readonly Exclude<SampleNeed, 'limits'>[] = ['image', 'tools', 'reasoning']

/**
 * Checks that hold for every provider, from the public contract alone. A provider is done when it passes them, and what is
 * peculiar to its upstream has tests of its own (`docs/provider-conformance.md`).
 */
export function providerConformance({ open, without = [] }: ProviderConformanceOptions): ProviderConformance {
  const bench = new ProviderBench(open)
  const has = ({ needs }: SampleConversation) => needs === undefined || !without.includes(needs)
  const conversations = SAMPLE_CONVERSATIONS.filter(has)
  const [short, long] = [named('a question'), named('a long answer of all sorts of characters')]
  const checks: readonly ConformanceCheck[] = [
    ...accountChecks(short),
    { name: 'has on its model’s card what the model can, and nothing else', run: open => checkAbilities(open, without) },
    ...conversations.flatMap(answerChecks),
    ...['parallel tool calls', 'reasoning with a budget', 'reasoning with an effort, before tools'].map(named).filter(has).map(replayCheck),
    ...spoiltAnswerChecks(long),
    ...connectionChecks(long, short),
    ...failureChecks(short),
    ...requestChecks(conversations),
  ]
  return {
    checks: checks.map(check => ({ name: check.name, run: async () => check.run(await bench.opened()) })),
    close: () => bench.close(),
  }
}

function named(name: string): SampleConversation {
  return SAMPLE_CONVERSATIONS.find(conversation => conversation.name === name) ?? fail(`there is no conversation "${name}"`)
}

async function checkAbilities({ provider, http, accounts: [account], upstream: { model } }: OpenBench, without: readonly SampleNeed[]): Promise<void> {
  const cards = [...(await provider.models(account as never, http)), ...(provider.catalog?.models ?? [])]
  const card = cards.find(({ id }) => id === (provider.catalog?.resolve(model) ?? model))
  const can: readonly (InputKind | Feature)[] = [...(card?.input ?? []), ...(card?.features ?? [])]
  deepStrictEqual(
    NEEDS.filter(need => !can.includes(need)),
    NEEDS.filter(need => without.includes(need)),
  )
}

import type { Usage } from '../../core/index.ts'
import { tokenWeight } from './estimate.ts'
import type { JsonObject } from './payload.ts'

/** What the parser knows of the request before the answer. */
export interface UsageBasis {
  /** The model's context window in tokens. */
  readonly contextWindow?: number
  readonly estimatedInputTokens?: number
}

/** Gathers an answer's cost from whatever the upstream tells, best source first (`kiro.md` §6.5). */
export class UsageMeter {
  #output = 0
  #reasoning = 0
  #told: JsonObject | undefined
  #cost: Usage['cost']
  /** Share of the context window that question and answer fill; may exceed 100. */
  contextUsage: number | undefined

  /** Counts visible text and tool arguments. */
  output(text: string): void {
    this.#output += tokenWeight(text)
  }

  /** Counts reasoning, shown or not: it was generated and is part of the window. */
  reasoning(text: string): void {
    this.#reasoning += tokenWeight(text)
  }

  tokenUsage(usage: JsonObject): void {
    this.#told = usage
    this.contextUsage ??= count(usage['contextUsagePercentage'])
  }

  metering(event: JsonObject): void {
    const amount = count(event['usage'])
    if (amount === undefined) return
    const unit = event['unit']
    this.#cost = { amount, unit: typeof unit === 'string' && unit !== '' ? unit : 'credit' }
  }

  total(basis: UsageBasis): Usage {
    const told = this.#told ?? {}
    const cacheRead = count(told['cacheReadInputTokens'])
    const cacheWrite = count(told['cacheWriteInputTokens'])
    const output = count(told['outputTokens']) ?? Math.ceil(this.#output + this.#reasoning)
    const input = inputOf(told) ?? this.#fromPercentage(basis.contextWindow, output) ?? basis.estimatedInputTokens
    return {
      ...(input === undefined ? {} : { input }),
      output,
      ...(cacheRead === undefined ? {} : { cacheRead }),
      ...(cacheWrite === undefined ? {} : { cacheWrite }),
      ...(this.#reasoning === 0 ? {} : { reasoning: Math.ceil(this.#reasoning) }),
      ...(this.#cost === undefined ? {} : { cost: this.#cost }),
    }
  }

  /** The percentage is of the whole conversation, this answer included. Nothing left means that it said nothing. */
  #fromPercentage(window: number | undefined, output: number): number | undefined {
    if (window === undefined || this.contextUsage === undefined) return undefined
    const input = Math.round((this.contextUsage * window) / 100) - output
    return input > 0 ? input : undefined
  }
}

function inputOf(told: JsonObject): number | undefined {
  const uncached = count(told['uncachedInputTokens'])
  if (uncached !== undefined) return uncached + (count(told['cacheReadInputTokens']) ?? 0) + (count(told['cacheWriteInputTokens']) ?? 0)
  const total = count(told['totalTokens'])
  const output = count(told['outputTokens'])
  return total === undefined || output === undefined || total < output ? undefined : total - output
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
}

import type { Usage } from '../../core/index.ts'
import { tokenWeight } from './estimate.ts'
import type { JsonObject } from './payload.ts'

/** What the parser knows of the request before the answer. */
export interface UsageBasis {
  /** The model's context window in tokens. */
  readonly contextWindow?: number
  readonly estimatedInputTokens?: number
}

/** Deltas are weighed together in pieces of about this length: weighing each costs more than all else that is done with it. */
const PIECE = 4096

class Weight {
  #sum = 0
  #pending = ''

  add(text: string): void {
    this.#pending += text
    if (this.#pending.length > PIECE) this.total()
  }

  total(): number {
    this.#sum += tokenWeight(this.#pending)
    this.#pending = ''
    return this.#sum
  }
}

/** Gathers an answer's cost from whatever the upstream tells, best source first (`kiro.md` §6.5). */
export class UsageMeter {
  readonly #output = new Weight()
  readonly #reasoning = new Weight()
  #told: JsonObject | undefined
  #cost: Usage['cost']
  /** Share of the context window that question and answer fill; may exceed 100. */
  contextUsage: number | undefined

  /** Counts visible text and tool arguments. */
  output(text: string): void {
    this.#output.add(text)
  }

  /** Counts reasoning, shown or not: it was generated and is part of the window. */
  reasoning(text: string): void {
    this.#reasoning.add(text)
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
    const reasoning = this.#reasoning.total()
    const output = count(told['outputTokens']) ?? Math.ceil(this.#output.total() + reasoning)
    const input = inputOf(told) ?? this.#fromPercentage(basis.contextWindow, output)
    return {
      ...(input === undefined ? guess(basis.estimatedInputTokens) : { input }),
      output,
      ...(cacheRead === undefined ? {} : { cacheRead }),
      ...(cacheWrite === undefined ? {} : { cacheWrite }),
      ...(reasoning === 0 ? {} : { reasoning: Math.ceil(reasoning) }),
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

function guess(input: number | undefined): Usage {
  return input === undefined ? {} : { input, guessed: true }
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

const LOWEST = 0.5
const HIGHEST = 2
/** Smaller requests say more about the upstream's own hidden prompt than about the text. */
const LEAST_TOKENS = 1_000
/** What came before counts this much after each new answer: about the last ten decide. */
const MEMORY = 0.9
const MAX_MODELS = 200

interface Sums {
  readonly reported: number
  readonly counted: number
}

/** How far each model's own count is from ours, learned from finished answers. In memory only. */
export class Calibration {
  readonly #models = new Map<string, Sums>()

  /** What to multiply a count for this model with: 1 until something is known, never outside 0.5 … 2. */
  ratio(model: string): number {
    const sums = this.#models.get(keyOf(model))
    return sums === undefined ? 1 : sums.reported / sums.counted
  }

  /** Takes in one answer: what the upstream says it read, and what we count for the same request. */
  learn(model: string, { reported, counted }: Sums): void {
    if (counted < LEAST_TOKENS || !(reported > 0)) return
    // One nonsensical report must not outweigh ten good ones, so it is bounded itself, not only the outcome.
    const bounded = Math.min(counted * HIGHEST, Math.max(counted * LOWEST, reported))
    const key = keyOf(model)
    const before = this.#models.get(key) ?? { reported: 0, counted: 0 }
    this.#models.delete(key)
    this.#models.set(key, { reported: before.reported * MEMORY + bounded, counted: before.counted * MEMORY + counted })
    if (this.#models.size > MAX_MODELS) this.#models.delete(this.#models.keys().next().value as string)
  }
}

function keyOf(model: string): string {
  return model.toLowerCase()
}

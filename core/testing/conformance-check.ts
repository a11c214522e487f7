import type { OpenBench } from './provider-bench.ts'

/** One thing that must hold of every provider. */
export interface ConformanceCheck {
  /** Says what holds, as the name of a test. */
  readonly name: string
  /** @throws Error that says what does not hold */
  run(bench: OpenBench): Promise<void> | void
}

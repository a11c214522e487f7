/** A value at a time, in ms. */
export interface Sample {
  readonly atMs: number
  readonly value: number
}

const HOUR_MS = 3_600_000

/** The least value of each stretch of time: between them, memory only waits to be collected. */
export function floorsOf(samples: readonly Sample[], stretchMs: number): readonly Sample[] {
  const floors = new Map<number, Sample>()
  for (const sample of samples) {
    const stretch = Math.floor(sample.atMs / stretchMs)
    const known = floors.get(stretch)
    if (known === undefined || sample.value < known.value) floors.set(stretch, sample)
  }
  return [...floors.values()]
}

/** How much the values rise per hour, by least squares. */
export function risePerHour(samples: readonly Sample[]): number {
  const mean = (pick: (sample: Sample) => number) => samples.reduce((sum, sample) => sum + pick(sample), 0) / samples.length
  const [atMs, value] = [mean(sample => sample.atMs), mean(sample => sample.value)]
  const spread = samples.reduce((sum, sample) => sum + (sample.atMs - atMs) ** 2, 0)
  if (spread === 0) return 0
  return (samples.reduce((sum, sample) => sum + (sample.atMs - atMs) * (sample.value - value), 0) / spread) * HOUR_MS
}

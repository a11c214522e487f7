/** Everything that is measured of a target, by the name it has in the JSON. */
export const FIGURES = {
  cpuPerRequest: 'CPU-ms/request',
  cpuPer1000Events: 'CPU-ms/1000 events',
  /** What a core full of this work could serve: 1000 / CPU-ms per request. */
  perSecondPerCore: 'requests/s per core',
  /** What was served in the window. */
  perSecond: 'requests/s',
  residentMebibytes: 'RSS MiB',
  /** Over asking the upstream itself, until the first event. */
  addedP50: 'added ms p50',
  addedP99: 'added ms p99',
  /** From the upstream's write of an event to the client's read. */
  transitP50: 'transit ms p50',
  transitP99: 'transit ms p99',
  /** Over the way without anything between. */
  addedTransitP50: 'added transit ms p50',
  growthKibibytes: 'KiB per stream',
  startMs: 'ms to listening',
  firstAnswerMs: 'ms to first answer',
  idleMebibytes: 'idle RSS MiB',
  laterMebibytes: 'RSS MiB later',
  errors: 'errors',
} as const

export type FigureName = keyof typeof FIGURES

/** What one round, or the best of several, comes to. */
export type Figures = Readonly<Partial<Record<FigureName, number>>>

const HIGHER_IS_BETTER: ReadonlySet<FigureName> = new Set(['perSecondPerCore', 'perSecond'])

export function isHigherBetter(name: FigureName): boolean {
  return HIGHER_IS_BETTER.has(name)
}

/** The best of each figure: neighbours on the machine only ever add. Errors are those of all rounds. */
export function best(rounds: readonly Figures[]): Figures {
  const names = Object.keys(FIGURES) as FigureName[]
  return Object.fromEntries(
    names.flatMap(name => {
      const values = rounds.flatMap(round => round[name] ?? [])
      return values.length === 0 ? [] : [[name, combined(name, values)]]
    }),
  )
}

function combined(name: FigureName, values: readonly number[]): number {
  if (name === 'errors') return values.reduce((sum, value) => sum + value, 0)
  return isHigherBetter(name) ? Math.max(...values) : Math.min(...values)
}

/** Each figure that both have, one by the other. */
export function ratio(over: Figures, under: Figures): Figures {
  const entries = Object.entries(over) as [FigureName, number][]
  return Object.fromEntries(
    entries.flatMap(([name, value]) => {
      const other = under[name]
      return name === 'errors' || other === undefined || other <= 0 ? [] : [[name, value / other]]
    }),
  )
}

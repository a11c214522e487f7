import type { Figures, ScenarioSummary } from './figures.ts'

const HEAD = ['scenario', 'target', 'CPU-ms/request', 'CPU-ms/1000 events', 'requests/s per core', 'added ms p50 / p99', 'RSS MiB', 'errors']

/** All scenarios as one Markdown table: the best round of each target, then the gateway by the floor. */
export function table(summaries: readonly ScenarioSummary[]): string {
  const rows = summaries.flatMap(({ name, targets, ratios, goal }) => [
    ...targets.map(({ target, best, errors }) => [name, target, ...cells(best, absolute), String(errors)]),
    ...(ratios === undefined ? [] : [[name, 'gateway / floor', ...cells(ratios, relative), verdict(goal)]]),
  ])
  const lines = [HEAD, HEAD.map(() => '---'), ...rows]
  const widths = HEAD.map((_, column) => Math.max(...lines.map(line => line[column]?.length ?? 0)))
  return lines.map(line => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0, cell === '---' ? '-' : ' ')).join(' | ')} |`).join('\n')
}

function cells(figures: Figures, show: (value: number) => string): readonly string[] {
  const { cpuPerRequest, cpuPer1000Events, perSecondPerCore, addedP50, addedP99, residentMebibytes } = figures
  const added = addedP50 === undefined || addedP99 === undefined ? '' : `${show(addedP50)} / ${show(addedP99)}`
  return [show(cpuPerRequest), show(cpuPer1000Events), show(perSecondPerCore), added, show(residentMebibytes)]
}

function verdict({ figure, atMost, reached }: ScenarioSummary['goal']): string {
  return `${LABELS[figure]} ≤ ${atMost}: ${reached ? 'reached' : 'MISSED'}`
}

const LABELS: Readonly<Record<ScenarioSummary['goal']['figure'], string>> = {
  cpuPerRequest: 'per request',
  cpuPer1000Events: 'per event',
  addedP50: 'added p50',
}

function absolute(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

function relative(value: number): string {
  return `×${value.toFixed(2)}`
}

import { FIGURES, type FigureName, type Figures, isHigherBetter } from './figures.ts'
import type { GoalResult } from './goals.ts'
import type { Summary } from './summary.ts'

/** What one column shows: a figure, or two that belong together. */
type Column = readonly [FigureName] | readonly [FigureName, FigureName]

const COLUMNS: readonly Column[] = [
  ['cpuPerRequest'],
  ['cpuPer1000Events'],
  ['perSecondPerCore'],
  ['addedP50', 'addedP99'],
  ['transitP50', 'transitP99'],
  ['startMs', 'firstAnswerMs'],
  ['residentMebibytes'],
  ['idleMebibytes', 'laterMebibytes'],
  ['growthKibibytes'],
  ['errors'],
]

/** Rows of cells as a Markdown table. */
export function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows]
  const widths = head.map((_, column) => Math.max(...lines.map(line => line[column]?.length ?? 0)))
  return lines.map(line => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0, cell === '---' ? '-' : ' ')).join(' | ')} |`).join('\n')
}

/** The best round of each target, then the gateway by the floor: one table of all scenarios, with the columns that they fill. */
export function table(summaries: readonly Summary[]): string {
  const all = summaries.flatMap(({ targets }) => targets.map(({ best }) => best))
  const columns = COLUMNS.filter(([name]) => all.some(figures => figures[name] !== undefined))
  const row = (figures: Figures, show: (value: number) => string) => columns.map(column => cell(column, figures, show))
  const rows = summaries.flatMap(({ name, targets, ratios }) => [
    ...targets.map(({ target, best }) => [name, target, ...row(best, absolute)]),
    ...(ratios === undefined ? [] : [[name, 'gateway / floor', ...row(ratios, relative)]]),
  ])
  return markdown(['scenario', 'target', ...columns.map(heading)], rows)
}

/** How far each goal is reached. */
export function goalTable(results: readonly GoalResult[]): string {
  const rows = results.map(({ about, scenario, figure, of, floor, gateway, reached, pass, good, verdict }) => {
    const sign = isHigherBetter(figure) ? '≥' : '≤'
    const shown = of === 'ratio' ? relative(reached) : absolute(reached)
    return [
      about,
      scenario,
      floor === undefined ? '' : absolute(floor),
      absolute(gateway),
      shown,
      `${sign} ${pass}`,
      `${sign} ${good}`,
      verdict === 'missed' ? 'MISSED' : verdict,
    ]
  })
  return markdown(['goal', 'scenario', 'floor', 'gateway', 'reached', 'pass', 'good', ''], rows)
}

export function absolute(value: number): string {
  return value >= 100 || value === 0 ? value.toFixed(0) : value.toPrecision(3)
}

export function relative(value: number): string {
  return `×${value.toFixed(2)}`
}

function heading([first, second]: Column): string {
  return second === undefined ? FIGURES[first] : `${FIGURES[first]} / ${FIGURES[second].split(' ').at(-1)}`
}

function cell([first, second]: Column, figures: Figures, show: (value: number) => string): string {
  const one = figures[first]
  const other = second === undefined ? undefined : figures[second]
  if (one === undefined) return ''
  return other === undefined ? show(one) : `${show(one)} / ${show(other)}`
}

import { absolute, markdown } from '../report.ts'

/** One figure of a memory run, and what it must not exceed where something is asked of it. */
export interface Finding {
  readonly part: string
  readonly about: string
  readonly value: number
  readonly unit: string
  readonly goal?: { readonly name: string; readonly must: number; readonly aim: number }
}

export function findingTable(findings: readonly Finding[]): string {
  const rows = findings.map(({ part, about, value, unit, goal }) => {
    const limits = goal === undefined ? ['', '', ''] : [`${goal.name} ≤ ${goal.must}`, `≤ ${goal.aim}`, verdict(value, goal)]
    return [part, about, `${absolute(value)} ${unit}`.trim(), ...limits]
  })
  return markdown(['run', 'figure', 'measured', 'must', 'aim', ''], rows)
}

function verdict(value: number, { must, aim }: { readonly must: number; readonly aim: number }): string {
  if (value <= aim) return 'aim reached'
  return value <= must ? 'reached' : 'MISSED'
}

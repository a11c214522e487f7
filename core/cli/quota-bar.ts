import { bandOf } from '../accounts/quota-reading.ts'
import type { StyledCell } from './output.ts'

const WIDTH = 10

/** What is left, as a bar with its percentage: `██████░░░░ 62 %`. The colour repeats what the number says. */
export function quotaBar(share: number | undefined): StyledCell {
  if (share === undefined) return { text: '-' }
  const within = Math.min(Math.max(share, 0), 1)
  // Something left is never shown as nothing.
  const filled = within === 0 ? 0 : Math.max(Math.round(within * WIDTH), 1)
  return { text: `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${percent(within).padStart(5)}`, tone: bandOf(within) }
}

function percent(share: number): string {
  const value = share * 100
  if (value > 0 && value < 1) return '<1 %'
  return `${Math.floor(value)} %`
}

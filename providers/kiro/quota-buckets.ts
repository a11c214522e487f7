import type { QuotaBucket } from '../../core/index.ts'
import { type Fields, isFields, listOf, numberOf, textOf } from './untrusted.ts'

/**
 * The credits of an account, each pot on its own: the plan's, a trial, bonuses, and paid overage where it is switched on.
 * Pots that are over are left out, they can be neither used nor used up.
 */
export function quotaBuckets(answer: Fields): readonly QuotaBucket[] {
  const listed = listOf(answer.usageBreakdownList)
  const breakdowns = listed.length === 0 && isFields(answer.usageBreakdown) ? [answer.usageBreakdown] : listed
  if (breakdowns.length === 0) return listOf(answer.limits).flatMap(limit => plainBucket(limit, answer))
  return breakdowns.flatMap(breakdown => {
    const name = textOf(breakdown.displayName) ?? textOf(breakdown.resourceType) ?? 'usage'
    const unit = textOf(breakdown.displayNamePlural)?.toLowerCase() ?? textOf(breakdown.unit)?.toLowerCase() ?? 'requests'
    const resetsAt = epochMs(breakdown.nextDateReset) ?? epochMs(answer.nextDateReset)
    return [
      ...pot(breakdown, { name, unit, ...(resetsAt === undefined ? {} : { resetsAt }) }),
      ...trialPot(breakdown.freeTrialInfo, name, unit),
      ...listOf(breakdown.bonuses).flatMap(bonus => bonusPot(bonus, name, unit)),
      ...overagePot(breakdown, answer, { name: `${name} overage`, unit, ...(resetsAt === undefined ? {} : { resetsAt }) }),
    ]
  })
}

type Label = Pick<QuotaBucket, 'name' | 'unit' | 'resetsAt'>

function pot(fields: Fields, label: Label): readonly QuotaBucket[] {
  const used = numberOf(fields.currentUsageWithPrecision) ?? numberOf(fields.currentUsage)
  const limit = numberOf(fields.usageLimitWithPrecision) ?? numberOf(fields.usageLimit)
  return limit === undefined ? [] : [{ ...label, used: used ?? 0, limit }]
}

function trialPot(trial: unknown, name: string, unit: string): readonly QuotaBucket[] {
  return isFields(trial) && trial.freeTrialStatus === 'ACTIVE' ? pot(trial, { name: `${name} trial`, unit }) : []
}

function bonusPot(bonus: Fields, name: string, unit: string): readonly QuotaBucket[] {
  return bonus.status === 'ACTIVE' ? pot(bonus, { name: `${name} bonus ${textOf(bonus.displayName) ?? textOf(bonus.bonusCode) ?? ''}`.trimEnd(), unit }) : []
}

function overagePot(breakdown: Fields, answer: Fields, label: Label): readonly QuotaBucket[] {
  const settings = answer.overageConfiguration
  if (!isFields(settings) || settings.overageStatus !== 'ENABLED') return []
  const own = numberOf(settings.overageLimit)
  const limit = own !== undefined && own > 0 ? own : (numberOf(breakdown.overageCapWithPrecision) ?? numberOf(breakdown.overageCap))
  const used = numberOf(breakdown.currentOveragesWithPrecision) ?? numberOf(breakdown.currentOverages) ?? 0
  return limit === undefined ? [] : [{ ...label, used, limit }]
}

/** The oldest form of the answer. */
function plainBucket(limit: Fields, answer: Fields): readonly QuotaBucket[] {
  const total = numberOf(limit.totalUsageLimit)
  if (total === undefined) return []
  const resetsAt = epochMs(answer.nextDateReset)
  return [
    {
      name: textOf(limit.type) ?? 'usage',
      used: numberOf(limit.currentUsage) ?? 0,
      limit: total,
      unit: 'requests',
      ...(resetsAt === undefined ? {} : { resetsAt }),
    },
  ]
}

/** Seconds with a fraction, as the service counts; a number too large for that is milliseconds already. */
function epochMs(value: unknown): number | undefined {
  const number = numberOf(value)
  if (number === undefined || number <= 0) return undefined
  return Math.round(number < 1e11 ? number * 1000 : number)
}

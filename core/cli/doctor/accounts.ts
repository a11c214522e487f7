import type { AccountSummary } from '../../contract/pool.ts'
import type { AccountStep } from '../account-step.ts'
import { accountSteps, type StepWorld } from '../account-steps.ts'
import { plain } from '../output.ts'
import { type Check, failed, type Finding, ok, warn } from './check.ts'

/** Upstreams are asked about this many accounts at once. */
const AT_ONCE = 4

/** Whether each account could serve: every step of `accounts test`, without a chat. */
export const checkAccounts: Check<StepWorld> = async world => {
  const accounts = (await world.services.directory.list()).filter(({ origin }) => origin !== 'caller')
  if (accounts.length === 0)
    return [warn('accounts', 'there is none yet', 'sign in with "kiro-gateway login kiro", or look for one with "kiro-gateway accounts scan"')]
  const findings = new Map<string, Finding>()
  const waiting = [...accounts]
  const work = async () => {
    for (let account = waiting.shift(); account !== undefined; account = waiting.shift()) findings.set(account.id, await checkAccount(account, world))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return accounts.flatMap(({ id }) => findings.get(id) ?? [])
}

async function checkAccount(summary: AccountSummary, world: StepWorld): Promise<Finding> {
  const { id, label, state, attached } = summary
  const name = `account ${plain(label)}`
  if (!attached)
    return warn(name, `${id} is not in use: its source no longer names it`, `remove it with "kiro-gateway accounts remove ${id}", or bring its source back`)
  if (state.status === 'disabled') return ok(name, `${id} is disabled, by ${state.reason ?? 'by-operator'}`.replace(', by by-', ', by '))
  const steps: AccountStep[] = []
  for await (const step of accountSteps(summary, world)) steps.push(step)
  const worst = steps.find(({ result }) => result === 'failed') ?? steps.find(({ result }) => result === 'warn')
  if (worst)
    return (worst.result === 'failed' ? failed : warn)(
      name,
      `${id}: ${worst.name}: ${worst.detail}`,
      worst.remedy ?? `"kiro-gateway accounts test ${id}" shows each step; its log has more`,
    )
  return ok(
    name,
    `${id}: ${steps
      .filter(({ name: step }) => step !== 'credential' && step !== 'state' && step !== 'profile')
      .map(({ detail }) => detail)
      .join('; ')}`,
  )
}

import type { Flags } from '../contract/settings.ts'
import { AccountEgress } from '../transport/egress.ts'
import type { AccountStep } from './account-step.ts'
import { accountSteps } from './account-steps.ts'
import { chosenAccounts } from './chosen-accounts.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { named } from './output.ts'
import { withGeneration } from './with-generation.ts'

interface TestFlags extends Flags {
  readonly words: readonly string[]
  readonly all?: boolean
  readonly chat?: string | true
  readonly json?: boolean
}

interface Tested {
  readonly id: string
  readonly label: string
  readonly ok: boolean
  readonly steps: readonly AccountStep[]
}

/** Tries each account step by step, as far as it goes, and says what to do where it does not. */
export async function testAccounts(context: CommandContext, { words, all, chat, json, ...flags }: TestFlags): Promise<ExitCode> {
  const { output } = context
  return withGeneration(context, flags, async (generation, services) => {
    const chosen = chosenAccounts(await services.directory.list(), { words, ...(all === undefined ? {} : { all }) })
    const egress = new AccountEgress({ egressOptions: { proxies: services.settings.proxies, clock: services.clock } })
    const tested: Tested[] = []
    try {
      for (const summary of chosen) {
        const { id, label } = summary
        if (!json) output.line(named(summary))
        const steps: AccountStep[] = []
        for await (const step of accountSteps(summary, { generation, services, egress, ...(chat === undefined ? {} : { chat }) })) {
          steps.push(step)
          if (!json) for (const line of stepLines(step)) output.line(line)
        }
        tested.push({ id, label, ok: steps.every(({ result }) => result !== 'failed'), steps })
      }
    } finally {
      await egress.close()
    }
    if (json) output.json(tested)
    else if (tested.length === 0) output.notice('there is no account yet; add one with "kiro-gateway login kiro" or "kiro-gateway accounts import FILE"')
    return tested.length > 0 && tested.every(({ ok }) => ok) ? 0 : 1
  })
}

function stepLines({ name, result, detail, remedy }: AccountStep): readonly string[] {
  return [`  ${result.padEnd(7)} ${name.padEnd(10)}  ${detail}`, ...(remedy === undefined ? [] : [`${' '.repeat(22)}→ ${remedy}`])]
}

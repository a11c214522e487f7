import type { Command } from 'commander'
import type { Flags } from '../contract/settings.ts'
import type { CommandContext, ExitCode } from './command.ts'

const WRONG_USAGE = 2
const ACCOUNT_WORDS = 'ids as in accounts list, their beginnings, or labels'

export interface AccountCommands {
  readonly accounts: Command
  readonly context: CommandContext
  readonly done: (code: ExitCode) => void
  readonly withData: (command: Command) => Command
}

/** How accounts come in, go out and are looked after. */
export function describeAccountCommands({ accounts, context, done, withData }: AccountCommands): void {
  withData(
    accounts
      .command('import')
      .description('add accounts from a credentials file, also of another gateway')
      .argument('[file]', "a file, or - for standard input; left out, the files of the provider's own programs"),
  )
    .option('--provider <name>', 'whose credentials these are', 'kiro')
    .option('--json', 'one JSON document')
    .action(async (file: string | undefined, flags: Flags & { provider: string; json?: boolean }) =>
      done(await (await import('./accounts-import.ts')).importAccounts(context, { file, ...flags })),
    )
  withData(accounts.command('add').description('add an account by its token or key, typed unseen or from standard input'))
    .option('--provider <name>', 'whose token or key it is', 'kiro')
    .option('--label <text>', 'name for the account')
    .option('--json', 'one JSON document')
    .action(async (flags: Flags & { provider: string; label?: string; json?: boolean }) =>
      done(await (await import('./accounts-add.ts')).addAccount(context, flags)),
    )
  withData(accounts.command('scan').description("look for sign-ins of the providers' own programs on this machine"))
    .option('--import', 'take the new ones in')
    .option('--json', 'one JSON document')
    .action(async (flags: Flags & { import?: boolean; json?: boolean }) => done(await (await import('./accounts-scan.ts')).scanAccounts(context, flags)))
  withData(accounts.command('export').description('write accounts out with their secrets, sealed with a passphrase').argument('[account...]', ACCOUNT_WORDS))
    .option('--all', 'every account')
    .option('--plain', "in clear, as the provider's own programs write them")
    .option('--out <file>', 'a new file, readable by you alone; left out, standard output')
    .option('--force', 'replace that file if there is one')
    .action(async (words: string[], flags: Flags & { all?: boolean; plain?: boolean; out?: string; force?: boolean }) =>
      done(isNamed(context, words, flags) ? await (await import('./accounts-export.ts')).exportAccounts(context, { words, ...flags }) : WRONG_USAGE),
    )
  for (const [name, description] of [
    ['remove', 'forget an account and its secret'],
    ['enable', 'use an account again'],
    ['disable', 'keep an account without using it'],
  ] as const) {
    withData(accounts.command(name).description(description).argument('<account...>', ACCOUNT_WORDS))
      .option('--json', 'one JSON document')
      .action(async (words: string[], flags: Flags & { json?: boolean }) =>
        done(await (await import('./accounts-state.ts')).changeAccounts(context, name, { words, ...flags })),
      )
  }
  withData(accounts.command('restore').description('end a cooldown, a suspension or any other rest').argument('[account...]', ACCOUNT_WORDS))
    .option('--all', 'every account')
    .option('--json', 'one JSON document')
    .action(async (words: string[], flags: Flags & { all?: boolean; json?: boolean }) =>
      done(isNamed(context, words, flags) ? await (await import('./accounts-state.ts')).changeAccounts(context, 'restore', { words, ...flags }) : WRONG_USAGE),
    )
  withData(accounts.command('refresh').description('renew tokens now').argument('[account...]', ACCOUNT_WORDS))
    .option('--all', 'every account')
    .option('--json', 'one JSON document')
    .action(async (words: string[], flags: Flags & { all?: boolean; json?: boolean }) =>
      done(isNamed(context, words, flags) ? await (await import('./accounts-refresh.ts')).refreshAccounts(context, { words, ...flags }) : WRONG_USAGE),
    )
  withData(accounts.command('test').description('try accounts step by step and say what to do where one fails').argument('[account...]', ACCOUNT_WORDS))
    .option('--all', 'every account')
    .option('--chat [model]', 'ask for an answer of a few tokens at the end')
    .option('--json', 'one JSON document')
    .action(async (words: string[], flags: Flags & { all?: boolean; chat?: string | true; json?: boolean }) =>
      done(isNamed(context, words, flags) ? await (await import('./accounts-test.ts')).testAccounts(context, { words, ...flags }) : WRONG_USAGE),
    )
}

/** Nothing is done to every account only because none was named. */
function isNamed({ output }: CommandContext, words: readonly string[], { all = false }: { readonly all?: boolean }): boolean {
  const named = words.length > 0 !== all
  if (!named) output.notice(`kiro-gateway: ${all ? 'name accounts or say --all, not both' : 'name an account, or say --all'}`)
  return named
}

import { Command, CommanderError, InvalidArgumentError } from 'commander'
import type { Flags } from '../contract/settings.ts'
import { redactText } from '../telemetry/redact.ts'
import { describeAccountCommands } from './account-commands.ts'
import type { StrategyFlags } from './accounts-strategy.ts'
import type { CommandContext, ExitCode } from './command.ts'
import type { ExplainFlags } from './explain.ts'
import type { RotateFlags } from './vault.ts'
import type { LoginFlags } from './login.ts'
import { WrongUse } from './wrong-use.ts'

const WRONG_USAGE = 2

/**
 * Runs one command line.
 * @returns exit code: 0 done, 1 failed, 2 wrong usage
 */
export async function runCommandLine(argv: readonly string[], context: CommandContext): Promise<number> {
  let code: number = 0
  const program = describe(context, result => {
    code = result
  })
  try {
    await program.parseAsync(argv.length === 0 || argv[0]?.startsWith('-') === true ? defaultsToStart(argv) : [...argv], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE
    context.output.notice(`kiro-gateway: ${explain(error)}`)
    return error instanceof WrongUse ? WRONG_USAGE : 1
  }
}

/** `kiro-gateway --port 0` means `kiro-gateway start --port 0`; help and version are the program's own. */
function defaultsToStart(argv: readonly string[]): string[] {
  const own = argv.some(argument => ['-h', '--help', '-V', '--version'].includes(argument))
  return own ? [...argv] : ['start', ...argv]
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return redactText(error.message)
}

function describe(context: CommandContext, done: (code: ExitCode) => void): Command {
  const program = new Command('kiro-gateway')
    .description('One server between AI coding subscriptions and the tools you like.')
    .version(context.version)
    .exitOverride()
    .configureOutput({ writeOut: text => context.output.line(text.trimEnd()), writeErr: text => context.output.notice(text.trimEnd()) })
    .showHelpAfterError('(kiro-gateway --help lists the commands)')
  // Commands load their code when they run: `keys list` needs no HTTP server.
  const withData = (command: Command) => command.option('--config <file>', 'configuration file').option('--data-dir <dir>', 'folder for database and encryption key')

  withData(program.command('start').description('run the gateway'))
    .option('--host <host>', 'address to listen on')
    .option('--port <n>', 'port to listen on; 0 picks a free one', port)
    .option('--log-level <level>', 'debug, info, warn or error')
    .action(async (flags: Flags) => done(await (await import('./start.ts')).start(context, flags)))

  program
    .command('sandbox')
    .description('run only the upstream simulator')
    .option('--port <n>', 'port to listen on; 0 picks a free one', port, 0)
    .action(async (flags: { port: number }) => done(await (await import('./sandbox.ts')).sandbox(context, flags)))

  withData(program.command('login').description('sign in and add the account').argument('<provider>', 'kiro, or another one that has a sign-in'))
    .option('--method <name>', 'how: google, github, builder-id, idc or api-key (read from standard input); asked for when left out')
    .option('--start-url <url>', "your organisation's sign-in address, for idc")
    .option('--region <region>', 'AWS region that it lives in; looked for when left out')
    .option('--no-browser', 'only print the link')
    .option('--label <text>', 'name for the account')
    .option('--json', 'one JSON document')
    .action(async (provider: string, flags: Omit<LoginFlags, 'provider'>) => done(await (await import('./login.ts')).login(context, { provider, ...flags })))

  const accounts = program.command('accounts').description('the accounts that pay for answers')
  withData(accounts.command('list').description('all accounts: state, what is left, what is under way'))
    .option('--refresh', 'read what is left of each account first')
    .option('--callers', 'those as well that clients brought along with their keys')
    .option('--json', 'one JSON document')
    .action(async (flags: Flags & { json?: boolean; refresh?: boolean; callers?: boolean }) => done(await (await import('./accounts-list.ts')).listAccounts(context, flags)))
  withData(accounts.command('show').description('everything that is known of one account').argument('<account>', 'an id, the beginning of one, or a label'))
    .option('--refresh', 'read what is left of it first')
    .option('--json', 'one JSON document')
    .action(async (word: string, flags: Flags & { json?: boolean; refresh?: boolean }) => done(await (await import('./accounts-show.ts')).showAccount(context, { word, ...flags })))
  describeAccountCommands({ accounts, context, done, withData })

  withData(accounts.command('strategy').description('how the next account is chosen: shows it, or sets it for a running gateway too').argument('[name]', 'round-robin, random, least-used, least-in-flight, sequential, score-based or most-quota-remaining'))
    .option('--provider <name>', 'for the accounts of this provider alone')
    .option('--reset', 'let the configuration decide again')
    .option('--json', 'one JSON document')
    .action(async (name: string | undefined, flags: Omit<StrategyFlags, 'name'>) => done(await (await import('./accounts-strategy.ts')).accountsStrategy(context, { name, ...flags })))

  const keys = program.command('keys').description('keys for your clients')
  withData(keys.command('create').description('make a key; it is shown once'))
    .option('--label <text>', 'whose it is', 'unnamed')
    .option('--expires <time>', 'when it ends: 30d, 12h, 2026-12-31; left out, never')
    .option('--models <names>', 'what it is for, separated by commas, * for any characters; left out, everything')
    .option('--json', 'one JSON document')
    .action(async (flags: Flags & { label: string; expires?: string; models?: string; json?: boolean }) => done(await (await import('./keys.ts')).createKey(context, flags)))
  withData(keys.command('list').description('all keys; none can be shown again'))
    .option('--json', 'one JSON document')
    .action(async (flags: Flags & { json?: boolean }) => done(await (await import('./keys.ts')).listKeys(context, flags)))
  withData(keys.command('revoke').description('end a key at once').argument('<key>', 'an id as in keys list, or a label that only one key has'))
    .option('--json', 'one JSON document')
    .action(async (word: string, flags: Flags & { json?: boolean }) => done(await (await import('./keys.ts')).revokeKey(context, { word, ...flags })))

  withData(keys.command('import').description("take over another gateway's client keys, as hashes").argument('<file>', 'api-keys.json, config.json, .env or users.db'))
    .option('--expires <time>', 'when they end: 30d, 12h, 2026-12-31; left out, never')
    .option('--models <names>', 'what they are for, separated by commas, * for any characters; left out, everything')
    .option('--json', 'one JSON document')
    .action(async (file: string, flags: Flags & { expires?: string; models?: string; json?: boolean }) => done(await (await import('./keys.ts')).importKeys(context, { file, ...flags })))

  withData(program.command('models').description('the models that your accounts may use'))
    .option('--json', 'one JSON document')
    .action(async (flags: Flags & { json?: boolean }) => done(await (await import('./models.ts')).models(context, flags)))

  withData(program.command('explain').description('which account a request would get, and why not the others').requiredOption('--model <name>', 'as a client would ask for it'))
    .option('--session <id>', "the client's conversation")
    .option('--key-id <id>', 'the client key, as in keys list')
    .option('--json', 'one JSON document')
    .action(async (flags: ExplainFlags) => done(await (await import('./explain.ts')).explain(context, flags)))

  const vault = program.command('vault').description('the key that accounts are encrypted with')
  withData(vault.command('rotate').description('encrypt everything with a new key, also beside a running gateway; run again if it was interrupted'))
    .option('--to-file', 'make a new key in the data folder; the default unless TOKEN_ENCRYPT_KEY is set')
    .option('--to-env <name>', 'take the new key from this environment variable')
    .option('--json', 'one JSON document')
    .action(async (flags: RotateFlags) => done(await (await import('./vault.ts')).rotateVault(context, flags)))
  withData(vault.command('check').description('open every secret and say which cannot be'))
    .option('--json', 'one JSON document')
    .action(async (flags: Flags & { json?: boolean }) => done(await (await import('./vault.ts')).checkVault(context, flags)))

  withData(program.command('doctor').description('try each link of the chain and say which fails and what to do'))
    .option('--json', 'one JSON document')
    .action(async (flags: Flags & { json?: boolean }) => done(await (await import('./doctor.ts')).doctor(context, flags)))

  program
    .command('status')
    .description('what runs, and with which accounts and keys')
    .option('--config [file]', 'each setting with its value and where it came from; of this file, if one is named')
    .option('--data-dir <dir>', 'folder for database and encryption key')
    .option('--json', 'one JSON document')
    .action(async (flags: Omit<Flags, 'config'> & { json?: boolean; config?: string | true }) => done(await (await import('./status.ts')).status(context, flags)))
  return program
}

function port(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || value > 65_535) throw new InvalidArgumentError('must be a port from 0 to 65535')
  return value
}

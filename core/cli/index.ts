import { Command, CommanderError, InvalidArgumentError } from 'commander'
import type { Flags } from '../contract/settings.ts'
import { redactText } from '../telemetry/redact.ts'
import type { CommandContext, ExitCode } from './command.ts'

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
    return 1
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

  const accounts = program.command('accounts').description('the accounts that pay for answers')
  withData(accounts.command('list').description('all accounts with their states'))
    .option('--json', 'one JSON document')
    .action(async (flags: Flags & { json?: boolean }) => done(await (await import('./accounts.ts')).listAccounts(context, flags)))
  withData(accounts.command('import').description('add accounts from a credentials file').argument('[file]', "a file, or - for standard input; left out, the files of the provider's own programs"))
    .option('--provider <name>', 'whose credentials these are', 'kiro')
    .option('--json', 'one JSON document')
    .action(async (file: string | undefined, flags: Flags & { provider: string; json?: boolean }) => done(await (await import('./accounts.ts')).importAccounts(context, { file, ...flags })))

  const keys = program.command('keys').description('keys for your clients')
  withData(keys.command('create').description('make a key; it is shown once'))
    .option('--label <text>', 'whose it is', 'unnamed')
    .option('--json', 'one JSON document')
    .action(async (flags: Flags & { label: string; json?: boolean }) => done(await (await import('./keys.ts')).createKey(context, flags)))
  withData(keys.command('list').description('all keys; none can be shown again'))
    .option('--json', 'one JSON document')
    .action(async (flags: Flags & { json?: boolean }) => done(await (await import('./keys.ts')).listKeys(context, flags)))
  withData(keys.command('revoke').description('end a key at once').argument('<id>', 'as in keys list'))
    .option('--json', 'one JSON document')
    .action(async (id: string, flags: Flags & { json?: boolean }) => done(await (await import('./keys.ts')).revokeKey(context, { id, ...flags })))

  withData(program.command('models').description('the models that your accounts may use'))
    .option('--json', 'one JSON document')
    .action(async (flags: Flags & { json?: boolean }) => done(await (await import('./models.ts')).models(context, flags)))

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

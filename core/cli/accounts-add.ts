import { bareContext } from '../container/credential-context.ts'
import type { AddedAccount } from '../contract/pool.ts'
import type { Flags } from '../contract/settings.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { importerOf, tell } from './accounts-import.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { processTerminal } from './terminal.ts'
import { withServices } from './with-services.ts'

interface AddFlags extends Flags {
  readonly provider: string
  readonly label?: string
  readonly json?: boolean
}

/** Adds an account from a token, a key or a whole credential that is typed unseen or comes by standard input; never as an argument. */
export async function addAccount(context: CommandContext, { provider, label, json, ...flags }: AddFlags): Promise<ExitCode> {
  return withServices(context, flags, async services => {
    const importer = importerOf(services, provider)
    const secret = await readSecret(context, provider)
    const { accounts, rejected } = await importer.parse(secret, bareContext('-'))
    const added: AddedAccount[] = []
    for (const account of accounts) {
      const called = label === undefined ? (account.label === '-' ? { label: provider, unnamed: true } : {}) : { label, unnamed: false }
      added.push(await services.directory.add(provider, { ...account, ...called }, 'store'))
    }
    if (json) context.output.json({ imported: added, rejected })
    else tell(context, added, rejected)
    return added.length > 0 ? 0 : 1
  })
}

async function readSecret({ readStdin }: CommandContext, provider: string): Promise<string> {
  const terminal = processTerminal()
  try {
    const text = terminal.interactive ? await terminal.secret(`Token or key of the ${provider} account (it is not shown): `) : await readStdin()
    if (text !== undefined && text.trim() !== '') return text
    throw new GatewayError('bad_request', 'nothing was entered; type the token or key, or pipe it in')
  } finally {
    terminal.close()
  }
}

import type { Flags } from '../contract/settings.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { chosenAccounts } from './chosen-accounts.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { named } from './output.ts'
import { withGeneration } from './with-generation.ts'

/** Upstreams are asked about this many accounts at once. */
const AT_ONCE = 4

/**
 * Reads quotas now, of the account that a word names or of all that are in use; a server beside this command takes the
 * readings as its own. One that cannot be read is told and keeps its last reading.
 * @returns 1 if any could not be read
 */
export async function readQuotas(context: CommandContext, flags: Flags, word?: string): Promise<ExitCode> {
  return withGeneration(context, flags, async ({ pool }, { directory }) => {
    const wanted = word === undefined ? pool.accountsOf({ keyId: 'command-line' }) : chosenAccounts(await directory.list(), { words: [word] })
    const waiting = wanted.map(({ id, label }) => ({ id, label }))
    let failed = 0
    const work = async () => {
      for (let account = waiting.shift(); account !== undefined; account = waiting.shift()) {
        const { id } = account
        const shown = named(account)
        await pool.readQuota(id).catch((error: unknown) => {
          const { code, message } = GatewayError.from(error)
          // Among many, whose provider does not tell has nothing to be told about.
          if (code === 'unsupported' && word === undefined) return
          failed++
          context.output.notice(`the quota of ${shown} could not be read: ${message}`)
        })
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    return failed > 0 ? 1 : 0
  })
}

import type { Flags } from '../contract/settings.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { chosenAccounts } from './chosen-accounts.ts'
import type { CommandContext } from './command.ts'
import { withGeneration } from './with-generation.ts'

/** Upstreams are asked about this many accounts at once. */
const AT_ONCE = 4

/**
 * Reads quotas now, of the account that a word names or of all that are in use; a server beside this command takes the
 * readings as its own. One that cannot be read is told and keeps its last reading.
 */
export async function readQuotas(context: CommandContext, flags: Flags, word?: string): Promise<void> {
  await withGeneration(context, flags, async ({ pool }, { directory }) => {
    const wanted = word === undefined ? pool.accountsOf({ keyId: 'command-line' }) : chosenAccounts(await directory.list(), { words: [word] })
    const waiting = wanted.map(({ id }) => id)
    const work = async () => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        await pool.readQuota(id).catch((error: unknown) => {
          const { code, message } = GatewayError.from(error)
          // Among many, whose provider does not tell has nothing to be told about.
          if (code !== 'unsupported' || word !== undefined) context.output.notice(`${id}: ${message}`)
        })
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    return 0
  })
}

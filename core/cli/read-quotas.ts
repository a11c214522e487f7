import { readAccountSources } from '../container/account-sources.ts'
import { openGeneration } from '../container/generation.ts'
import type { Services } from '../container/services.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Output } from './output.ts'

/** Upstreams are asked about this many accounts at once. */
const AT_ONCE = 4

/**
 * Reads quotas now, of one account or of all that are in use; a server beside this command takes the readings as its own.
 * One that cannot be read is told and keeps its last reading.
 */
export async function readQuotas(services: Services, output: Output, only?: string): Promise<void> {
  await readAccountSources(services, { detach: false })
  const generation = await openGeneration(services)
  try {
    const { pool } = generation
    const waiting = only === undefined ? pool.accountsOf({ keyId: 'command-line' }).map(account => account.id) : [only]
    const work = async () => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        await pool.readQuota(id).catch((error: unknown) => {
          // Whose provider does not tell has nothing to be told about.
          if (!GatewayError.is(error) || error.code !== 'unsupported' || only !== undefined) output.notice(`${id}: ${GatewayError.from(error).message}`)
        })
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  } finally {
    await generation.close()
  }
}

import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { Agent, buildConnector } from 'undici'
import type { Clock } from '../contract/clock.ts'
import type { HttpClient } from '../contract/http-client.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { type AddressClass, addressClass } from './address-class.ts'
import { createHttpClient } from './http-client.ts'

export interface GuardOptions {
  readonly clock: Clock
  /** Whether this host may be reached at an address of this class; `never` is not asked about. Default: public ones only. */
  readonly allows?: (hostname: string, found: Exclude<AddressClass, 'never'>) => boolean
  /** All addresses of a name. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>
  /** Certificates to be trusted beside the usual ones. */
  readonly ca?: string
}

/** An HttpClient with a lock. */
export interface GuardedHttp {
  readonly client: HttpClient
  close(): Promise<void>
}

/**
 * The way out for addresses that come from outside: https alone, and to addresses of the allowed class only. The decision
 * falls after the name is resolved and the connection goes to the very address that was looked at, so that a name server
 * that answers differently each time gains nothing. No proxy is used: it would resolve the name a second time.
 */
export function createGuardedHttp({ clock, allows = (_hostname, found) => found === 'public', resolve = resolveAll, ca }: GuardOptions): GuardedHttp {
  const connect = buildConnector({ timeout: 10_000, allowH2: false, ...(ca === undefined ? {} : { ca }) })
  const checked = async (hostname: string): Promise<string> => {
    const addresses = isIP(hostname) === 0 ? await resolve(hostname) : [hostname]
    const [first] = addresses
    if (first === undefined) throw Object.assign(new Error('no address'), { code: 'ENOTFOUND' })
    // One bad address spoils the name: whoever mixes them hopes that the good one is checked and the other one used.
    for (const address of addresses) {
      const found = addressClass(address)
      if (found === 'never' || !allows(hostname, found)) throw refused(hostname)
    }
    return first
  }
  const guarded: buildConnector.connector = (options, callback) => {
    if (options.protocol !== 'https:') {
      callback(new GatewayError('bad_request', `${options.hostname} is to be reached by https only`), null)
      return
    }
    checked(options.hostname).then(
      address => connect({ ...options, hostname: address }, callback),
      (error: Error) => callback(error, null),
    )
  }
  const dispatcher = new Agent({
    connect: guarded,
    pipelining: 1,
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 5_000,
    maxHeaderSize: 16 * 1024,
  })
  return { client: createHttpClient({ dispatcher, proxy: 'direct', clock }), close: () => dispatcher.destroy() }
}

/** Says nothing of the address: who asks must not learn what names mean in here. */
function refused(hostname: string): GatewayError {
  return new GatewayError('bad_request', `${hostname} does not lead to a place that may be reached from here`)
}

async function resolveAll(hostname: string): Promise<readonly string[]> {
  const found = await lookup(hostname, { all: true })
  return found.map(({ address }) => address)
}

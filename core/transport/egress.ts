import type { Account } from '../contract/account.ts'
import type { Clock } from '../contract/clock.ts'
import type { HttpClient } from '../contract/http-client.ts'
import type { Egress } from '../contract/pool.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { Agents } from './agents.ts'
import { createHttpClient } from './http-client.ts'

export interface EgressOptions {
  /** The environment's default proxies; an account's own setting wins. */
  readonly proxies: { readonly http?: string; readonly https?: string; readonly bypass?: readonly string[] }
  readonly clock: Clock
}

const PROXY_URL = /^(https?|socks5?h?):\/\/[^\s/]+/i

/**
 * Decides the way out for every upstream call of an account: chat, refresh, quota, models alike.
 * Fails closed: an account whose proxy is not usable does not go direct.
 */
export class AccountEgress implements Egress {
  readonly #agents = new Agents()
  readonly #clients = new Map<string, HttpClient>()
  readonly #options: EgressOptions

  constructor({ egressOptions }: { egressOptions: EgressOptions }) {
    this.#options = egressOptions
  }

  clientFor(account: Pick<Account, 'id' | 'provider' | 'settings'>): HttpClient {
    const own = account.settings.proxy
    if (own === undefined) return this.#default()
    if (own !== 'direct' && !isProxy(own)) {
      throw new GatewayError('proxy_failed', `the proxy of account ${account.id} is not a usable URL; write http://HOST:PORT, socks5://HOST:PORT or "direct"`)
    }
    return this.#client(own)
  }

  /** For calls that belong to no account. */
  get direct(): HttpClient {
    return this.#default()
  }

  close(): Promise<void> {
    this.#clients.clear()
    return this.#agents.close()
  }

  #client(proxy: string): HttpClient {
    let client = this.#clients.get(proxy)
    if (client === undefined) {
      client = createHttpClient({ dispatcher: this.#agents.for(proxy), proxy, clock: this.#options.clock })
      this.#clients.set(proxy, client)
    }
    return client
  }

  #default(): HttpClient {
    const { http, https, bypass = [] } = this.#options.proxies
    if (http === undefined && https === undefined) return this.#client('direct')
    const choose = (url: string): HttpClient => {
      const { protocol, hostname } = new URL(url)
      const proxy = protocol === 'https:' ? (https ?? http) : http
      if (proxy === undefined || bypasses(hostname, bypass)) return this.#client('direct')
      if (isProxy(proxy)) return this.#client(proxy)
      throw new GatewayError('proxy_failed', 'HTTPS_PROXY or HTTP_PROXY is not a usable URL; write http://HOST:PORT or socks5://HOST:PORT')
    }
    return {
      send: async (request, options) => choose(request.url).send(request, options),
      stream: (request, receiver, options) => choose(request.url).stream(request, receiver, options),
    }
  }
}

function isProxy(text: string): boolean {
  return PROXY_URL.test(text) && URL.canParse(text)
}

/** Whether NO_PROXY's entries name this host: `*`, a name, a domain with or without a leading dot, an address. */
export function bypasses(hostname: string, entries: readonly string[]): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  return entries.some(entry => {
    const name = entry.trim().toLowerCase().replace(/^\*?\./, '').replace(/^\[|\]$/g, '')
    // A port is left out of the comparison; an IPv6 address has more than one colon.
    const bare = /^[^:]*:\d+$/.test(name) ? name.slice(0, name.indexOf(':')) : name
    return bare === '*' || (bare !== '' && (host === bare || host.endsWith(`.${bare}`)))
  })
}

import { Agent, type Dispatcher, ProxyAgent, Socks5ProxyAgent } from 'undici'

const SHARED = {
  keepAliveTimeout: 30_000,
  // Streams end by our own clocks (first token, idle, total); undici's would only cut across them.
  headersTimeout: 0,
  bodyTimeout: 0,
  // One connection per stream in flight: a slow reader must not hold up its neighbours.
  connections: null,
  pipelining: 1,
  // A thousand streams over one HTTP/2 connection would share one flow-control window and one fate.
  allowH2: false,
  maxHeaderSize: 64 * 1024,
} as const

/** One pooled dispatcher per way out, closed together when the configuration goes. */
export class Agents {
  readonly #agents = new Map<string, Dispatcher>()

  /** @param proxy a proxy URL, or `direct` */
  for(proxy: string): Dispatcher {
    let agent = this.#agents.get(proxy)
    if (agent === undefined) {
      agent = create(proxy)
      this.#agents.set(proxy, agent)
    }
    return agent
  }

  async close(): Promise<void> {
    const agents = [...this.#agents.values()]
    this.#agents.clear()
    await Promise.all(agents.map(agent => agent.destroy()))
  }
}

function create(proxy: string): Dispatcher {
  if (proxy === 'direct') return new Agent({ ...SHARED, connect: { timeout: 10_000 } })
  if (/^socks5?h?:/i.test(proxy)) return new Socks5ProxyAgent(proxy.replace(/^socks5?h?:/i, 'socks5:'), SHARED)
  return new ProxyAgent({ ...SHARED, uri: proxy })
}

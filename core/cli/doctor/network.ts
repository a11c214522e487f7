import { connect } from 'node:net'
import type { Clock } from '../../contract/clock.ts'
import type { HttpClient } from '../../contract/http-client.ts'
import type { Provider } from '../../contract/provider.ts'
import type { Settings } from '../../contract/settings.ts'
import { GatewayError } from '../../errors/gateway-error.ts'
import { type Check, failed, type Finding, ok, warn } from './check.ts'

const PATIENCE_MS = 10_000
/** Time stamps of HTTP have whole seconds, and answers take their time. */
const SKEW_MS = 120_000
/** Sign-ins and signatures are refused from about here on. */
const WRONG_MS = 900_000

/** Whether the default proxies of the environment listen. */
export const checkProxies: Check<{ readonly settings: Settings }> = async ({ settings: { proxies } }) => {
  const addresses = new Map(
    [proxies.http, proxies.https].flatMap(text => (text !== undefined && URL.canParse(text) ? [[new URL(text).host, new URL(text)] as const] : [])),
  )
  return Promise.all([...addresses].map(([host, url]) => checkProxy(host, url)))
}

async function checkProxy(host: string, { hostname, port, protocol }: URL): Promise<Finding> {
  const fallback = protocol === 'https:' ? 443 : protocol === 'http:' ? 80 : 1080
  const code = await connectCode(hostname.replace(/^\[|\]$/g, ''), port === '' ? fallback : Number(port))
  return code === undefined
    ? ok('proxy', `${host} listens`)
    : failed('proxy', `${host} cannot be reached (${code})`, 'start the proxy, or correct HTTPS_PROXY and HTTP_PROXY')
}

function connectCode(host: string, port: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = connect({ host, port, timeout: PATIENCE_MS })
    const end = (code: string | undefined) => {
      socket.destroy()
      resolve(code)
    }
    socket.once('connect', () => end(undefined))
    socket.once('timeout', () => end('no answer'))
    socket.once('error', error => end('code' in error ? String(error.code) : error.message))
  })
}

export interface HostWorld {
  readonly providers: ReadonlyMap<string, Provider>
  readonly http: HttpClient
  readonly clock: Clock
}

interface Probe {
  readonly finding: Finding
  /** How far this machine's clock is ahead of the host's, milliseconds. */
  readonly aheadMs?: number
}

/** Whether each provider's hosts answer, whatever they answer, and whether this machine's clock agrees with theirs. */
export const checkHosts: Check<HostWorld> = async ({ providers, http, clock }) => {
  const probes = (await Promise.all([...providers.values()].map(provider => probeAll(provider, { http, clock })))).flat()
  return [...probes.map(({ finding }) => finding), ...clockFinding(probes.flatMap(({ aheadMs }) => aheadMs ?? []))]
}

/** Where another host of its group answers, one that does not is a loss and no failure. */
async function probeAll({ name, hosts = [] }: Provider, world: Pick<HostWorld, 'http' | 'clock'>): Promise<readonly Probe[]> {
  const groups = hosts.map(host => (typeof host === 'string' ? [host] : host))
  const origins = [...new Set(groups.flat())]
  const probes = await Promise.all(origins.map(async origin => ({ origin, probe: await probe(`${name} host`, origin, world) })))
  const answering = new Set(probes.flatMap(({ origin, probe: { finding } }) => (finding.result === 'ok' ? [origin] : [])))
  return probes.map(({ origin, probe: found }) => {
    const isNeeded = groups.some(group => group.includes(origin) && !group.some(other => answering.has(other)))
    return found.finding.result === 'failed' && !isNeeded ? { ...found, finding: { ...found.finding, result: 'warn' } } : found
  })
}

async function probe(name: string, origin: string, { http, clock }: Pick<HostWorld, 'http' | 'clock'>): Promise<Probe> {
  const startedAt = clock.monotonic()
  try {
    const { status, headers } = await http.send({ method: 'GET', url: `${origin}/`, headers: { 'user-agent': 'kiro-gateway' } }, { timeoutMs: PATIENCE_MS })
    const tookMs = clock.monotonic() - startedAt
    const theirs = Date.parse(headers.date ?? '')
    return {
      finding: ok(name, `${origin} answers (status ${status}, ${Math.round(tookMs)} ms)`),
      ...(Number.isNaN(theirs) ? {} : { aheadMs: clock.now() - tookMs / 2 - theirs }),
    }
  } catch (error) {
    const { code, message } = GatewayError.from(error)
    // It said more than we wanted to hear, but it is there.
    if (code === 'upstream_nonsense') return { finding: ok(name, `${origin} answers`) }
    return {
      finding: failed(
        name,
        `${origin}: ${message}`,
        "check the name server, a firewall and the proxy; where this host must not be reached, name another in the provider's options",
      ),
    }
  }
}

/** By the host that agrees most: one with a wrong clock of its own must not accuse ours. */
function clockFinding(ahead: readonly number[]): readonly Finding[] {
  const [least] = ahead.toSorted((one, other) => Math.abs(one) - Math.abs(other))
  if (least === undefined) return []
  const skew = Math.abs(least)
  if (skew < SKEW_MS) return [ok('clock', 'agrees with the upstreams')]
  const detail = `is ${Math.round(skew / 1000)} seconds ${least > 0 ? 'ahead of' : 'behind'} the upstreams`
  const remedy = "let this machine set its clock from a time server (for example 'timedatectl set-ntp true')"
  return [skew < WRONG_MS ? warn('clock', detail, remedy) : failed('clock', detail, remedy)]
}

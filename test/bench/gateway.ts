import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { note } from './bench.ts'
import { type ServingChild, startServing } from './child.ts'
import { CLIENT_KEY } from './destination.ts'
import { PROFILE_ARN } from './requests.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const entryOf = (checkout: string) => join(checkout, 'dist/core/main.js')

const LONGEST_BUILD_MS = 180_000
const FAR_AWAY_MS = 30 * 24 * 3600 * 1000

/** What is measured is what users run: `dist/` is built anew when any source is newer. */
export function buildIfNeeded(): void {
  const built = existsSync(entryOf(root)) ? statSync(entryOf(root)).mtimeMs : 0
  const sources = globSync('{core,providers,plugins,config}/**/*.ts', { cwd: root, exclude: path => path.includes('node_modules') })
  if (sources.every(source => statSync(join(root, source)).mtimeMs < built)) return
  note('building dist/')
  build(root)
}

/**
 * Builds a checkout. A revision in the middle of some work may not type-check and still run.
 * @throws Error with the compiler's words when nothing came of it
 */
export function build(checkout: string): void {
  const { stdout, stderr } = spawnSync(process.execPath, ['--conditions=kiro-gateway-source', join(checkout, 'config/build.ts')], {
    cwd: checkout,
    encoding: 'utf8',
    timeout: LONGEST_BUILD_MS,
  })
  const complaints = `${stdout}${stderr}`.trim()
  if (!existsSync(entryOf(checkout))) throw new Error(`${checkout} does not build: ${complaints}`)
  if (complaints !== '') note(`${checkout} builds with complaints: ${complaints}`)
}

/** What is unusual about a gateway that is measured. */
export interface GatewayData {
  /** A data folder with accounts and keys, used instead of one account and one key, and kept. */
  readonly dataDir?: string
  /** Accounts from this file instead of one. */
  readonly credentials?: string
  /** Another checkout, built. */
  readonly checkout?: string
}

export interface GatewaySurroundings extends GatewayData {
  readonly upstream: string
  /** What the upstream speaks; left out: Kiro. */
  readonly wire?: 'openai-chat'
  readonly core?: number
  /** Arguments of Node itself. */
  readonly nodeArguments: readonly string[]
}

/** The built gateway with one account, unless told otherwise, in a data folder of its own that is gone after it has stopped. */
export async function startGateway(surroundings: GatewaySurroundings): Promise<ServingChild> {
  const { upstream, wire, core, nodeArguments, dataDir, credentials, checkout = root } = surroundings
  const directory = mkdtempSync(join(tmpdir(), 'kiro-gateway-bench-'))
  const remove = () => rmSync(directory, { recursive: true, force: true })
  process.once('exit', remove)
  if (wire !== undefined) {
    const options = { baseUrl: `${upstream}/v1`, accounts: [{ apiKey: 'bench-key' }] }
    writeFileSync(join(directory, 'kiro-gateway.config.json'), JSON.stringify({ providers: [{ use: 'openai-compatible', options }] }), { mode: 0o600 })
  }
  const ownAccount = dataDir === undefined && wire === undefined
  const child = await startServing({
    name: 'the gateway',
    args: [...nodeArguments, entryOf(checkout), 'start', '--port', '0', '--data-dir', dataDir ?? join(directory, 'data')],
    directory,
    environment: {
      ...upstreamEnvironment(upstream),
      ...(ownAccount ? { KIRO_CREDS_FILE: credentials ?? oneAccount(directory) } : {}),
      // A data folder that was filled knows the key already.
      ...(dataDir === undefined ? { PROXY_API_KEY: CLIENT_KEY } : {}),
      LOG_LEVEL: 'warn',
      NODE_ENV: 'production',
    },
    ...(core === undefined ? {} : { core }),
  })
  return {
    ...child,
    stop: async () => {
      await child.stop()
      process.removeListener('exit', remove)
      remove()
    },
  }
}

/** All that would go to Kiro goes to this origin instead. */
function upstreamEnvironment(upstream: string): Readonly<Record<string, string>> {
  return { KIRO_API_URL: upstream, KIRO_AUTH_URL: upstream, KIRO_OIDC_URL: upstream, KIRO_MANAGEMENT_URL: upstream }
}

/** The credential of one of the benchmark's accounts, in the shape of the IDE's file; its token outlasts every run. */
export function credential(number = 0): object {
  const expiresAt = new Date(Date.now() + FAR_AWAY_MS).toISOString()
  return { accessToken: 'bench-access-token', refreshToken: `bench-refresh-token-${number}`, expiresAt, profileArn: PROFILE_ARN, authMethod: 'social' }
}

function oneAccount(directory: string): string {
  const file = join(directory, 'credentials.json')
  writeFileSync(file, JSON.stringify(credential()), { mode: 0o600 })
  return file
}

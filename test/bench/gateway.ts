import { existsSync, globSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runForResult, type ServingChild, startServing } from './child.ts'
import { CLIENT_KEY } from './destination.ts'
import { PROFILE_ARN } from './requests.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const entry = join(root, 'dist/core/main.js')

const FAR_AWAY_MS = 30 * 24 * 3600 * 1000

/** What is measured is what users run: `dist/` is built anew when any source is newer. */
export async function buildIfNeeded(): Promise<void> {
  const built = existsSync(entry) ? statSync(entry).mtimeMs : 0
  const sources = globSync('{core,providers,plugins,config}/**/*.ts', { cwd: root, exclude: path => path.includes('node_modules') })
  if (sources.every(source => statSync(join(root, source)).mtimeMs < built)) return
  process.stderr.write('building dist/\n')
  await runForResult({ name: 'the build', args: ['--conditions=kiro-gateway-source', join(root, 'config/build.ts')], directory: root })
}

export interface GatewaySurroundings {
  readonly upstream: string
  /** What the upstream speaks; left out: Kiro. */
  readonly wire?: 'openai-chat'
  readonly core?: number
  /** Arguments of Node itself. */
  readonly nodeArguments: readonly string[]
}

/** The built gateway with one account, in a data folder of its own that is gone after it has stopped. */
export async function startGateway({ upstream, wire, core, nodeArguments }: GatewaySurroundings): Promise<ServingChild> {
  const directory = mkdtempSync(join(tmpdir(), 'kiro-gateway-bench-'))
  const remove = () => rmSync(directory, { recursive: true, force: true })
  process.once('exit', remove)
  const credentials = join(directory, 'credentials.json')
  const expiresAt = new Date(Date.now() + FAR_AWAY_MS).toISOString()
  const account = { accessToken: 'bench-access-token', refreshToken: 'bench-refresh-token', expiresAt, profileArn: PROFILE_ARN, authMethod: 'social' }
  writeFileSync(credentials, JSON.stringify(account), { mode: 0o600 })
  if (wire !== undefined) {
    const options = { baseUrl: `${upstream}/v1`, accounts: [{ apiKey: 'bench-key' }] }
    writeFileSync(join(directory, 'kiro-gateway.config.json'), JSON.stringify({ providers: [{ use: 'openai-compatible', options }] }), { mode: 0o600 })
  }
  const child = await startServing({
    name: 'the gateway',
    args: [...nodeArguments, entry, 'start', '--port', '0', '--data-dir', join(directory, 'data')],
    directory,
    environment: {
      KIRO_API_URL: upstream,
      KIRO_AUTH_URL: upstream,
      KIRO_OIDC_URL: upstream,
      KIRO_MANAGEMENT_URL: upstream,
      ...(wire === undefined ? { KIRO_CREDS_FILE: credentials } : {}),
      PROXY_API_KEY: CLIENT_KEY,
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

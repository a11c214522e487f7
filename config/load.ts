import { existsSync } from 'node:fs'
import { availableParallelism, homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { GatewayConfig, Plugin, ProviderEntry, TSchema } from '../core/index.ts'
import { shownAddress } from '../core/store/postgres-address.ts'
import type { ExplainedSetting, Flags, Settings, SettingSource } from '../core/contract/settings.ts'
import { type Defaults, defaultConfig } from './default.ts'
import { ConfigError } from './faults.ts'
import { findConfigFile } from './find-file.ts'
import { isMade, isNamedUse, resolveUse } from './named-use.ts'
import { type ReadVariable, readEnvironment, readVariables } from './read-environment.ts'
import { ConfigSchema } from './schema.ts'
import { validate } from './validate.ts'

export interface LoadInput {
  readonly flags: Flags
  readonly directory: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** A first token may be this late, and an upstream may be tried this long, before the client is told. */
const DEFAULT_FIRST_TOKEN = 60
const LEAST_BEFORE_FIRST_BYTE = 120

/**
 * Settles every setting: flag over environment over file over default.
 * @throws ConfigError with all faults at once
 */
export async function loadSettings({ flags, directory, environment: processEnvironment }: LoadInput): Promise<Settings> {
  const file = await findConfigFile(flags.config, directory)
  const environment = readEnvironment(directory, processEnvironment)
  const variables = readVariables(environment)
  const faults = [...variables.faults]
  const content = (file?.content ?? {}) as GatewayConfig
  faults.push(...validate(ConfigSchema, content, ''))
  faults.push(...variables.values.flatMap(({ variable, name, value }) => outOfRange(variable.path, value, name)))
  for (const [flag, path, value] of [['--host', 'server.host', flags.host], ['--port', 'server.port', flags.port], ['--log-level', 'log.level', flags.logLevel]] as const) {
    if (value !== undefined) faults.push(...outOfRange(path, value, flag))
  }
  const pick = new Picker(variables.values, content as Record<string, unknown>, file?.path)
  const defaults = defaultConfig()
  const providers = await entries('provider', listOf(content.providers, defaults.providers), { faults, file: file?.path, variables: variables.values })
  const wanted = withSettings(listOf(content.plugins, defaults.plugins), pick, defaults)
  const plugins = await entries('plugin', wanted, { faults, file: file?.path, variables: [] })
  faults.push(...orderFaults(plugins))

  const firstToken = pick.value<number>('timeouts.firstToken', DEFAULT_FIRST_TOKEN)
  const production = environment.NODE_ENV === 'production'
  const settings: Settings = {
    host: pick.value('server.host', '127.0.0.1', flags.host),
    port: pick.value('server.port', 8080, flags.port),
    workers: workersFor(pick.value<number | 'auto'>('workers', 1)),
    auth: pick.value<'keys' | 'none'>('auth', 'keys'),
    keys: pick.value<readonly string[]>('keys', []),
    dataDir: resolve(directory, expandHome(String(pick.value('dataDir', defaultDataDir(), flags.dataDir)))),
    sandbox: pick.value('sandbox', !production),
    bodyLimitBytes: pick.value('server.bodyLimitBytes', 32 * 1024 * 1024),
    drainMs: pick.value('server.drainSeconds', 30) * 1000,
    keepAliveMs: pick.value('server.keepAliveSeconds', 12) * 1000,
    timeouts: {
      firstTokenMs: firstToken * 1000,
      firstTokenRetries: pick.value('timeouts.firstTokenRetries', 5),
      streamReadMs: pick.value('timeouts.streamRead', 120) * 1000,
      nonStreamMs: pick.value('timeouts.nonStream', 600) * 1000,
      streamMs: pick.value('timeouts.stream', 3600) * 1000,
      beforeFirstByteMs: pick.value('timeouts.beforeFirstByte', Math.max(LEAST_BEFORE_FIRST_BYTE, 2 * firstToken)) * 1000,
    },
    log: {
      level: pick.value<Settings['log']['level']>('log.level', 'info', flags.logLevel as Settings['log']['level'] | undefined),
      format: pick.value<Settings['log']['format']>('log.format', 'json'),
    },
    proxies: {
      ...defined('http', pick.secret('proxies.http')),
      ...defined('https', pick.secret('proxies.https')),
      bypass: pick.value<readonly string[]>('proxies.bypass', []),
    },
    ...defined('databaseUrl', pick.secret('databaseUrl', url => shownAddress(url) ?? 'set')),
    ...defined('encryptionKey', pick.secret('encryptionKey')),
    providers,
    plugins,
    sources: sourcesOf(variables.values),
    credentialHosts: pick.value<readonly string[]>('credentials.hosts', []),
    credentialsWriteBack: pick.value('credentials.writeBack', false),
    callerAccounts: pick.value('callerAccounts', true),
    environment,
    explained: [...pick.explained, ...explainAccounts(variables.values)],
    notes: environment.POOL_MODE ? ['POOL_MODE is accepted and ignored: a single account is a pool of one'] : [],
    ...defined('file', file?.path),
  }
  for (const [name, proxy] of [['HTTP_PROXY', settings.proxies.http], ['HTTPS_PROXY', settings.proxies.https]] as const) {
    if (proxy !== undefined && !(URL.canParse(proxy) && /^(https?|socks5?h?):/i.test(proxy))) faults.push(`${name}: is not a proxy's URL; write http://HOST:PORT or socks5://HOST:PORT`)
  }
  if (settings.databaseUrl !== undefined && shownAddress(settings.databaseUrl) === undefined)
    faults.push("DATABASE_URL: is not a PostgreSQL database's address; write postgres://USER:PASSWORD@HOST:PORT/DATABASE, special characters of the password percent-encoded")
  // Every value is settled even when some are wrong, so that all faults are told at once.
  if (settings.auth === 'none' && !isLoopback(settings.host)) faults.push(`auth: 'none' asks nobody for a key, so it is accepted on loopback addresses only, not on ${settings.host}`)
  if (faults.length > 0) throw new ConfigError(file?.path ?? 'settings', faults)
  return settings
}

/** Variables that name accounts or a provider's options: no setting of the gateway's own has them. */
function explainAccounts(values: readonly ReadVariable[]): readonly ExplainedSetting[] {
  return values
    .filter(({ variable: { path } }) => path === 'account' || path.startsWith('providers.') || path.startsWith('sources.'))
    .map(({ variable, name, value }) => ({ name: variable.path === 'account' ? `account.${variable.name}` : variable.path, value: variable.secret ? 'set' : String(value), source: 'environment', from: name }))
}

/** One per core that this process may use: containers and affinity often leave it fewer than the machine has. */
function workersFor(wanted: number | 'auto'): number {
  return wanted === 'auto' ? availableParallelism() : wanted
}

/** The limits of the file's settings hold for variables and flags as well. */
function outOfRange(path: string, value: unknown, name: string): readonly string[] {
  const schema = path.split('.').reduce<unknown>((current, part) => (current as { properties?: Record<string, unknown> } | undefined)?.properties?.[part], ConfigSchema)
  return schema === undefined ? [] : validate(schema as TSchema, value, name)
}

/** What is not a list has been told as a fault already. */
function listOf<T>(given: unknown, fallback: readonly T[]): readonly unknown[] {
  return Array.isArray(given) ? given : fallback
}

interface EntryContext {
  readonly faults: string[]
  readonly file: string | undefined
  /** Their `providers.NAME.OPTION` paths override the file's options. */
  readonly variables: readonly ReadVariable[]
}

async function entries<K extends 'plugin' | 'provider'>(kind: K, given: readonly unknown[], context: EntryContext) {
  type Entry = K extends 'plugin' ? Plugin : ProviderEntry
  const made: Entry[] = []
  for (const [index, value] of given.entries()) {
    const at = `${kind}s[${index}]`
    const entry: unknown = isNamedUse(value) ? await resolveUse(kind, value, context.file) : value
    if (typeof entry === 'string') {
      context.faults.push(`${at}: ${entry}`)
      continue
    }
    if (!isMade(kind, entry)) {
      context.faults.push(`${at}: is not a ${kind}; write { use: NAME } or call its function`)
      continue
    }
    const overrides = Object.fromEntries(
      context.variables.filter(({ variable }) => variable.path.startsWith(`${kind}s.${entry.name}.`)).map(({ variable, value: set }) => [variable.path.split('.')[2] as string, set]),
    )
    const options: unknown = typeof entry.options === 'object' && entry.options !== null ? { ...entry.options, ...overrides } : entry.options
    context.faults.push(...validate(entry.schema, options, `${at} (${entry.name})`))
    made.push({ ...entry, options } as unknown as Entry)
  }
  return made
}

/** `after` states an expectation of a plugin's author; the order of the list is the user's and is never changed. */
function orderFaults(plugins: readonly Plugin[]): readonly string[] {
  return plugins.flatMap((plugin, index) =>
    plugin.after
      .filter(name => plugins.some((other, at) => other.name === name && at > index))
      .map(name => `plugins[${index}] (${plugin.name}): must come after "${name}"; move it further down the list`),
  )
}

/** Plugins that a setting turns on are added outermost where the list does not have them: they work without a configuration file. */
function withSettings(plugins: readonly unknown[], pick: Picker, { capture, media }: Defaults): readonly unknown[] {
  const debug = pick.value<'off' | 'errors' | 'all'>('debug', 'off')
  const fetchUrls = pick.value('media.fetchUrls', false)
  const maxBytes = pick.value('media.maxBytes', 5 * 1024 * 1024)
  const hosts = pick.value<readonly string[]>('media.hosts', [])
  const added = [...(debug === 'off' ? [] : [capture(debug)]), ...(fetchUrls ? [media({ maxBytes, hosts })] : [])]
  const listed = new Set(plugins.map(plugin => (isNamedUse(plugin) ? plugin.use : (plugin as { readonly name?: unknown } | null)?.name)))
  return [...added.filter(({ name }) => !listed.has(name)), ...plugins]
}

function sourcesOf(values: readonly ReadVariable[]): Settings['sources'] {
  return values.filter(({ variable }) => variable.path.startsWith('sources.')).map(({ variable, value }) => ({ provider: variable.path.slice('sources.'.length), location: String(value) }))
}

/** Looks a setting up in all places and remembers which one had it. */
class Picker {
  readonly explained: ExplainedSetting[] = []
  readonly #variables: readonly ReadVariable[]
  readonly #content: Record<string, unknown>
  readonly #file: string | undefined

  constructor(variables: readonly ReadVariable[], content: Record<string, unknown>, file: string | undefined) {
    this.#variables = variables
    this.#content = content
    this.#file = file
  }

  value<T>(path: string, fallback: T, flag?: T): T {
    const { value, source, from } = this.#look(path, fallback, flag)
    this.explained.push({ name: path, value: path === 'keys' ? `${(value as unknown as readonly string[]).length} set` : String(value), source, ...defined('from', from) })
    return value
  }

  /** A value that is never shown, or only what `show` leaves of it. */
  secret(path: string, show: (value: string) => string = () => 'set'): string | undefined {
    const { value, source, from } = this.#look<string | undefined>(path, undefined)
    this.explained.push({ name: path, value: value === undefined ? 'not set' : show(value), source, ...defined('from', from) })
    return value
  }

  #look<T>(path: string, fallback: T, flag?: T): { value: T; source: SettingSource; from?: string } {
    if (flag !== undefined) return { value: flag, source: 'flag' }
    const set = this.#variables.find(({ variable }) => variable.path === path)
    if (set) return { value: set.value as T, source: 'environment', from: set.name }
    const inFile = path.split('.').reduce<unknown>((current, part) => (current as Record<string, unknown> | undefined)?.[part], this.#content)
    if (inFile !== undefined) return { value: inFile as T, source: 'file', ...defined('from', this.#file) }
    return { value: fallback, source: 'default' }
  }
}

function defined<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V }
}

function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path
}

/** A checkout keeps its data beside it; an installed package must not write into itself. */
function defaultDataDir(): string {
  const root = dirname(dirname(fileURLToPath(import.meta.url)))
  return existsSync(join(root, 'core', 'main.ts')) ? './data' : '~/.kiro-gateway'
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

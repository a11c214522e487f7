import type { Static, TSchema } from 'typebox'
import type { OptionsInput, Plugin } from './plugin.ts'
import type { Provider } from './provider.ts'
import type { Logger } from './log.ts'
import type { Clock } from './clock.ts'

/** What the container hands to a provider's constructor. */
export interface ProviderDeps<O> {
  /** What the configuration calls this provider; one kind may be used several times under different names. */
  readonly name: string
  readonly options: O
  readonly log: Logger
  readonly clock: Clock
}

export type ProviderClass<O, P extends Provider = Provider> = new (deps: ProviderDeps<O>) => P

/** A provider with its options, as it stands in the configuration. */
export interface ProviderEntry {
  readonly kind: 'provider'
  readonly name: string
  readonly schema: TSchema
  readonly options: unknown
  readonly type: ProviderClass<never>
}

export interface ProviderFactory<S extends TSchema> {
  (options?: OptionsInput<S>): ProviderEntry
}

/**
 * Makes a provider available to configurations: its class is registered with the container once per loaded configuration.
 * Where its options have a `name`, one kind may stand in the list several times.
 */
export function defineProvider<S extends TSchema>(name: string, type: ProviderClass<Static<S>>, options: S): ProviderFactory<S> {
  return given => ({ kind: 'provider', name: givenName(given) ?? name, schema: options, options: given ?? {}, type })
}

function givenName(options: unknown): string | undefined {
  const name: unknown = typeof options === 'object' && options !== null && 'name' in options ? options.name : undefined
  return typeof name === 'string' ? name : undefined
}

/** By name, as JSON and YAML write it: a built-in, an installed package or a relative path. */
export interface NamedUse {
  readonly use: string
  readonly options?: unknown
}

export interface ServerConfig {
  readonly host?: string
  readonly port?: number
  readonly bodyLimitBytes?: number
  readonly drainSeconds?: number
  readonly keepAliveSeconds?: number
}

export interface TimeoutConfig {
  /** Seconds until the first visible event of a stream; S-096. */
  readonly firstToken?: number
  /** How often a stream may miss it before the client is told; S-097. */
  readonly firstTokenRetries?: number
  /** Seconds between two reads of a stream; S-098. */
  readonly streamRead?: number
  /** Seconds for a whole answer that is not streamed; S-099. */
  readonly nonStream?: number
  /** Seconds for a whole streamed answer. */
  readonly stream?: number
  /** Seconds before the first byte over all attempts. */
  readonly beforeFirstByte?: number
}

/** Images and PDFs that requests name by address. */
export interface MediaConfig {
  /** Off: such requests are refused by providers that cannot fetch. */
  readonly fetchUrls?: boolean
  /** Largest image or PDF. */
  readonly maxBytes?: number
  /** The only hosts that are asked, with their subdomains, or `HOST:PORT`; none: every public one. */
  readonly hosts?: readonly string[]
}

/** How files and addresses with credentials are treated. */
export interface CredentialsConfig {
  /** Where credentials may be fetched from: `HOST`, `HOST:PORT`, `private:HOST` for one inside the own network. */
  readonly hosts?: readonly string[]
  /** Whether renewed credentials are written into the files that they came from; default false. */
  readonly writeBack?: boolean
}

/** What a configuration file exports. Whatever is left out has a default; `kiro-gateway status --config` shows each value and its source. */
export interface GatewayConfig {
  readonly server?: ServerConfig
  /** Processes that serve together on one port and one data folder; `auto`: one per core. Default 1. */
  readonly workers?: number | 'auto'
  /** `none` asks for no client key and is accepted on loopback addresses only. */
  readonly auth?: 'keys' | 'none'
  /** Client keys beside those in the store. */
  readonly keys?: readonly string[]
  readonly dataDir?: string
  /** `postgres://…`, for several nodes; left out: SQLite in `dataDir`. */
  readonly databaseUrl?: string
  readonly sandbox?: boolean
  readonly timeouts?: TimeoutConfig
  readonly log?: { readonly level?: 'debug' | 'info' | 'warn' | 'error'; readonly format?: 'json' | 'pretty' }
  readonly debug?: 'off' | 'errors' | 'all'
  readonly media?: MediaConfig
  readonly credentials?: CredentialsConfig
  /** Whether a client may bring an account of its own, as `KEY:REFRESH_TOKEN`; default true. */
  readonly callerAccounts?: boolean
  readonly providers?: readonly (ProviderEntry | NamedUse)[]
  readonly plugins?: readonly (Plugin | NamedUse)[]
}

/** Types a configuration; changes nothing. */
export function defineConfig(config: GatewayConfig): GatewayConfig {
  return config
}

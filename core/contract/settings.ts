import type { ProviderEntry } from './config.ts'
import type { Plugin } from './plugin.ts'

/** Where a setting's value came from. */
export type SettingSource = 'flag' | 'environment' | 'file' | 'default'

/** How long what may take, in milliseconds. */
export interface Timeouts {
  /** Until the first visible event of an answer. */
  readonly firstTokenMs: number
  /** How many attempts of one call may miss it beyond the first. */
  readonly firstTokenRetries: number
  /** Between two reads of a stream. */
  readonly streamReadMs: number
  /** For a whole answer that is not streamed. */
  readonly nonStreamMs: number
  readonly streamMs: number
  /** Over all attempts. */
  readonly beforeFirstByteMs: number
}

/** A configuration with every value settled. Durations are milliseconds. */
export interface Settings {
  readonly host: string
  readonly port: number
  /** Processes that serve together. */
  readonly workers: number
  readonly auth: 'keys' | 'none'
  /** Client keys from outside the store. */
  readonly keys: readonly string[]
  readonly dataDir: string
  /** `postgres://…`, with its password; none: SQLite in the data folder. */
  readonly databaseUrl?: string
  /** Whether the sandbox may stand in while there is no account. */
  readonly sandbox: boolean
  readonly encryptionKey?: string
  readonly bodyLimitBytes: number
  readonly drainMs: number
  readonly keepAliveMs: number
  readonly timeouts: Timeouts
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly format: 'json' | 'pretty' }
  readonly proxies: { readonly http?: string; readonly https?: string; readonly bypass?: readonly string[] }
  readonly providers: readonly ProviderEntry[]
  readonly plugins: readonly Plugin[]
  /** Credential files by provider, read at each start. */
  readonly sources: readonly CredentialSource[]
  /** Hosts that credentials may be fetched from: `HOST`, `HOST:PORT`, `private:HOST` for one inside the own network. */
  readonly credentialHosts: readonly string[]
  /** Whether renewed credentials are written into the files that they came from. */
  readonly credentialsWriteBack: boolean
  /** Whether a client may bring an account of its own, as `KEY:REFRESH_TOKEN`. */
  readonly callerAccounts: boolean
  /** The environment as providers may read account credentials from it. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Each value with its source, for people; secrets are left out. */
  readonly explained: readonly ExplainedSetting[]
  /** What the loader wants said once: ignored settings, deprecated names. */
  readonly notes: readonly string[]
  /** The configuration file in use. */
  readonly file?: string
}

export interface CredentialSource {
  readonly provider: string
  /** A path or an https URL. */
  readonly location: string
}

export interface ExplainedSetting {
  readonly name: string
  readonly value: string
  readonly source: SettingSource
  /** The variable, flag or file that set it. */
  readonly from?: string
}

/** What the command line may set. */
export interface Flags {
  readonly config?: string
  readonly host?: string
  readonly port?: number
  readonly dataDir?: string
  readonly logLevel?: string
}

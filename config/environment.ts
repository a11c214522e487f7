/**
 * Every environment variable that the gateway knows: the one list from which settings are read, `.env.example` is checked
 * and `status --config` explains itself.
 */
export interface EnvironmentVariable {
  readonly name: string
  /** Older systems' names for it, looked at after its own. */
  readonly also?: readonly string[]
  /** A name this general may be somebody else's: it counts only with a value of this form. */
  readonly alsoIf?: RegExp
  /** Where its value goes, as a path into the configuration. */
  readonly path: string
  readonly type: 'text' | 'integer' | 'seconds' | 'list' | 'boolean'
  readonly allowed?: readonly string[]
  /** What may stand in place of a number. */
  readonly word?: string
  /** Never shown. */
  readonly secret?: boolean
  readonly about: string
  readonly fallback?: string
}

/** In the order of `.env.example`. */
export const VARIABLES: readonly EnvironmentVariable[] = [
  { name: 'HOST', path: 'server.host', type: 'text', about: 'address to listen on', fallback: '127.0.0.1' },
  { name: 'PORT', path: 'server.port', type: 'integer', about: 'port to listen on; 0 picks a free one', fallback: '8080' },
  { name: 'WORKERS', path: 'workers', type: 'integer', word: 'auto', about: 'processes that serve together on that port; auto: one per core', fallback: '1' },
  { name: 'PROXY_API_KEY', also: ['API_KEY'], path: 'keys', type: 'list', secret: true, about: 'client keys, comma separated' },
  { name: 'CALLER_ACCOUNTS', path: 'callerAccounts', type: 'boolean', about: "whether KEY:REFRESH_TOKEN selects an account of the caller's own", fallback: 'yes' },
  { name: 'DATA_DIR', path: 'dataDir', type: 'text', about: 'folder for the database and the encryption key', fallback: './data in a checkout, ~/.kiro-gateway when installed' },
  { name: 'DATABASE_URL', path: 'databaseUrl', type: 'text', secret: true, about: 'postgres://USER:PASSWORD@HOST:PORT/DATABASE, for several nodes; none: SQLite in DATA_DIR' },
  { name: 'TOKEN_ENCRYPT_KEY', path: 'encryptionKey', type: 'text', secret: true, about: '32 bytes, hex or base64; none: a key file is made in DATA_DIR' },
  { name: 'KIRO_CREDS_FILE', path: 'sources.kiro', type: 'text', about: 'path or https URL of a Kiro credentials JSON, one account or an array, read at each start' },
  { name: 'KIRO_CREDS_HOSTS', path: 'credentials.hosts', type: 'list', about: 'hosts that such a file may be fetched from by https, private:HOST if inside your own network' },
  { name: 'KIRO_CREDS_WRITE_BACK', path: 'credentials.writeBack', type: 'boolean', about: 'write renewed tokens into that file, for the other programs that sign in with it', fallback: 'no' },
  { name: 'REFRESH_TOKEN', path: 'account', type: 'text', secret: true, about: 'one Kiro account: its refresh token' },
  { name: 'AUTH_METHOD', path: 'account', type: 'text', about: 'how that account signs in: social or idc', fallback: 'social, idc with CLIENT_ID' },
  { name: 'CLIENT_ID', path: 'account', type: 'text', about: 'OIDC client of that account' },
  { name: 'CLIENT_SECRET', path: 'account', type: 'text', secret: true, about: 'OIDC client secret of that account' },
  { name: 'PROFILE_ARN', path: 'account', type: 'text', about: 'profile of that account where it cannot be found out' },
  { name: 'KIRO_API_KEY', path: 'account', type: 'text', secret: true, about: 'one Kiro account by API key' },
  { name: 'KIRO_REGION', also: ['REGION'], alsoIf: /^[a-z]{2}(-[a-z]+)+-\d$/, path: 'providers.kiro.region', type: 'text', about: 'AWS region of sign-in and API', fallback: 'us-east-1' },
  { name: 'KIRO_AUTH_REGION', path: 'providers.kiro.authRegion', type: 'text', about: 'region of sign-in alone' },
  { name: 'KIRO_API_REGION', path: 'providers.kiro.apiRegion', type: 'text', about: 'region of the API alone' },
  { name: 'KIRO_API_URL', path: 'providers.kiro.apiUrl', type: 'text', about: "origins in place of Kiro's data plane, comma separated: its lanes" },
  { name: 'KIRO_AUTH_URL', path: 'providers.kiro.authUrl', type: 'text', about: 'origin in place of the social refresh host' },
  { name: 'KIRO_OIDC_URL', path: 'providers.kiro.oidcUrl', type: 'text', about: 'origin in place of the OIDC hosts' },
  { name: 'KIRO_MANAGEMENT_URL', path: 'providers.kiro.managementUrl', type: 'text', about: 'origin in place of the control plane' },
  { name: 'TOKEN_ALLOCATION_STRATEGY', path: 'providers.kiro.strategy', type: 'text', about: 'how accounts take turns', fallback: 'round-robin' },
  { name: 'KIRO_GATEWAY_EXPORT_PASSPHRASE', path: '', type: 'text', secret: true, about: 'passphrase of "accounts export" and of importing what it wrote, where nobody can be asked' },
  { name: 'KIROGATE_TOKEN_ENCRYPT_KEY', path: '', type: 'text', secret: true, about: 'TOKEN_ENCRYPT_KEY of the KiroGate whose users.db is imported' },
  { name: 'POOL_MODE', path: '', type: 'text', about: 'accepted and ignored: a single account is a pool of one' },
  { name: 'FIRST_TOKEN_TIMEOUT', path: 'timeouts.firstToken', type: 'seconds', about: 'seconds until the first visible piece of an answer', fallback: '60' },
  { name: 'FIRST_TOKEN_MAX_RETRIES', path: 'timeouts.firstTokenRetries', type: 'integer', about: 'how often an upstream may miss it', fallback: '5' },
  { name: 'STREAM_READ_TIMEOUT', path: 'timeouts.streamRead', type: 'seconds', about: 'seconds between two pieces', fallback: '120' },
  { name: 'NON_STREAM_TIMEOUT', path: 'timeouts.nonStream', type: 'seconds', about: 'seconds for a whole answer that is not streamed', fallback: '600' },
  { name: 'HTTPS_PROXY', also: ['https_proxy'], path: 'proxies.https', type: 'text', secret: true, about: 'outbound proxy for https upstreams' },
  { name: 'HTTP_PROXY', also: ['http_proxy'], path: 'proxies.http', type: 'text', secret: true, about: 'outbound proxy for http upstreams' },
  { name: 'NO_PROXY', also: ['no_proxy'], path: 'proxies.bypass', type: 'list', about: 'hosts that are reached directly' },
  { name: 'DEBUG_MODE', path: 'debug', type: 'text', allowed: ['off', 'errors', 'all'], about: 'keep requests on disk: off, errors, all', fallback: 'off' },
  { name: 'LOG_LEVEL', path: 'log.level', type: 'text', allowed: ['debug', 'info', 'warn', 'error'], about: 'debug, info, warn or error', fallback: 'info' },
  { name: 'LOG_FORMAT', path: 'log.format', type: 'text', allowed: ['json', 'pretty'], about: 'json or pretty', fallback: 'json' },
]

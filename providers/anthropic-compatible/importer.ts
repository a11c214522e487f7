import { type CredentialImporter, GatewayError, type ImportContext, type ImportedAccount, type ImportedCredentials, type Variables } from '../../core/index.ts'
import type { AnthropicCredential } from './credential.ts'
import type { AnthropicOptions } from './options.ts'
import { type Fields, isFields, listOf, parseJson, textOf } from './untrusted.ts'

/** Names under which keys and addresses are passed around, lines of an environment file among them. */
const KEY_NAMES = ['apiKey', 'api_key', 'key', 'ANTHROPIC_API_KEY'] as const
const BEARER_NAMES = ['authToken', 'auth_token', 'ANTHROPIC_AUTH_TOKEN'] as const
const URL_NAMES = ['baseUrl', 'base_url', 'baseURL', 'url', 'ANTHROPIC_BASE_URL'] as const
const LABEL_NAMES = ['label', 'name'] as const
const KEY = /^[!-~]{3,512}$/

/** Reads keys as JSON (one, a list, `{"accounts": […]}`), as `NAME=VALUE` lines, or bare, a line each. */
export function createAnthropicImporter(options: Pick<AnthropicOptions, 'accounts' | 'apiKeyVariable'>): CredentialImporter<AnthropicCredential> {
  return {
    parse: async (text, context) => parse(text, context),
    environment: variables => fromEnvironment(variables, options),
  }
}

/** Only the variable that the configuration names: programs that use this gateway keep its own keys in the customary one. */
function fromEnvironment(
  variables: Variables,
  { accounts, apiKeyVariable }: Pick<AnthropicOptions, 'accounts' | 'apiKeyVariable'>,
): readonly ImportedAccount<AnthropicCredential>[] {
  if (apiKeyVariable === undefined || accounts.length > 0) return []
  const keys = new Set(
    (variables[apiKeyVariable] ?? '')
      .split(',')
      .map(key => key.trim())
      .filter(key => key !== ''),
  )
  return [...keys].map((apiKey, index) => {
    if (!KEY.test(apiKey)) throw new GatewayError('bad_request', `${apiKeyVariable} holds no API key at place ${index + 1}; separate keys by commas`)
    return { label: keys.size === 1 ? apiKeyVariable : `${apiKeyVariable} ${index + 1}`, credential: { apiKey } }
  })
}

function parse(text: string, { source }: ImportContext): ImportedCredentials<AnthropicCredential> {
  const accounts: ImportedAccount<AnthropicCredential>[] = []
  const rejected: { index: number; reason: string }[] = []
  const seen = new Set<string>()
  const entries = entriesOf(text.trim())
  for (const [index, entry] of entries.entries()) {
    const read = accountOf(entry, entries.length === 1 ? 'key' : `key ${index + 1}`)
    if (typeof read === 'string') rejected.push({ index, reason: read })
    else if (seen.has(read.credential.apiKey)) rejected.push({ index, reason: 'it is in there twice' })
    else {
      seen.add(read.credential.apiKey)
      accounts.push(read)
    }
  }
  const [only] = rejected
  if (accounts.length === 0 && entries.length <= 1)
    throw new GatewayError('bad_request', `the API key in ${source} cannot be used: ${only?.reason ?? 'there is none'}`)
  return { accounts, rejected }
}

function entriesOf(text: string): readonly unknown[] {
  const json = parseJson(text)
  if (Array.isArray(json)) return json
  if (isFields(json)) return Array.isArray(json.accounts) ? listOf(json.accounts) : [json]
  const lines = text
    .split(/\r?\n/)
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'))
  const pairs = lines.map(line => /^(?:export\s+)?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line))
  if (lines.length > 0 && pairs.every(pair => pair !== null))
    return [Object.fromEntries(pairs.map(pair => [pair[1], pair[2]?.replace(/^(["'])(.*)\1$/, '$2')]))]
  return lines
}

/** The account, or why there is none. */
function accountOf(entry: unknown, fallbackLabel: string): ImportedAccount<AnthropicCredential> | string {
  const fields: Fields = typeof entry === 'string' ? { apiKey: entry } : isFields(entry) ? entry : {}
  const bearer = first(fields, BEARER_NAMES)
  const apiKey = first(fields, KEY_NAMES) ?? bearer
  if (apiKey === undefined) return 'it names no apiKey'
  if (!KEY.test(apiKey)) return 'its key is no API key; it may have been cut'
  const baseUrl = first(fields, URL_NAMES)
  if (baseUrl !== undefined && !/^https?:\/\/[^\s?#]+$/.test(baseUrl)) return 'its address does not begin with https://'
  const auth = fields.auth === 'bearer' || fields.auth === 'x-api-key' ? fields.auth : apiKey === bearer ? 'bearer' : undefined
  const proxy = textOf(fields.proxy)
  return {
    label: first(fields, LABEL_NAMES) ?? fallbackLabel,
    credential: { apiKey, ...(auth === undefined ? {} : { auth }), ...(baseUrl === undefined ? {} : { baseUrl }) },
    ...(proxy === undefined ? {} : { settings: { proxy } }),
  }
}

function first(fields: Fields, names: readonly string[]): string | undefined {
  return names.map(name => textOf(fields[name])).find(value => value !== undefined)
}

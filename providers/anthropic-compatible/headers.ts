import type { Account, OriginalRequest } from '../../core/index.ts'
import type { AnthropicCredential, AuthStyle } from './credential.ts'
import { isOfficial, normalBase } from './endpoints.ts'
import type { AnthropicOptions } from './options.ts'

export type HeaderOptions = Pick<AnthropicOptions, 'baseUrl' | 'headers' | 'version' | 'betas'>

/** Headers of one call, and what the client said in its own where it speaks this wire. */
export interface HeaderSource {
  readonly account: Pick<Account<AnthropicCredential>, 'credential'>
  readonly original?: OriginalRequest
  readonly streams?: boolean
}

/**
 * Headers of a call: the operator's win over the client's, those of the account over those of the provider. The client's
 * flags are kept word for word, because body fields depend on them.
 */
export function headersFor({ account: { credential }, original, streams = false }: HeaderSource, options: HeaderOptions): Record<string, string> {
  const { 'anthropic-beta': told, 'anthropic-version': version = options.version, ...passed } = original?.wire === 'anthropic' ? original.headers : {}
  const betas = mergedBetas(told, options.betas)
  return {
    ...passed,
    accept: streams ? 'text/event-stream' : 'application/json',
    // A relay that compresses a stream holds events back.
    'accept-encoding': 'identity',
    'content-type': 'application/json',
    'user-agent': 'kiro-gateway',
    'anthropic-version': version,
    ...(betas === '' ? {} : { 'anthropic-beta': betas }),
    ...authorization(credential, options),
    ...lowerCase(options.headers),
    ...lowerCase(credential.headers ?? {}),
  }
}

/** The official host knows `x-api-key`; of others most want a bearer token and some the former, so they get both. */
function authorization({ apiKey, auth, baseUrl }: AnthropicCredential, options: HeaderOptions): Record<string, string> {
  const styles: readonly AuthStyle[] =
    auth !== undefined ? [auth] : isOfficial(normalBase(baseUrl ?? options.baseUrl)) ? ['x-api-key'] : ['x-api-key', 'bearer']
  return {
    ...(styles.includes('x-api-key') ? { 'x-api-key': apiKey } : {}),
    ...(styles.includes('bearer') ? { authorization: `Bearer ${apiKey}` } : {}),
  }
}

function mergedBetas(told: string | undefined, own: readonly string[]): string {
  if (told === undefined) return own.join(',')
  const known = new Set(told.split(',').map(flag => flag.trim()))
  return [told, ...own.filter(flag => !known.has(flag))].join(',')
}

/** What only the connection itself can know. */
const NOT_OURS: ReadonlySet<string> = new Set(['host', 'content-length', 'transfer-encoding', 'connection', 'accept-encoding'])

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (NOT_OURS.has(name.toLowerCase()) ? [] : [[name.toLowerCase(), value]])))
}

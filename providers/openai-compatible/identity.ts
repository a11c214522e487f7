import type { Attempt } from '../../core/index.ts'
import type { OpenaiCompatibleCredential } from './credential.ts'

type Headers = Readonly<Record<string, string>>

/** Bytes that we cannot read are of no use: no compression. */
const OWN: Headers = { 'accept-encoding': 'identity', 'user-agent': 'kiro-gateway' }
/** What only the connection itself can know. */
const NOT_OURS: ReadonlySet<string> = new Set(['host', 'content-length', 'transfer-encoding', 'connection', 'accept-encoding'])

/** Headers of a call that has no client behind it. */
export function accountHeaders({ apiKey, headers = {} }: OpenaiCompatibleCredential, configured: Headers): Record<string, string> {
  return {
    ...lowerCase(configured),
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    ...lowerCase(headers),
    ...OWN,
  }
}

/** Headers of a chat request: those of a client of this wire that mean something go on, below the operator's own. */
export function chatHeaders(
  { account, call }: Pick<Attempt<OpenaiCompatibleCredential>, 'account' | 'call'>,
  { wire, headers }: { readonly wire: string; readonly headers: Headers },
): Record<string, string> {
  const { original, stream } = call.request
  return {
    ...(original?.wire === wire ? original.headers : {}),
    'content-type': 'application/json',
    accept: stream ? 'text/event-stream' : 'application/json',
    ...accountHeaders(account.credential, headers),
  }
}

function lowerCase(headers: Headers): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (NOT_OURS.has(name.toLowerCase()) ? [] : [[name.toLowerCase(), value]])))
}

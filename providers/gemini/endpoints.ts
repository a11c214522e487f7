import type { GeminiCredential } from './credential.ts'
import type { GeminiOptions } from './options.ts'

export type GeminiMethod = 'generateContent' | 'streamGenerateContent' | 'countTokens'

type Places = Pick<GeminiOptions, 'apiUrl' | 'apiVersion'>

const VERSION = /\/v\d[a-z0-9]*$/

/** Where one call of a model goes. The key is never part of it: addresses are logged everywhere. */
export function methodUrl(credential: GeminiCredential, places: Places, { model, method }: { readonly model: string; readonly method: GeminiMethod }): string {
  // Without `alt=sse` the answer would be one JSON array that grows.
  const query = method === 'streamGenerateContent' ? '?alt=sse' : ''
  return `${root(credential, places)}/${resourceName(model)}:${method}${query}`
}

export function modelsUrl(credential: GeminiCredential, places: Places, pageToken: string | undefined): string {
  const query = new URLSearchParams({ pageSize: '1000', ...(pageToken === undefined ? {} : { pageToken }) })
  return `${root(credential, places)}/models?${query.toString()}`
}

/** `models/ID` as addresses have it; tuned models have a folder of their own. */
export function resourceName(model: string): string {
  const [folder, id] = model.startsWith('tunedModels/') ? ['tunedModels', model.slice('tunedModels/'.length)] : ['models', model]
  return `${folder}/${encodeURIComponent(id)}`
}

/** The origin, for the account's only lane. */
export function originOf({ baseUrl }: GeminiCredential, { apiUrl }: Places): string {
  return new URL(baseUrl ?? apiUrl).origin
}

/** Where files are that were uploaded to the API itself. */
export function filesRoot({ apiUrl, apiVersion }: Places): string {
  return root({ apiKey: '' }, { apiUrl, apiVersion })
}

/** Relays are given with the version in their address as often as without. */
function root({ baseUrl }: GeminiCredential, { apiUrl, apiVersion }: Places): string {
  const base = (baseUrl ?? apiUrl).replace(/\/+$/, '')
  return VERSION.test(base) ? base : `${base}/${apiVersion}`
}

/** Headers of every call. The account's own come last: a relay may want another way of signing in. */
export function headersFor({ apiKey, headers = {} }: GeminiCredential): Record<string, string> {
  const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  return { 'x-goog-api-key': apiKey, 'content-type': 'application/json', 'accept-encoding': 'identity', ...own }
}

import type { CallbackParameters } from '../contract/sign-in.ts'

const LONGEST = 16_384

/**
 * What a person copied out of a browser: the whole address, whatever its scheme, or its query alone.
 * @returns undefined when it is no callback
 */
export function readCallback(text: string): CallbackParameters | undefined {
  const pasted = text.trim().replace(/^["'<]+|["'>]+$/g, '')
  if (pasted === '' || pasted.length > LONGEST) return undefined
  const url = pasted.includes('://') ? URL.parse(pasted) : null
  const query = url === null ? new URLSearchParams(pasted.slice(pasted.indexOf('?') + 1)) : url.searchParams
  if (!query.has('code') && !query.has('error')) return undefined
  return url?.protocol === 'http:' ? { query, path: url.pathname } : { query }
}

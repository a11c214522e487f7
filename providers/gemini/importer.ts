import { type CredentialImporter, GatewayError, type ImportedAccount } from '../../core/index.ts'
import type { GeminiCredential } from './credential.ts'
import { type Fields, isFields, parseJson, textOf } from './untrusted.ts'

const KEY = /^[A-Za-z0-9_.-]{20,200}$/
const VARIABLE = /^(?:export\s+)?(?:GEMINI_API_KEY|GOOGLE_API_KEY)\s*=\s*(.*)$/

/** Reads keys as they are passed around: bare, a line each, as `GEMINI_API_KEY=…`, or as JSON objects. */
export const geminiImporter: CredentialImporter<GeminiCredential> = {
  async parse(text, { source }) {
    const entries = entriesOf(text.trim())
    const accounts: ImportedAccount<GeminiCredential>[] = []
    const rejected: { index: number; reason: string }[] = []
    const seen = new Set<string>()
    for (const [index, entry] of entries.entries()) {
      const account = accountOf(entry, index)
      if (typeof account === 'string') rejected.push({ index, reason: account })
      else if (seen.has(account.credential.apiKey)) rejected.push({ index, reason: 'it is in there twice' })
      else {
        seen.add(account.credential.apiKey)
        accounts.push(account)
      }
    }
    if (accounts.length > 0) return Promise.resolve({ accounts, rejected })
    throw new GatewayError('bad_request', `no Gemini API key in ${source === '-' ? 'the input' : source} can be used: ${rejected[0]?.reason ?? 'it is empty'}`)
  },
}

function entriesOf(text: string): readonly unknown[] {
  const value = parseJson(text)
  if (Array.isArray(value)) return value
  if (isFields(value)) return Array.isArray(value['accounts']) ? value['accounts'] : [value]
  return text
    .split(/\r?\n/)
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => (VARIABLE.exec(line)?.[1] ?? line).replace(/^(["'])(.*)\1$/, '$2'))
}

/** An account, or why it is none. */
function accountOf(entry: unknown, index: number): ImportedAccount<GeminiCredential> | string {
  const fields: Fields = isFields(entry) ? entry : { apiKey: entry }
  const apiKey = ['apiKey', 'api_key', 'api-key', 'key'].map(name => textOf(fields[name])).find(key => key !== undefined)
  if (apiKey === undefined) return 'it has no member "apiKey"'
  if (!KEY.test(apiKey)) return 'what stands in the place of the key is none'
  const baseUrl = textOf(fields['baseUrl']) ?? textOf(fields['base-url']) ?? textOf(fields['base_url'])
  if (baseUrl !== undefined && !/^https?:\/\//.test(baseUrl)) return 'its "baseUrl" is no http(s) address'
  const proxy = textOf(fields['proxy']) ?? textOf(fields['proxy-url'])
  return {
    label: textOf(fields['label']) ?? textOf(fields['name']) ?? `key ${index + 1}`,
    credential: { apiKey, ...(baseUrl === undefined ? {} : { baseUrl }) },
    ...(proxy === undefined ? {} : { settings: { proxy } }),
  }
}

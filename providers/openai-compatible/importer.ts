import { type CredentialImporter, GatewayError, type ImportContext, type ImportedAccount, type ImportedCredentials } from '../../core/index.ts'
import { isRecord, type Json } from './content.ts'
import type { OpenaiCompatibleCredential } from './credential.ts'

const KEY = /^[!-~]{8,}$/
const URL_START = /^https?:\/\/[^\s/]+/
const LINE = /^(?:export\s+)?([A-Za-z][\w.@ -]*?)\s*[=:]\s*["']?([!-~]+?)["']?$/
/** What shell variables mostly end with says nothing about whose key it is. */
const GENERIC_LABEL = /_?api_?keys?$/i

type Imported = ImportedAccount<OpenaiCompatibleCredential>

/**
 * Reads keys as people keep them: JSON, one or many, or a line for each, bare or behind a name.
 * @param variable the environment variable that holds keys, if any does
 */
export function createImporter(variable: string | undefined): CredentialImporter<OpenaiCompatibleCredential> {
  return {
    parse,
    ...(variable === undefined ? {} : { environment: variables => fromVariable(variables[variable], variable) }),
  }
}

function fromVariable(value: string | undefined, variable: string): readonly Imported[] {
  const keys = (value ?? '')
    .split(',')
    .map(key => key.trim())
    .filter(key => key !== '')
  return keys.map((apiKey, index) => ({ label: keys.length === 1 ? variable : `${variable} ${index + 1}`, credential: { apiKey } }))
}

async function parse(text: string, context: ImportContext): Promise<ImportedCredentials<OpenaiCompatibleCredential>> {
  const accounts: Imported[] = []
  const rejected: { index: number; reason: string }[] = []
  const seen = new Set<string>()
  for (const [index, entry] of entriesOf(text, context).entries()) {
    const read = typeof entry === 'string' ? fromLine(entry, index) : fromObject(entry, index)
    if (typeof read === 'string') rejected.push({ index, reason: read })
    else {
      const same = JSON.stringify(read.credential)
      if (seen.has(same)) rejected.push({ index, reason: 'it is in there twice' })
      else accounts.push(read)
      seen.add(same)
    }
  }
  if (accounts.length === 0) throw unusable(context, rejected[0]?.reason ?? 'it holds no key')
  return { accounts, rejected }
}

function entriesOf(text: string, context: ImportContext): readonly (string | Json)[] {
  const trimmed = text.trim()
  if (!/^[[{]/.test(trimmed))
    return trimmed
      .split(/\r?\n/)
      .map(line => line.trim())
      .filter(line => line !== '' && !line.startsWith('#'))
  try {
    const value: unknown = JSON.parse(trimmed)
    const list: unknown = isRecord(value) && Array.isArray(value['accounts']) ? value['accounts'] : value
    return (Array.isArray(list) ? list : [list]).map((entry: unknown) => (typeof entry === 'string' || isRecord(entry) ? entry : {}))
  } catch {
    throw unusable(context, 'it is not valid JSON')
  }
}

function fromLine(line: string, index: number): Imported | string {
  const [, name = '', value] = LINE.exec(line) ?? []
  const apiKey = value ?? line
  if (!KEY.test(apiKey)) return 'the line is no key: at least eight characters without spaces'
  return { label: name.replace(GENERIC_LABEL, '').toLowerCase() || `key ${index + 1}`, credential: { apiKey } }
}

function fromObject(entry: Json, index: number): Imported | string {
  const text = (...names: readonly string[]) =>
    names
      .map(name => entry[name])
      .find((value): value is string => typeof value === 'string' && value.trim() !== '')
      ?.trim()
  const apiKey = text('apiKey', 'api_key', 'api-key', 'key', 'token')
  const baseUrl = text('baseUrl', 'base_url', 'base-url', 'baseURL', 'api_base', 'apiBase')
  if (apiKey === undefined && baseUrl === undefined) return 'it has no apiKey'
  if (apiKey !== undefined && !KEY.test(apiKey)) return 'its apiKey is none: at least eight characters without spaces'
  if (baseUrl !== undefined && !URL_START.test(baseUrl)) return 'its baseUrl is no http(s) address'
  return {
    label: text('label', 'name') ?? `key ${index + 1}`,
    credential: { ...(apiKey === undefined ? {} : { apiKey }), ...(baseUrl === undefined ? {} : { baseUrl }) },
  }
}

function unusable({ source }: ImportContext, reason: string): GatewayError {
  return new GatewayError('bad_request', `the keys in ${source} cannot be used: ${reason}`)
}

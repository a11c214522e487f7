import { GatewayError } from '../../../core/index.ts'
import { type Fields, isFields } from '../untrusted.ts'
import { camelCase } from './entry.ts'
import { sourceName } from './source-name.ts'
import { parseVariables } from './variables.ts'

/** Members that hold the credentials of a file instead of being one. */
const WRAPPERS = ['credentials', 'credential', 'accounts', 'data', 'tokens', 'token']
/** Members that only a credential itself has. */
const TOKENS = new Set(['refreshToken', 'accessToken', 'kiroApiKey', 'apiKey'])
const MAX_DEPTH = 4
const MAX_ENTRIES = 10_000

/**
 * The entries of a text: JSON of any wrapping, one JSON object per line, `KEY=VALUE` lines, or a bare token.
 * @throws GatewayError `bad_request` when it is none of them
 */
export function readEntries(text: string, source: string): readonly unknown[] {
  const trimmed = text.replace(/^\uFEFF/, '').trim()
  if (trimmed === '') throw unreadable(source, 'is empty')
  const json = parseJson(trimmed)
  if (json !== undefined) return bounded(unwrap(json.value, 0), source)
  if (/^(ksk_|aor)\S+$/.test(trimmed)) return [trimmed]
  const lines = trimmed.split(/\r?\n/).filter(line => line.trim() !== '')
  if (lines.length > 1 && lines[0]?.trimStart().startsWith('{'))
    return bounded(
      lines.flatMap(line => jsonLine(line)),
      source,
    )
  const variables = parseVariables(lines)
  if (variables !== undefined) return variables
  throw unreadable(source, 'is neither JSON nor KEY=VALUE lines; it may be cut off')
}

function unwrap(value: unknown, depth: number): readonly unknown[] {
  if (Array.isArray(value)) return depth < MAX_DEPTH ? value.flatMap(item => unwrapItem(item, depth + 1)) : value
  if (!isFields(value)) return [value]
  return unwrapItem(value, depth)
}

/** An item is a credential, a wrapper around some, or metadata with the credential nested in it. */
function unwrapItem(item: unknown, depth: number): readonly unknown[] {
  if (!isFields(item) || depth >= MAX_DEPTH || Object.keys(item).some(name => TOKENS.has(camelCase(name)))) return [item]
  const name = Object.keys(item).find(member => WRAPPERS.includes(camelCase(member)) && typeof item[member] === 'object' && item[member] !== null)
  if (name === undefined) return [item]
  const inner = item[name]
  if (!isFields(inner)) return unwrap(inner, depth + 1)
  const { [name]: _inner, ...outer } = item
  if (Object.keys(inner).some(member => TOKENS.has(camelCase(member)))) return [{ ...flat(outer), ...filled(inner) }]
  const values = Object.values(inner)
  // `{ "accounts": { "first": {…}, "second": {…} } }`
  if (values.length > 0 && values.every(isFields) && !WRAPPERS.some(wrapper => wrapper in inner)) return values.flatMap(entry => unwrapItem(entry, depth + 1))
  return unwrapItem(inner, depth + 1)
}

/** What stands beside a nested credential, with our own export's groups opened. A learned profile is learned again. */
function flat({ facts, settings, ...outer }: Fields): Fields {
  return { ...outer, ...(isFields(facts) ? { machineId: facts.machineId } : {}), ...(isFields(settings) ? settings : {}) }
}

/** Programs that write every member write empty ones where the outer level knows more. */
function filled(inner: Fields): Fields {
  return Object.fromEntries(Object.entries(inner).filter(([, value]) => value !== '' && value !== null))
}

/** A line that cannot be read stays in the list, as text, so that the others are taken and this one is reported. */
function jsonLine(line: string): readonly unknown[] {
  const json = parseJson(line)
  return json === undefined ? [line] : unwrap(json.value, 0)
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

function bounded(entries: readonly unknown[], source: string): readonly unknown[] {
  if (entries.length === 0) throw unreadable(source, 'holds no credentials')
  if (entries.length > MAX_ENTRIES) throw unreadable(source, `holds more than ${MAX_ENTRIES} credentials`)
  return entries
}

/** The parser's own words are not repeated: they quote the text, and the text is secret. */
function unreadable(source: string, problem: string): GatewayError {
  return new GatewayError('bad_request', `the Kiro credentials in ${sourceName(source)} cannot be read: the text ${problem}`)
}

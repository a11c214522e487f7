import type { AccountSettings, ImportedAccount } from '../../../core/index.ts'
import type { KiroCredential } from '../credential.ts'
import { normaliseMachineId } from '../machine-id.ts'
import { isFields } from '../untrusted.ts'
import type { ClientPair } from './companion.ts'
import { lacksClient, readCredential } from './credential.ts'
import { definedOnly } from './defined.ts'
import { Entry } from './entry.ts'
import { proxySetting } from './proxy-setting.ts'
import { Rejection } from './rejection.ts'
import { isSwitchedOff } from './switched-off.ts'
import { closedReason } from './user-store.ts'

/** What is known about an entry beside itself. */
export interface EntryContext {
  /** Name for an account that has none of its own. */
  readonly fallbackLabel: string
  readonly client: ClientPair | undefined
}

/** Files of other vendors' accounts, which the same tools write into the same folder. */
const FOREIGN = new Set(['gemini', 'gemini-cli', 'codex', 'claude', 'qwen', 'iflow', 'antigravity', 'vertex', 'openai', 'anthropic', 'aistudio'])

/** An entry in readable form, or undefined when it is nothing that could be a credential. */
export function readEntry(value: unknown): Entry | undefined {
  if (typeof value === 'string') return bareToken(value.trim())
  return isFields(value) ? new Entry(value) : undefined
}

/** Name of the client registration that an entry needs and does not have; null: it needs one, and does not know which. */
export function wantedClient(entry: Entry): string | null | undefined {
  return lacksClient(entry) ? (entry.peekText('clientIdHash') ?? null) : undefined
}

/** The account that an entry describes, or why it cannot be one. */
export function importEntry(entry: Entry | undefined, { fallbackLabel, client }: EntryContext): ImportedAccount<KiroCredential> | Rejection {
  if (entry === undefined) return new Rejection('it is neither a JSON object nor a Kiro token')
  const type = entry.text('type')?.toLowerCase()
  if (type !== undefined && FOREIGN.has(type)) return new Rejection(`it is a credential of ${type}, not of Kiro`)
  const closed = closedReason(entry.peekText('closed') ?? '')
  if (closed !== undefined) return new Rejection(closed)
  if (isServerConfig(entry))
    return new Rejection('it is the configuration of a server: its apiKey is what clients present; "kiro-gateway keys import" takes it')
  const settings = settingsOf(entry)
  if (settings instanceof Rejection) return settings
  const name = nameOf(entry)
  const label = name ?? labelOf(entry) ?? fallbackLabel
  const machineId = normaliseMachineId(entry.text('machineId'))
  const isDisabled = isSwitchedOff(entry)
  const credential = readCredential(entry, client)
  if (credential instanceof Rejection) return credential
  return {
    label,
    // Names of files are told apart by whoever named the files.
    ...(name === undefined && label !== fallbackLabel ? { unnamed: true } : {}),
    credential,
    ...(machineId === undefined ? {} : { facts: { machineId } }),
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
    ...(isDisabled ? { disabled: true } : {}),
  }
}

function settingsOf(entry: Entry): AccountSettings | Rejection {
  const proxy = proxySetting({ url: entry.text('proxyUrl', 'proxy'), username: entry.text('proxyUsername'), password: entry.text('proxyPassword') })
  // Going out without the proxy that the source asks for would show the account from the wrong address.
  if (proxy === 'invalid') return new Rejection('its proxyUrl is not the address of a proxy')
  return definedOnly({ proxy, priority: finite(entry.get('priority')), weight: share(entry.get('weight')), models: patterns(entry.get('models')) })
}

function finite(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function share(value: unknown): number | undefined {
  const number = finite(value)
  return number !== undefined && number >= 0 ? number : undefined
}

function patterns(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.length > 0 && value.every(pattern => typeof pattern === 'string') ? value : undefined
}

/** kiro2api-rs keeps its client key under the name that others use for Kiro's own keys. */
function isServerConfig(entry: Entry): boolean {
  const token = entry.peekText('refreshToken', 'accessToken', 'kiroApiKey')
  const isOwnKey = entry.peekText('apiKey')?.startsWith('ksk_') === true
  return token === undefined && !isOwnKey && entry.peek('apiKey') !== undefined && entry.peek('host', 'port') !== undefined
}

/** What an entry is called: its own name, else the way of signing in. */
export function labelOf(entry: Entry): string | undefined {
  const provider = entry.peekText('provider', 'idp')
  return nameOf(entry) ?? (provider === 'kiro' ? undefined : provider?.slice(0, 100))
}

/** Of an e-mail address only the part that says who, not where. */
function nameOf(entry: Entry): string | undefined {
  const email = entry.peekText('email')?.split('@', 1)[0]
  return [entry.text('label'), entry.peekText('nickname'), email, entry.peekText('name')].find(text => text !== undefined && text !== '')?.slice(0, 100)
}

function bareToken(text: string): Entry | undefined {
  if (/^ksk_\S+$/.test(text)) return new Entry({ kiroApiKey: text })
  return /^aor\S+$/.test(text) ? new Entry({ refreshToken: text }) : undefined
}

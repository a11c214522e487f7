import { Type } from 'typebox'
import type { ImportedAccount } from '../contract/account.ts'
import type { Provider, RejectedEntry } from '../contract/provider.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { fits } from './fits-schema.ts'

/** An account with everything that makes it work elsewhere. */
export interface ExportedAccount extends ImportedAccount {
  readonly provider: string
}

const Facts = Type.Record(Type.String(), Type.String())
const Settings = Type.Object(
  {
    proxy: Type.Optional(Type.String()),
    priority: Type.Optional(Type.Number()),
    weight: Type.Optional(Type.Number()),
    models: Type.Optional(Type.Array(Type.String())),
  },
  { additionalProperties: false },
)

const Entry = Type.Object(
  {
    provider: Type.String(),
    label: Type.String({ maxLength: 200 }),
    credential: Type.Unknown(),
    facts: Type.Optional(Facts),
    settings: Type.Optional(Settings),
    disabled: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)

/** Accounts of any providers as the text inside a sealed export: nothing is lost, whatever forms the providers know. */
export function writeExport(accounts: readonly ExportedAccount[]): string {
  return JSON.stringify({ accounts })
}

/** @throws GatewayError `bad_request` when the text is none of ours */
export function readExport(
  text: string,
  providers: ReadonlyMap<string, Provider>,
): { readonly accounts: readonly ExportedAccount[]; readonly rejected: readonly RejectedEntry[] } {
  const accounts: ExportedAccount[] = []
  const rejected: RejectedEntry[] = []
  for (const [index, entry] of entriesOf(text).entries()) {
    if (!fits(Entry, entry)) {
      rejected.push({ index, reason: 'it is no account of an export' })
      continue
    }
    const provider = providers.get(entry.provider)
    if (provider === undefined)
      rejected.push({ index, label: entry.label, reason: `there is no provider "${entry.provider}" here; add it to the configuration` })
    else if (!fits(provider.credential, entry.credential))
      rejected.push({ index, label: entry.label, reason: `its credential is none of the provider "${entry.provider}"` })
    else accounts.push(entry)
  }
  return { accounts, rejected }
}

function entriesOf(text: string): readonly unknown[] {
  const value: unknown = JSON.parse(text)
  const entries: unknown = typeof value === 'object' && value !== null && 'accounts' in value ? value.accounts : undefined
  if (!Array.isArray(entries)) throw new GatewayError('bad_request', 'the export holds no list of accounts')
  return entries
}

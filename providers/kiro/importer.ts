import { type Clock, type CredentialImporter, GatewayError, type ImportContext, type ImportedAccount, type ImportedCredentials } from '../../core/index.ts'
import type { KiroCredential } from './credential.ts'
import { importEntry, readEntry, wantedClient } from './import/account.ts'
import { readCliStore } from './import/cli-store.ts'
import { type ClientPair, findClient } from './import/companion.ts'
import { credentialPlaces } from './import/places.ts'
import { Rejection } from './import/rejection.ts'
import { sourceLabel, sourceName } from './import/source-name.ts'
import { readEntries } from './import/source-text.ts'
import { environmentEntries } from './import/variables.ts'

/** Reads every shape in which Kiro credentials are passed around (`kiro.md` §2). */
export function createKiroImporter(clock: Clock): CredentialImporter<KiroCredential> {
  return {
    parse: (text, context) => parse(text, context, clock),
    environment,
    readDatabase: path => JSON.stringify(readCliStore(path) ?? []),
    places: credentialPlaces,
  }
}

async function parse(text: string, context: ImportContext, clock: Clock): Promise<ImportedCredentials<KiroCredential>> {
  const entries = readEntries(text, context.source)
  const accounts: ImportedAccount<KiroCredential>[] = []
  const rejected: { index: number; reason: string }[] = []
  const seen = new Set<string>()
  const clients = new Map<string | null, Promise<ClientPair | undefined>>()
  for (const [index, value] of entries.entries()) {
    const entry = readEntry(value)
    const wanted = entry === undefined ? undefined : wantedClient(entry)
    const found = wanted === undefined ? undefined : (clients.get(wanted) ?? findClient(wanted ?? undefined, context, clock))
    // A list of thousands of accounts reads its folder once.
    if (wanted !== undefined && found !== undefined) clients.set(wanted, found)
    const client = await found
    const result = importEntry(entry, { client, fallbackLabel: sourceLabel(context.source, index, entries.length) })
    if (result instanceof Rejection) {
      rejected.push({ index, reason: result.reason })
      continue
    }
    const secret = result.credential.apiKey ?? result.credential.refreshToken ?? ''
    if (seen.has(secret)) rejected.push({ index, reason: 'it is in there twice' })
    else accounts.push(result)
    seen.add(secret)
  }
  const [only] = rejected
  if (entries.length === 1 && only !== undefined) throw unusable(context, only.reason)
  return { accounts, rejected }
}

function environment(variables: Readonly<Record<string, string | undefined>>, context: ImportContext): readonly ImportedAccount<KiroCredential>[] {
  return environmentEntries(variables).map(fields => {
    const fallbackLabel = fields.kiroApiKey === undefined ? 'environment' : 'environment API key'
    const result = importEntry(readEntry(fields), { fallbackLabel, client: undefined })
    if (result instanceof Rejection) throw unusable(context, result.reason)
    return result
  })
}

function unusable({ source }: ImportContext, reason: string): GatewayError {
  return new GatewayError('bad_request', `the Kiro credential in ${sourceName(source)} cannot be used: ${reason}`)
}

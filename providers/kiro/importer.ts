import {
  type Clock,
  type CredentialImporter,
  GatewayError,
  type ImportContext,
  type ImportedAccount,
  type ImportedCredentials,
  type RejectedEntry,
} from '../../core/index.ts'
import type { KiroCredential } from './credential.ts'
import { importEntry, labelOf, readEntry, wantedClient } from './import/account.ts'
import { ClientSearch } from './import/client-search.ts'
import { readDatabase } from './import/database.ts'
import type { Entry } from './import/entry.ts'
import { ideForm } from './import/ide-form.ts'
import { followLink } from './import/linked-entry.ts'
import { credentialPlaces } from './import/places.ts'
import { Rejection } from './import/rejection.ts'
import { renewedText } from './import/renewed-text.ts'
import { sourceLabel, sourceName } from './import/source-name.ts'
import { readEntries } from './import/source-text.ts'
import { environmentEntries } from './import/variables.ts'

/** Reads every shape in which Kiro credentials are passed around (`kiro.md` §2). */
export function createKiroImporter(clock: Clock): CredentialImporter<KiroCredential> {
  return {
    parse: (text, context) => parse(text, context, clock),
    environment,
    readDatabase: (path, variables) => JSON.stringify(readDatabase(path, variables)),
    places: credentialPlaces,
    write: ideForm,
    renew: renewedText,
  }
}

async function parse(text: string, context: ImportContext, clock: Clock): Promise<ImportedCredentials<KiroCredential>> {
  const entries = readEntries(text, context.source)
  const accounts: ImportedAccount<KiroCredential>[] = []
  const rejected: RejectedEntry[] = []
  const seen = new Set<string>()
  const clients = new ClientSearch(clock)
  for (const [index, value] of entries.entries()) {
    const found = await followLink(value, context)
    const entry = readEntry(found instanceof Rejection ? value : found.value)
    const leaveOut = (reason: string) => rejected.push({ index, reason, ...labelled(entry) })
    if (found instanceof Rejection) {
      leaveOut(found.reason)
      continue
    }
    const client = await clients.find(entry === undefined ? undefined : wantedClient(entry), found.context)
    const result = importEntry(entry, { client, fallbackLabel: sourceLabel(context.source, index, entries.length) })
    if (result instanceof Rejection) {
      leaveOut(result.reason)
      continue
    }
    const secret = result.credential.apiKey ?? result.credential.refreshToken ?? ''
    if (seen.has(secret)) leaveOut('it is in there twice')
    else accounts.push(result)
    seen.add(secret)
  }
  const [only] = rejected
  if (entries.length === 1 && only !== undefined) throw unusable(context, only.reason)
  return { accounts, rejected }
}

function labelled(entry: Entry | undefined): { readonly label?: string } {
  const label = entry === undefined ? undefined : labelOf(entry)
  return label === undefined ? {} : { label }
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

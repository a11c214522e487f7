import { type Clock, type CredentialImporter, GatewayError, type ImportContext, type ImportedAccount, type ImportedCredentials } from '../../core/index.ts'
import type { KiroCredential } from './credential.ts'
import { type EntryContext, importEntry, Rejection } from './import/account.ts'
import { readEntries } from './import/source-text.ts'

/** Reads every shape in which Kiro credentials are passed around (`kiro.md` §2). */
export function createKiroImporter(clock: Clock): CredentialImporter<KiroCredential> {
  return {
    parse: (text, context) => parse(text, context, clock),
  }
}

async function parse(text: string, context: ImportContext, clock: Clock): Promise<ImportedCredentials<KiroCredential>> {
  const entries = readEntries(text, context.source).flatMap(splitKey)
  const accounts: ImportedAccount<KiroCredential>[] = []
  const rejected: { index: number; reason: string }[] = []
  const seen = new Set<string>()
  for (const [index, entry] of entries.entries()) {
    const result = await importEntry(entry, { context, clock, fallbackLabel: fallbackLabel(context.source, index, entries.length) })
    if (result instanceof Rejection) {
      rejected.push({ index, reason: result.reason })
      continue
    }
    const secret = result.credential.apiKey ?? result.credential.refreshToken ?? ''
    if (seen.has(secret)) rejected.push({ index, reason: 'it is there twice' })
    else accounts.push(result)
    seen.add(secret)
  }
  const only = rejected[0]
  if (entries.length === 1 && only !== undefined) throw new GatewayError('bad_request', `the Kiro credential in ${context.source} cannot be used: ${only.reason}`)
  return { accounts, rejected }
}

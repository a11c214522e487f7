import { expect } from 'chai'
import { GatewayError, type ImportContext, type ImportedAccount } from '../../core/index.ts'
import { FakeClock } from '../../core/testing/clock.ts'
import type { KiroCredential } from '../../providers/kiro/credential.ts'
import { createKiroImporter } from '../../providers/kiro/importer.ts'

export const CLIENT = { clientId: 'client-1', clientSecret: 'secret-1' }

export const importer = createKiroImporter(new FakeClock(Date.UTC(2026, 0, 1)))

/** A source with these files beside it. */
export function contextOf(files: Readonly<Record<string, unknown>> = {}, source = '/home/user/kiro-auth-token.json'): ImportContext {
  return {
    source,
    companion: async name => (Object.hasOwn(files, name) ? JSON.stringify(files[name]) : undefined),
    companions: async () => Object.keys(files),
  }
}

/** The only account of a source. */
export async function importOne(value: unknown, context = contextOf()): Promise<ImportedAccount<KiroCredential>> {
  const { accounts, rejected } = await importer.parse(typeof value === 'string' ? value : JSON.stringify(value), context)
  expect(rejected).to.deep.equal([])
  expect(accounts).to.have.length(1)
  return accounts[0] as ImportedAccount<KiroCredential>
}

/** Why a source is refused as a whole. */
export async function refusal(value: unknown, context = contextOf()): Promise<string> {
  try {
    await importer.parse(typeof value === 'string' ? value : JSON.stringify(value), context)
  } catch (error) {
    if (GatewayError.is(error) && error.code === 'bad_request') return error.message
    throw error
  }
  throw new Error('it was accepted')
}

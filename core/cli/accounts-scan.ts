import { existsSync } from 'node:fs'
import { sourceHash } from '../accounts/credential-hash.ts'
import { identityOf, knownIdentities, knownSources } from '../accounts/known-identities.ts'
import { importedEnd, lifetimeOf } from '../accounts/token-life.ts'
import { TokenStore } from '../accounts/token-store.ts'
import { readCredentials } from '../container/credential-files.ts'
import type { Services } from '../container/services.ts'
import type { ImportedAccount } from '../contract/account.ts'
import type { Provider } from '../contract/provider.ts'
import type { Flags } from '../contract/settings.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { thisMachine } from './accounts-import.ts'
import type { CommandContext, ExitCode } from './command.ts'
import { formatTime, plain } from './output.ts'
import { withServices } from './with-services.ts'

interface ScanFlags extends Flags {
  readonly import?: boolean
  readonly json?: boolean
}

interface Found {
  readonly provider: string
  readonly path: string
  readonly label: string
  /** `expired` is the access token alone: the account can be renewed. `unusable` says why in `reason`. */
  readonly state: 'new' | 'expired' | 'known' | 'unusable'
  readonly expiresAt?: number
  /** The account that has this credential, found or made. */
  readonly id?: string
  readonly imported?: boolean
  readonly reason?: string
}

/** Looks where the providers' own programs keep their sign-ins, and says of each whether it is here already. */
export async function scanAccounts(context: CommandContext, { import: takes = false, json, ...flags }: ScanFlags): Promise<ExitCode> {
  const { output } = context
  return withServices(context, flags, async services => {
    const machine = thisMachine(services.settings.environment)
    const found: Found[] = []
    const looked: string[] = []
    for (const provider of services.providers.values()) {
      const paths = (provider.importer?.places?.(machine) ?? []).flat()
      looked.push(...paths)
      for (const path of paths.filter(existsSync)) found.push(...(await readPlace(services, provider, { path, takes })))
    }
    if (json) output.json({ looked, found })
    else if (found.length === 0) output.notice(`no sign-in was found on this machine; looked for ${looked.join(', ')}`)
    else {
      output.table(['ACCOUNT', 'STATE', 'TOKEN ENDS', 'ID', 'FOUND IN'], found.map(row))
      for (const { label, reason } of found) if (reason !== undefined) output.notice(`${plain(label)}: ${plain(reason)}`)
      if (!takes && found.some(isNew)) output.notice('take the new ones in with "kiro-gateway accounts scan --import"')
    }
    return takes && found.some(({ state, imported }) => isNew({ state }) && imported !== true) ? 1 : 0
  })
}

function isNew({ state }: Pick<Found, 'state'>): boolean {
  return state === 'new' || state === 'expired'
}

async function readPlace(
  services: Services,
  provider: Provider,
  { path, takes }: { readonly path: string; readonly takes: boolean },
): Promise<readonly Found[]> {
  const { store, vault, clock, directory, readUrl, settings } = services
  const base = { provider: provider.name, path }
  if (provider.importer === undefined) return []
  try {
    const { accounts, rejected } = await readCredentials(provider.importer, path, { readUrl, variables: settings.environment })
    const identities = await knownIdentities(provider, { store, tokens: new TokenStore({ store, vault, clock }) })
    const sources = await knownSources(provider, store)
    const found: Found[] = rejected.map(({ index, label, reason }) => ({ ...base, label: label ?? `entry ${index + 1}`, state: 'unusable', reason }))
    for (const account of accounts) {
      const { label } = account
      const expiresAt = importedEnd(lifetimeOf(provider, account.credential))
      const ends = expiresAt === undefined || expiresAt === Infinity ? {} : { expiresAt }
      const twin = identities.get(identityOf(provider, account.credential) ?? '')?.id ?? sources.get(sourceHash(vault, provider.name, account.credential))
      if (twin !== undefined) {
        found.push({ ...base, label, ...ends, state: 'known', id: twin })
        continue
      }
      const state = expiresAt !== undefined && expiresAt <= clock.now() ? 'expired' : 'new'
      found.push({ ...base, label, ...ends, state, ...(takes ? await take(directory, provider, account) : {}) })
    }
    return found
  } catch (error) {
    if (!GatewayError.is(error)) throw error
    return [{ ...base, label: '-', state: 'unusable', reason: error.message }]
  }
}

async function take(directory: Services['directory'], { name }: Provider, account: ImportedAccount): Promise<Pick<Found, 'id' | 'imported'>> {
  return { id: (await directory.add(name, account, 'store')).id, imported: true }
}

function row({ label, state, expiresAt, id, imported, path }: Found): readonly string[] {
  const words = { new: 'new', expired: 'new, token expired', known: 'already there', unusable: 'unusable' } as const
  return [label, imported === true ? 'imported' : words[state], formatTime(expiresAt), id ?? '-', path]
}

import type { Facts, ImportedAccount } from '../contract/account.ts'
import type { Clock } from '../contract/clock.ts'
import type { Provider } from '../contract/provider.ts'
import type { Store } from '../store/store.ts'
import { AccountWriter } from './account-writer.ts'
import { sourceHash } from './credential-hash.ts'
import { type AccountRecord, AccountRepository } from './repository.ts'
import { TokenStore } from './token-store.ts'
import type { Vault } from './vault.ts'

/** An account that a person has just signed in to. */
export interface SignedInAccount {
  readonly provider: Provider
  readonly imported: ImportedAccount
  /** What the person wants it to be called; absent: as it is called already, or as it came. */
  readonly label?: string
}

/** Keeps what sign-ins bring: an account of the same person gets the new credential, whatever became of the old one. */
export class SignedInAccounts {
  readonly #store: Store
  readonly #vault: Vault
  readonly #repository: AccountRepository
  readonly #writer: AccountWriter

  constructor({ store, vault, clock }: { readonly store: Store; readonly vault: Vault; readonly clock: Clock }) {
    const tokens = new TokenStore({ store, vault, clock })
    this.#store = store
    this.#vault = vault
    this.#repository = new AccountRepository({ store, tokens })
    this.#writer = new AccountWriter({ tokens, clock })
  }

  async keep({ provider, imported, label }: SignedInAccount): Promise<{ readonly id: string; readonly added: boolean }> {
    const known = await this.#known(provider, imported)
    const id = await this.#store.writeDurably(async transaction => {
      if (known === undefined) {
        const account = { provider, imported: { ...imported, label: label ?? imported.label }, origin: 'store' } as const
        return this.#writer.insert(transaction, { ...account, sourceHash: sourceHash(this.#vault, provider.name, imported.credential) })
      }
      const facts = factsOf(known, imported)
      await this.#writer.replace(transaction, known.id, {
        ...{ provider, imported: { ...imported, facts, label: label ?? known.label } },
        // From now on it is ours: a file that still holds the old credential is recognised by it, and has no say any more.
        ...{ origin: 'store', sourceHash: known.sourceHash },
      })
      return known.id
    })
    return { id, added: known === undefined }
  }

  async #known(provider: Provider, imported: ImportedAccount): Promise<AccountRecord | undefined> {
    const names = new Set(namesOf(provider, imported))
    const found = (await this.#repository.load(0)).filter(({ record, token }) => {
      if (record.provider !== provider.name || record.owner !== undefined || record.removed || token === undefined) return false
      return namesOf(provider, { credential: token.credential, facts: record.facts }).some(name => names.has(name))
    })
    // Of several, one that serves already is the one that everybody means.
    return (found.find(({ record }) => record.attached) ?? found[0])?.record
  }
}

/** By whom and by which secret an account is known. What is kept for a provider has its credential's type. */
function namesOf(provider: Provider, { credential, facts = {} }: Pick<ImportedAccount, 'credential' | 'facts'>): readonly string[] {
  const secret = provider.identity?.(credential as never)
  const persons = provider.signIn?.persons({ credential: credential as never, facts }) ?? []
  return [...persons.map(person => `person ${person}`), ...(secret === undefined ? [] : [`secret ${secret}`])]
}

/** An account goes on as the machine that it has always been; of everything else the new sign-in knows better. */
function factsOf({ facts }: AccountRecord, imported: ImportedAccount): Facts {
  return { ...facts, ...imported.facts, ...(facts.machineId === undefined ? {} : { machineId: facts.machineId }) }
}

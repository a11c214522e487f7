import { readFile } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { AccountRepository } from '../accounts/repository.ts'
import { identityOf } from '../accounts/known-identities.ts'
import { TokenStore } from '../accounts/token-store.ts'
import type { Provider } from '../contract/provider.ts'
import type { CredentialSource } from '../contract/settings.ts'
import { accountSources } from './account-sources.ts'
import { expandPath, fileContext } from './credential-context.ts'
import { isDatabase } from './credential-files.ts'
import { isUrl, originOf, shownLocation } from './credential-url.ts'
import { replaceFile } from './replace-file.ts'
import type { Services } from './services.ts'

const RENEWALS = ['account.refreshed', 'account.adopted'] as const

/**
 * Writes renewed credentials into the files that they came from, for the other programs that sign in with them. The
 * store is what counts: a file that cannot be written, or that says something else by now, is left alone.
 */
export class SourceWriteBack {
  readonly #services: Services
  readonly #tokens: TokenStore
  readonly #repository: AccountRepository
  /** One at a time: a file may hold many accounts. */
  #queue: Promise<void> = Promise.resolve()

  constructor(services: Services) {
    const { store, vault, clock } = services
    this.#services = services
    this.#tokens = new TokenStore({ store, vault, clock })
    this.#repository = new AccountRepository({ store, tokens: this.#tokens })
  }

  /** Follows renewals from now on, those of a command beside us included, and makes up for those that a sudden end kept from the files. */
  async start(): Promise<void> {
    for (const event of RENEWALS) this.#services.events.on(event, this.#onRenewed)
    for (const { id, origin } of await this.#repository.records()) if (origin.startsWith('file:')) this.#enqueue(id)
    await this.#queue
  }

  async close(): Promise<void> {
    for (const event of RENEWALS) this.#services.events.off(event, this.#onRenewed)
    await this.#queue
  }

  readonly #onRenewed = ({ account }: { readonly account: string }): void => this.#enqueue(account)

  #enqueue(account: string): void {
    this.#queue = this.#queue
      .then(() => this.#write(account))
      .catch((error: unknown) =>
        this.#services.log.warn('a renewed credential could not be written back to its file; it is safe in the store', { account, error }),
      )
  }

  async #write(id: string): Promise<void> {
    const { settings, providers } = this.#services
    const record = await this.#repository.find(id)
    const source = settings.sources.find(({ provider, location }) => provider === record?.provider && originOf(location) === record.origin)
    const provider = providers.get(record?.provider ?? '')
    if (source === undefined || provider === undefined || isUrl(source.location)) return
    const token = await this.#tokens.read(id)
    if (token !== undefined && token.generation > 0) await this.#writeCredential({ id, provider, source, credential: token.credential })
  }

  async #writeCredential({
    id,
    provider,
    source,
    credential,
  }: {
    id: string
    provider: Provider
    source: CredentialSource
    credential: unknown
  }): Promise<void> {
    const { log } = this.#services
    const file = shownLocation(source.location)
    const path = expandPath(source.location)
    const { importer } = provider
    if (importer?.renew === undefined || (await isDatabase(path))) return
    const sources = accountSources(this.#services)
    const text = await readFile(path, 'utf8')
    const { accounts } = await importer.parse(text, fileContext(path))
    let from: unknown
    for (const account of accounts) if (await sources.isSource(id, provider, account.credential)) from = account.credential
    if (from === undefined) {
      log.info('a renewed credential was not written back: its file holds another one by now', { account: id, file })
      return
    }
    if (isDeepStrictEqual(from, credential)) return
    const after = importer.renew(text, { from, to: credential })
    if (after === undefined) log.warn('a renewed credential was not written back: its file is not JSON', { account: id, file })
    if (after === undefined || after === text) return
    if (!(await replaceFile({ path, before: text, after }))) return
    // Only now: were the file older than our note of it, the next start would take the spent credential for news.
    const written = (await importer.parse(after, fileContext(path))).accounts.find(
      account => identityOf(provider, account.credential) === identityOf(provider, credential),
    )
    if (written) await sources.follow(id, provider, written.credential)
    log.info('a renewed credential was written back to its file', { account: id, file })
  }
}

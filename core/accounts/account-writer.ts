import { randomBytes } from 'node:crypto'
import type { Clock } from '../contract/clock.ts'
import type { AccountOrigin } from '../contract/pool.ts'
import type { ImportedAccount } from '../contract/account.ts'
import type { Provider } from '../contract/provider.ts'
import { nextRevision } from '../store/revision.ts'
import type { Writing } from '../store/store.ts'
import { changeAccount, newHealthColumns } from './repository.ts'
import { appendEvents } from './timeline-store.ts'
import { importedEnd, lifetimeOf } from './token-life.ts'
import type { TokenStore } from './token-store.ts'

export interface NewAccount {
  readonly provider: Provider
  readonly imported: ImportedAccount
  readonly origin: AccountOrigin
  readonly sourceHash: string
  readonly owner?: string
}

/** Makes account rows with their tokens, and gives existing ones a credential from outside. */
export class AccountWriter {
  readonly #tokens: TokenStore
  readonly #clock: Clock

  constructor({ tokens, clock }: { tokens: TokenStore; clock: Clock }) {
    this.#tokens = tokens
    this.#clock = clock
  }

  async insert(transaction: Writing, account: NewAccount): Promise<string> {
    const { provider, imported, origin, sourceHash, owner } = account
    const id = `acc_${randomBytes(9).toString('base64url')}`
    const now = this.#clock.now()
    await transaction
      .insertInto('accounts')
      .values({
        id,
        provider: provider.name,
        label: imported.label,
        origin,
        source_hash: sourceHash,
        owner: owner ?? null,
        facts: JSON.stringify(imported.facts ?? {}),
        settings: JSON.stringify(imported.settings ?? {}),
        disabled: imported.disabled ? 1 : 0,
        disabled_reason: imported.disabled ? 'by-source' : null,
        disabled_since: imported.disabled ? now : null,
        ...newHealthColumns(now),
        health_epoch: 0,
        attached: 1,
        removed_at: null,
        seen_at: now,
        created_at: now,
        revision: await nextRevision(transaction),
      })
      .execute()
    await this.#tokens.insert(transaction, { account: id, credential: imported.credential, generation: 0, expiresAt: this.#end(account) })
    await appendEvents(transaction, [[id, { at: now, kind: 'added', to: imported.disabled ? 'disabled' : 'active', cause: origin }]])
    return id
  }

  /** A credential whose source has a new one: whatever was known of the old one is void, the operator's word is not. */
  async replace(transaction: Writing, id: string, account: NewAccount): Promise<void> {
    const rows = transaction.selectFrom('accounts').innerJoin('account_tokens', 'account_id', 'id').where('id', '=', id)
    const { generation, health_epoch } = await rows.select(['generation', 'health_epoch']).executeTakeFirstOrThrow()
    await this.#tokens.replace(transaction, {
      account: id,
      credential: account.imported.credential,
      generation: generation + 1,
      expiresAt: this.#end(account),
    })
    await changeAccount(transaction, id, {
      ...newHealthColumns(this.#clock.now()),
      health_epoch: health_epoch + 1,
      source_hash: account.sourceHash,
      origin: account.origin,
      facts: JSON.stringify(account.imported.facts ?? {}),
      label: account.imported.label,
      attached: 1,
    })
    await appendEvents(transaction, [[id, { at: this.#clock.now(), kind: 'credential-replaced', to: 'active', cause: account.origin }]])
  }

  #end({ provider, imported }: NewAccount): number | undefined {
    return importedEnd(lifetimeOf(provider, imported.credential))
  }
}

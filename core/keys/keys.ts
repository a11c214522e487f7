import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Selectable } from 'kysely'
import type { Principal } from '../contract/call.ts'
import type { Clock } from '../contract/clock.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { nextRevision, type RevisionWatch } from '../store/revision.ts'
import type { ClientKeyRow } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { keyDigest, keyHint, newKey } from './key-format.ts'
import type { OlderKey } from './older-keys.ts'

/** Longer than any key with a refresh token behind it; more is not even hashed. */
const LONGEST_PRESENTED = 16_384

/** Places at which a key with a token behind it is split: keys with more colons in themselves are not looked for. */
const SPLITS_TRIED = 8

export interface KeysDeps {
  readonly store: Store
  /** Keyed hash that names the tenant of a caller with a token of its own. */
  readonly vault: { fingerprint(purpose: string, secret: string): string }
  readonly clock: Clock
  /** Keys from the configuration: valid as long as they stand there, never stored. */
  readonly externalKeys?: readonly string[]
  /** Whether `KEY:REFRESH_TOKEN` selects the caller's own account; default true. */
  readonly callerAccounts?: boolean
}

export interface KeySummary {
  readonly id: string
  readonly label: string
  /** Last characters of the key. */
  readonly hint: string
  readonly createdAt: number
  readonly expiresAt?: number
  readonly revokedAt?: number
  readonly models?: readonly string[]
}

export interface NewKeyOptions {
  readonly label: string
  readonly expiresAt?: number
  readonly models?: readonly string[]
}

/** A key that came from elsewhere. */
export interface AdoptedKey extends KeySummary {
  /** False: it was here already, perhaps revoked. */
  readonly added: boolean
}

/** Who presented a valid key, and the upstream token that came with it. */
export interface Authenticated {
  readonly principal: Principal
  /** A secret: for the account pool and nobody else. */
  readonly bringsToken?: string
}

interface KnownKey {
  readonly digest: Buffer
  readonly principal: Principal
  readonly expiresAt: number
  readonly revoked?: true
}

/** The gateway's own API keys. Only hashes are kept; asking whether a key is valid touches memory alone. */
export class Keys {
  readonly #deps: KeysDeps
  readonly #stored = new Map<string, KnownKey>()
  readonly #external = new Map<string, KnownKey>()
  /** Of those that are stored, the ones that no longer open anything: whoever presents one is told why. */
  readonly #revoked = new Map<string, KnownKey>()

  constructor({ store, vault, clock, externalKeys = [], callerAccounts = true }: KeysDeps) {
    this.#deps = { store, vault, clock, externalKeys, callerAccounts }
    for (const key of externalKeys) {
      const id = `cfg_${vault.fingerprint('external-key', key).slice(0, 10)}`
      const digest = keyDigest(key)
      this.#external.set(digest, { digest: Buffer.from(digest, 'hex'), principal: { keyId: id, label: 'configuration' }, expiresAt: Infinity })
    }
  }

  /** Reads the stored keys; with a watch, follows what other processes change. */
  async open(watch?: RevisionWatch): Promise<void> {
    watch?.onChange(since => this.#read(since))
    await this.#read(0)
  }

  /** How many keys could be presented. */
  get size(): number {
    return this.#stored.size + this.#external.size
  }

  authenticate(presented: string): Authenticated | undefined {
    if (presented.length === 0 || presented.length > LONGEST_PRESENTED) return undefined
    const principal = this.#find(presented)
    if (principal) return { principal }
    return this.#deps.callerAccounts ? this.#authenticatePair(presented) : undefined
  }

  /** Why a key that was somebody's opens nothing any more; undefined for one that never did. */
  refusalOf(presented: string): GatewayError | undefined {
    if (presented.length > LONGEST_PRESENTED) return undefined
    const known = [presented, ...(this.#deps.callerAccounts ? ownersIn(presented) : [])].map(key => this.#known(key)).find(key => key !== undefined)
    if (known?.revoked) return new GatewayError('unauthorized', 'this API key was revoked; "kiro-gateway keys create" makes another one')
    if (known === undefined || known.expiresAt > this.#deps.clock.now()) return undefined
    const at = new Date(known.expiresAt).toISOString()
    return new GatewayError('unauthorized', `this API key expired on ${at}; "kiro-gateway keys create" makes another one`)
  }

  /** The only time that the key itself is seen. */
  async create(options: NewKeyOptions): Promise<KeySummary & { readonly key: string }> {
    const key = newKey()
    const { summary: made } = await this.#keep({ label: options.label, digest: keyDigest(key), hint: keyHint(key) }, options)
    return { ...made, key }
  }

  /** Takes over keys of another gateway: clients go on with what they have. Those that are here already stay as they are. */
  async adopt(keys: readonly OlderKey[], limits: Omit<NewKeyOptions, 'label'> = {}): Promise<readonly AdoptedKey[]> {
    const adopted: AdoptedKey[] = []
    for (const key of keys) {
      const { summary: made, added } = await this.#keep(key, limits)
      adopted.push({ ...made, added })
    }
    return adopted
  }

  async list(): Promise<readonly KeySummary[]> {
    const rows = await this.#deps.store.database.selectFrom('client_keys').selectAll().orderBy('created_at').orderBy('id').execute()
    return rows.map(summary)
  }

  /**
   * Ends a key at once.
   * @throws GatewayError `not_found`
   */
  async revoke(id: string): Promise<KeySummary> {
    const row = await this.#deps.store.write(async transaction => {
      const revision = await nextRevision(transaction)
      const found = await transaction.selectFrom('client_keys').selectAll().where('id', '=', id).executeTakeFirst()
      // Thrown inside, so that a wrong id leaves the revision where it was.
      if (!found) throw new GatewayError('not_found', `there is no client key ${id}: list them with "kiro-gateway keys list"`)
      const revoked_at = found.revoked_at ?? this.#deps.clock.now()
      await transaction.updateTable('client_keys').set({ revoked_at, revision }).where('id', '=', id).execute()
      return { ...found, revoked_at, revision }
    })
    this.#remember(row)
    return summary(row)
  }

  async #keep(key: OlderKey, { expiresAt, models }: Omit<NewKeyOptions, 'label'>): Promise<{ readonly summary: KeySummary; readonly added: boolean }> {
    const { row, added } = await this.#deps.store.write(async transaction => {
      const known = await transaction.selectFrom('client_keys').selectAll().where('digest', '=', key.digest).executeTakeFirst()
      if (known) return { row: known, added: false }
      const made = await transaction
        .insertInto('client_keys')
        .values({
          id: `key_${randomBytes(9).toString('base64url')}`,
          label: key.label,
          digest: key.digest,
          hint: key.hint,
          models: models ? JSON.stringify(models) : null,
          created_at: this.#deps.clock.now(),
          expires_at: expiresAt ?? null,
          revoked_at: null,
          revision: await nextRevision(transaction),
        })
        .returningAll()
        .executeTakeFirstOrThrow()
      return { row: made, added: true }
    })
    this.#remember(row)
    return { summary: summary(row), added }
  }

  #authenticatePair(presented: string): Authenticated | undefined {
    for (const key of ownersIn(presented)) {
      const owner = this.#find(key)
      if (owner === undefined) continue
      const bringsToken = presented.slice(key.length + 1)
      return { principal: { ...owner, tenant: this.#deps.vault.fingerprint('tenant', bringsToken) }, bringsToken }
    }
    return undefined
  }

  #find(key: string): Principal | undefined {
    const known = this.#known(key)
    return known && !known.revoked && known.expiresAt > this.#deps.clock.now() ? known.principal : undefined
  }

  #known(key: string): KnownKey | undefined {
    const digest = keyDigest(key)
    const known = this.#external.get(digest) ?? this.#stored.get(digest) ?? this.#revoked.get(digest)
    return known && timingSafeEqual(known.digest, Buffer.from(digest, 'hex')) ? known : undefined
  }

  async #read(since: number): Promise<void> {
    const rows = await this.#deps.store.database.selectFrom('client_keys').selectAll().where('revision', '>', since).execute()
    for (const row of rows) this.#remember(row)
  }

  #remember(row: Selectable<ClientKeyRow>): void {
    const models = modelsOf(row)
    const known = {
      digest: Buffer.from(row.digest, 'hex'),
      principal: { keyId: row.id, label: row.label, ...(models && { models }) },
      expiresAt: row.expires_at ?? Infinity,
    }
    if (row.revoked_at === null) this.#stored.set(row.digest, known)
    else {
      this.#stored.delete(row.digest)
      this.#revoked.set(row.digest, { ...known, revoked: true })
    }
  }
}

/** The keys that may stand before a refresh token. From the left: a token has colons of its own, and a key is never longer than it must be. */
function* ownersIn(presented: string): Generator<string> {
  let colon = presented.indexOf(':')
  for (let tried = 0; colon !== -1 && colon < presented.length - 1 && tried < SPLITS_TRIED; tried++) {
    yield presented.slice(0, colon)
    colon = presented.indexOf(':', colon + 1)
  }
}

function summary(row: Selectable<ClientKeyRow>): KeySummary {
  const models = modelsOf(row)
  return {
    id: row.id,
    label: row.label,
    hint: row.hint,
    createdAt: row.created_at,
    ...(row.expires_at !== null && { expiresAt: row.expires_at }),
    ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
    ...(models && { models }),
  }
}

function modelsOf(row: Selectable<ClientKeyRow>): readonly string[] | undefined {
  return row.models === null ? undefined : (JSON.parse(row.models) as string[])
}

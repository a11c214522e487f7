import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { openVault } from '../../../../core/accounts/open-vault.ts'
import type { SecretPlace } from '../../../../core/accounts/sealed-text.ts'
import { TokenStore } from '../../../../core/accounts/token-store.ts'
import { createKeyFile } from '../../../../core/accounts/vault-key.ts'
import type { Store } from '../../../../core/store/store.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'
import { FakeProvider, makeWorld, rejection } from '../../../support/accounts.ts'
import { onSharedStores } from '../../../support/store-backends.ts'
import { temporaryFolders } from '../../../support/temporary-folder.ts'

const PLACE: SecretPlace = { table: 'account_tokens', row: 'acc_1', column: 'secret', generation: 3 }
const KEY = '22'.repeat(32)
const OTHER = '33'.repeat(32)

onSharedStores('opening the vault', backend => {
  const folders = temporaryFolders()
  let store: Store
  let dataDir: string

  beforeEach(async () => {
    store = await backend().open()
    dataDir = backend().options.dataDir
  })

  /** Every row that says anything, and the names of all files. */
  const everything = async () => ({
    meta: await store.database.selectFrom('meta').selectAll().orderBy('key').execute(),
    tokens: await store.database.selectFrom('account_tokens').selectAll().orderBy('account_id').execute(),
    files: readdirSync(dataDir).filter(name => !name.startsWith('gateway.db')),
  })
  const refused = async (encryptionKey: string | undefined, folder = dataDir) => {
    const before = await everything()
    const error = await rejection(openVault({ store, dataDir: folder, encryptionKey }))
    expect(error.code).to.equal('store_unavailable')
    for (const key of [KEY, OTHER]) expect(error.message).to.not.contain(key)
    expect(await everything(), 'nothing was changed').to.deep.equal(before)
    return error.message
  }

  it('makes a key file for its owner alone, once', async () => {
    const sealed = (await openVault({ store, dataDir })).seal('x', PLACE)
    const file = join(dataDir, 'vault.key')
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).to.equal(0o600)
    const before = readFileSync(file, 'utf8')
    expect((await openVault({ store, dataDir })).open(sealed, PLACE)).to.equal('x')
    createKeyFile(dataDir)
    expect(readFileSync(file, 'utf8')).to.equal(before)
    expect((await everything()).files).to.deep.equal(['vault.key'])
  })

  it('makes no key file when a key is given', async () => {
    await openVault({ store, dataDir, encryptionKey: KEY })
    expect(existsSync(join(dataDir, 'vault.key'))).to.equal(false)
  })

  it('refuses another key, a missing one and a broken key file', async () => {
    await openVault({ store, dataDir, encryptionKey: KEY })
    expect(await refused(OTHER)).to.match(/TOKEN_ENCRYPT_KEY is not the key .* put that one back.* vault rotate/)
    expect(await refused(undefined)).to.match(/key is missing: set TOKEN_ENCRYPT_KEY/)
    writeFileSync(join(dataDir, 'vault.key'), 'cut')
    expect(await refused(undefined)).to.match(/vault\.key is not an encryption key/)
    writeFileSync(join(dataDir, 'vault.key'), OTHER)
    expect(await refused(undefined)).to.match(/vault\.key is not the key/)
    rmSync(join(dataDir, 'vault.key'))
    await openVault({ store, dataDir, encryptionKey: KEY })
  })

  it('refuses a key that was set beside the key file in use, and says how to move to it', async () => {
    await openVault({ store, dataDir })
    expect(await refused(KEY)).to.match(
      /TOKEN_ENCRYPT_KEY is not the key .* unset TOKEN_ENCRYPT_KEY, or move to it with "kiro-gateway vault rotate --to-env TOKEN_ENCRYPT_KEY"/,
    )
  })

  it('refuses another node that has no key, or made one of its own', async () => {
    await openVault({ store, dataDir })
    const node = folders.make()
    expect(await refused(undefined, node)).to.match(/key is missing/)
    expect(readdirSync(node)).to.deep.equal([])
    createKeyFile(node)
    expect(await refused(undefined, node)).to.match(/is not the key/)
    writeFileSync(join(node, 'vault.key'), readFileSync(join(dataDir, 'vault.key')))
    await openVault({ store, dataDir: node })
  })

  it('lets one of several win that open a new database with different keys', async () => {
    const results = await Promise.allSettled([openVault({ store, dataDir, encryptionKey: KEY }), openVault({ store, dataDir, encryptionKey: OTHER })])
    expect(results.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected'])
  })

  it('recognises secrets by the same fingerprint after a restart, and by another one in another database', async () => {
    const first = (await openVault({ store, dataDir })).fingerprint('tenant', 'secret')
    expect((await openVault({ store, dataDir })).fingerprint('tenant', 'secret')).to.equal(first)
    await store.write(transaction => transaction.deleteFrom('meta').execute())
    expect((await openVault({ store, dataDir })).fingerprint('tenant', 'secret')).to.not.equal(first)
  })
})

onSharedStores('secrets in a database', backend => {
  const clock = new FakeClock()
  let store: Store
  let tokens: TokenStore
  let ids: readonly string[]

  beforeEach(async () => {
    store = await backend().open()
    const { dataDir } = backend().options
    const world = await makeWorld({ store, dataDir, clock, providers: () => [new FakeProvider(clock)] })
    ids = await world.add('a', 'b')
    tokens = new TokenStore({ store, vault: world.vault, clock })
    await world.pool.close()
  })

  const [spent, next] = [
    { access: 'access-of-a-0', refresh: 'a-0' },
    { access: 'access-of-a-1', refresh: 'a-1' },
  ]
  const rotate = (generation: number, credential: unknown) => tokens.rotate({ account: ids[0] ?? '', generation, spent, next: credential, expiresAt: 1 })

  it('are nowhere in plain', async () => {
    const rows = JSON.stringify(await store.database.selectFrom('account_tokens').selectAll().execute())
    expect(rows).to.contain('v1.').and.not.contain('access-of').and.not.contain('a-0')
  })

  it('are renewed by the first who has their generation, once: what comes later changes nothing', async () => {
    const before = (await tokens.read(ids[0] ?? ''))?.generation ?? -1
    const results = await Promise.all(Array.from({ length: 8 }, (_, index) => rotate(before, { ...next, access: `by-${index}` })))
    expect(results.filter(result => result === 'stored')).to.have.length(1)
    const stored = await tokens.read(ids[0] ?? '')
    expect(stored?.generation).to.equal(before + 1)
    expect(stored?.credential).to.deep.include({ access: `by-${results.indexOf('stored')}` })
    expect(await rotate(before, { ...next, access: 'late' })).to.equal('superseded')
    expect(await tokens.read(ids[0] ?? '')).to.deep.equal(stored)
  })

  it('do not open in the row of another, nor after a row was set back', async () => {
    const [mine = '', other = ''] = ids
    const { generation = 0 } = (await tokens.read(mine)) ?? {}
    const row = async (id: string) => store.database.selectFrom('account_tokens').selectAll().where('account_id', '=', id).executeTakeFirstOrThrow()
    const put = (id: string, secret: string) =>
      store.write(transaction => transaction.updateTable('account_tokens').set({ secret }).where('account_id', '=', id).execute())
    const [first, second] = [await row(mine), await row(other)]
    await put(mine, second.secret)
    expect((await rejection(tokens.read(mine))).message).to.match(/changed or moved/)
    await put(mine, first.secret)
    expect(await rotate(generation, next)).to.equal('stored')
    await put(mine, first.secret)
    expect((await rejection(tokens.read(mine))).message).to.match(/changed or moved/)
  })
})

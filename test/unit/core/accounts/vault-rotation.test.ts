import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { keysInUse, openVault } from '../../../../core/accounts/open-vault.ts'
import { checkSealed } from '../../../../core/accounts/sealed-tokens.ts'
import { TokenStore } from '../../../../core/accounts/token-store.ts'
import type { Vault } from '../../../../core/accounts/vault.ts'
import { parseVaultKey, readKeyFile, replaceKeyFile, type VaultKey } from '../../../../core/accounts/vault-key.ts'
import { rotateVaultKey, type VaultRotation } from '../../../../core/accounts/vault-rotation.ts'
import { readVaultState } from '../../../../core/accounts/vault-state.ts'
import { openStore } from '../../../../core/store/open.ts'
import type { Store } from '../../../../core/store/store.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'
import { rejection } from '../../../support/accounts.ts'
import { onSharedStores } from '../../../support/store-backends.ts'

const CHILD = fileURLToPath(new URL('../../../support/vault-rotation-child.ts', import.meta.url))
const [FORMER, NEXT, THIRD] = ['22', '33', '44'].map(byte => parseVaultKey(byte.repeat(32), 'a key')) as [VaultKey, VaultKey, VaultKey]
const textOf = (key: VaultKey) => key.bytes.toString('hex')

/** More for a night: `KILLS=200`. */
const KILLS = Math.min(Number(process.env['KILLS'] ?? 4), 20)

onSharedStores('a new encryption key', backend => {
  const clock = new FakeClock()
  let store: Store
  let dataDir: string

  beforeEach(async () => {
    store = await backend().open()
    dataDir = backend().options.dataDir
  })

  const tokensOf = (vault: Vault) => new TokenStore({ store, vault, clock })
  const idOf = (index: number) => `acc_${String(index).padStart(4, '0')}`
  const fill = async (vault: Vault, count: number) => {
    const tokens = tokensOf(vault)
    await store.write(async transaction => {
      for (let index = 0; index < count; index++) {
        const account = {
          provider: 'p',
          label: '',
          origin: 'store',
          source_hash: idOf(index),
          owner: null,
          facts: '{}',
          settings: '{}',
          disabled: 0,
          disabled_reason: null,
          disabled_since: null,
        }
        const state = {
          status: 'active',
          reason: null,
          since: 1,
          until: null,
          failures: 0,
          health_epoch: 0,
          attached: 1,
          removed_at: null,
          seen_at: 1,
          created_at: 1,
          revision: 1,
        }
        await transaction
          .insertInto('accounts')
          .values({ id: idOf(index), ...account, ...state })
          .execute()
        await tokens.insert(transaction, { account: idOf(index), credential: { refresh: `r-${index}` }, generation: 0, expiresAt: 1 })
      }
    })
  }
  const renew = (tokens: TokenStore, index: number, generation: number) =>
    tokens.rotate({ account: idOf(index), generation, spent: { refresh: `r-${index}` }, next: { refresh: `r-${index}-${generation + 1}` }, expiresAt: 1 })
  const rotate = async (changes: Partial<VaultRotation> = {}) => {
    const own = new FakeClock()
    const running = rotateVaultKey({ store, clock: own, known: [FORMER], next: NEXT, chosen: true, keep: () => undefined, ...changes })
    running.catch(() => undefined)
    let over = false
    const finished = running.finally(() => (over = true))
    finished.catch(() => undefined)
    while (!over) {
      own.advance(1_000)
      await new Promise(resolve => setImmediate(resolve))
    }
    return running
  }
  const keysNamed = async () => {
    const rows = await store.database.selectFrom('account_tokens').select(['secret', 'previous']).execute()
    return new Set(rows.flatMap(({ secret, previous }) => [secret, ...(previous === null ? [] : [previous])]).map(text => text.split('.')[1]))
  }

  it('takes the place of the former one everywhere: the former opens nothing any more, and fingerprints stay', async () => {
    const vault = await openVault({ store, dataDir, encryptionKey: textOf(FORMER) })
    await fill(vault, 250)
    for (let index = 0; index < 5; index++) await renew(tokensOf(vault), index, 0)
    const report = await rotate()
    expect(report).to.deep.equal({ former: FORMER.id, next: NEXT.id, resealed: 255, unreadable: [] })
    expect(await keysNamed()).to.deep.equal(new Set([NEXT.id]))
    expect((await rejection(openVault({ store, dataDir, encryptionKey: textOf(FORMER) }))).message).to.contain('is not the key')
    const after = await openVault({ store, dataDir, encryptionKey: textOf(NEXT) })
    for (const index of [0, 4, 100, 249])
      expect((await tokensOf(after).read(idOf(index)))?.credential).to.deep.equal({ refresh: index < 5 ? `r-${index}-1` : `r-${index}` })
    expect(await tokensOf(after).readPrevious(idOf(0), 1)).to.deep.equal({ refresh: 'r-0' })
    expect(after.fingerprint('tenant', 'x')).to.equal(vault.fingerprint('tenant', 'x'))
    const meta = JSON.stringify(await store.database.selectFrom('meta').selectAll().execute())
    expect(meta, 'nothing of the former key stays').to.not.contain(FORMER.id).and.not.contain('handover')
  })

  it('is taken over by a gateway beside it, whose renewals go on before, during and after', async () => {
    const vault = await openVault({ store, dataDir, encryptionKey: textOf(FORMER) })
    await fill(vault, 20)
    // Keys of its own, read long ago.
    const gateway = tokensOf(await openVault({ store, dataDir, encryptionKey: textOf(FORMER) }))
    expect(await renew(gateway, 0, 0)).to.equal('stored')
    const running = rotate()
    for (let index = 1; index < 10; index++) expect(await renew(gateway, index, 0)).to.equal('stored')
    await running
    for (let index = 0; index < 20; index++) expect((await gateway.read(idOf(index)))?.generation).to.equal(index < 10 ? 1 : 0)
    expect(await renew(gateway, 11, 0)).to.equal('stored')
    expect(await keysNamed()).to.deep.equal(new Set([NEXT.id]))
  })

  it('lets a gateway that missed it all write nothing that nobody could open', async () => {
    await fill(await openVault({ store, dataDir, encryptionKey: textOf(FORMER) }), 2)
    const asleep = await openVault({ store, dataDir, encryptionKey: textOf(FORMER) })
    await rotate()
    const error = await rejection(renew(tokensOf(asleep), 0, 0))
    expect(error.code).to.equal('store_unavailable')
    expect(error.message).to.match(/was changed while this process was not looking: .*restart/)
    expect(await keysNamed()).to.deep.equal(new Set([NEXT.id]))
    expect((await rejection(tokensOf(asleep).read(idOf(1)))).message).to.contain('a key that is not here')
  })

  it('reaches a gateway that missed it all through the key file that both have', async () => {
    const asleep = await openVault({ store, dataDir })
    await fill(asleep, 2)
    const former = readKeyFile(dataDir) as VaultKey
    await rotate({ known: [former], chosen: false, keep: next => replaceKeyFile(dataDir, next) })
    expect(await renew(tokensOf(asleep), 0, 0)).to.equal('stored')
    expect((await tokensOf(asleep).read(idOf(1)))?.credential).to.deep.equal({ refresh: 'r-1' })
  })

  it('can be used, as the former can, while a rotation waits to be taken up again; a third cannot', async () => {
    await fill(await openVault({ store, dataDir, encryptionKey: textOf(FORMER) }), 150)
    const interrupted = await rejection(
      rotate({
        keep: () => {
          throw new Error('killed here')
        },
      }),
    )
    expect(interrupted.cause).to.have.property('message', 'killed here')
    for (const key of [FORMER, NEXT]) {
      const vault = await openVault({ store, dataDir, encryptionKey: textOf(key) })
      expect((await tokensOf(vault).read(idOf(149)))?.credential).to.deep.equal({ refresh: 'r-149' })
      expect(await renew(tokensOf(vault), key === FORMER ? 1 : 2, 0)).to.equal('stored')
    }
    expect((await rejection(openVault({ store, dataDir, encryptionKey: textOf(THIRD) }))).message).to.contain('is not the key')
    expect((await rejection(rotate({ next: THIRD }))).message).to.match(/a rotation to the key [0-9a-f]{8} has not ended/)
    // From either side, also by the one who knows the new key alone.
    expect(await rotate({ known: [], next: NEXT })).to.deep.include({ former: FORMER.id, next: NEXT.id })
    expect(await keysNamed()).to.deep.equal(new Set([NEXT.id]))
  })

  it('is refused where no key at hand opens the database, and where nothing is encrypted yet', async () => {
    expect((await rejection(rotate())).message).to.match(/nothing is encrypted/)
    await fill(await openVault({ store, dataDir, encryptionKey: textOf(FORMER) }), 1)
    const before = await store.database.selectFrom('meta').selectAll().orderBy('key').execute()
    expect((await rejection(rotate({ known: [THIRD] }))).message).to.match(/nothing was changed/)
    expect(await store.database.selectFrom('meta').selectAll().orderBy('key').execute()).to.deep.equal(before)
  })

  it('is no news when it is in use already', async () => {
    await fill(await openVault({ store, dataDir, encryptionKey: textOf(NEXT) }), 1)
    expect(await rotate({ known: [NEXT] })).to.deep.equal({ former: NEXT.id, next: NEXT.id, resealed: 0, unreadable: [] })
  })

  it('leaves what nobody can open as it is, and says so', async () => {
    await fill(await openVault({ store, dataDir, encryptionKey: textOf(FORMER) }), 3)
    const put = (id: string, secret: string) =>
      store.write(transaction => transaction.updateTable('account_tokens').set({ secret }).where('account_id', '=', id).execute())
    await put(idOf(0), 'no sealed text')
    const { secret } = await store.database.selectFrom('account_tokens').select('secret').where('account_id', '=', idOf(2)).executeTakeFirstOrThrow()
    await put(idOf(1), secret)
    const report = await rotate()
    expect(report.resealed).to.equal(1)
    expect(report.unreadable.map(({ account }) => account)).to.deep.equal([idOf(0), idOf(1)])
    const rows = await store.database.selectFrom('account_tokens').select(['account_id', 'secret']).orderBy('account_id').execute()
    expect(rows.slice(0, 2).map(row => row.secret)).to.deep.equal(['no sealed text', secret])
    const keys = (await keysInUse({ store, dataDir, encryptionKey: textOf(NEXT) })) ?? [NEXT]
    expect((await checkSealed(store.database, keys, ''))?.unreadable).to.have.length(2)
  })

  it(`loses nothing over ${KILLS} kills at any instant, and comes to its end`, async function () {
    this.timeout(30_000 + KILLS * 4_000)
    await fill(await openVault({ store, dataDir }), 400)
    await store.close()
    const children: ChildProcess[] = []
    const start = () => {
      const child = spawn(process.execPath, [CHILD, JSON.stringify(backend().options)], { stdio: ['ignore', 'pipe', 'inherit'] })
      children.push(child)
      return { child, out: child.stdout as Readable, ended: once(child, 'close') }
    }
    let interrupted = 0
    for (let kill = 0; kill < KILLS; kill++) {
      const { child, out, ended } = start()
      await once(out, 'data')
      const timer = setTimeout(() => child.kill('SIGKILL'), Math.random() * 120)
      const [code] = (await ended) as [number | null]
      clearTimeout(timer)
      const now = await openStore(backend().options)
      // As the next start finds it.
      const keys = await keysInUse({ store: now, dataDir })
      if (code === null && (await readVaultState(now.database))?.handover) interrupted++
      let secrets = 0
      for (
        let stretch = await checkSealed(now.database, keys as [VaultKey], '');
        stretch;
        stretch = await checkSealed(now.database, keys as [VaultKey], stretch.last)
      ) {
        expect(stretch.unreadable).to.deep.equal([])
        secrets += stretch.secrets
      }
      expect(secrets).to.equal(400)
      await now.close()
    }
    const [code] = (await start().ended) as [number | null]
    expect(code).to.equal(0)
    expect(interrupted, 'kills that found it in the middle').to.be.greaterThan(0)
    store = await openStore(backend().options)
    const key = readKeyFile(dataDir) as VaultKey
    expect(await keysNamed()).to.deep.equal(new Set([key.id]))
    expect((await tokensOf(await openVault({ store, dataDir })).read(idOf(399)))?.credential).to.deep.equal({ refresh: 'r-399' })
    expect(readdirSync(dataDir).filter(name => name.startsWith('.vault.key')).length).to.be.at.most(1)
    await store.close()
  })
})

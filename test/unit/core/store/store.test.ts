import { expect } from 'chai'
import { GatewayError } from '../../../../core/errors/gateway-error.ts'
import { openStore } from '../../../../core/store/open.ts'
import { nextRevision, RevisionWatch } from '../../../../core/store/revision.ts'
import type { Store } from '../../../../core/store/store.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'
import { rejection, silent } from '../../../support/accounts.ts'
import { temporaryFolders } from '../../../support/temporary-folder.ts'

describe('the store', () => {
  const folders = temporaryFolders()
  let store: Store

  beforeEach(async () => {
    store = await openStore({ dataDir: folders.make() })
  })
  afterEach(() => store.close())

  const put = (key: string, durably = false) =>
    (durably ? store.writeDurably : store.write).call(store, transaction => transaction.insertInto('meta').values({ key, value: '1' }).execute())
  const keys = async () => (await store.database.selectFrom('meta').select('key').orderBy('key').execute()).map(row => row.key)

  it('runs writes of both connections one after the other, without waiting for itself', async () => {
    const started = performance.now()
    await Promise.all(Array.from({ length: 40 }, (_, index) => put(`k${String(index).padStart(2, '0')}`, index % 2 === 0)))
    expect(await keys()).to.have.length(40)
    expect(performance.now() - started).to.be.lessThan(4_000)
  })

  it('undoes everything of a write that fails, and goes on with the next', async () => {
    const failing = store.write(async transaction => {
      await transaction.insertInto('meta').values({ key: 'half', value: '1' }).execute()
      throw new GatewayError('not_found', 'no such thing')
    })
    expect((await rejection(failing)).code).to.equal('not_found')
    await put('whole')
    expect(await keys()).to.deep.equal(['whole'])
  })

  it('finishes writes that were asked for before it closes, and takes none after', async () => {
    const early = put('early')
    const closing = store.close()
    expect((await rejection(put('late'))).code).to.equal('store_unavailable')
    await early
    await closing
  })

  it('tells a full or locked database apart from a mistake of ours', async () => {
    const full = store.write(() => Promise.reject(Object.assign(new Error('database or disk is full'), { errcode: 13 })))
    const error = await rejection(full)
    expect(error.code).to.equal('store_unavailable')
    expect(error.message).to.match(/is full/)
    expect((await rejection(store.write(() => Promise.reject(new TypeError('ours'))))).code).to.equal('internal')
  })
})

describe('the revision', () => {
  const folders = temporaryFolders()

  it('tells a process within a second what another one changed', async () => {
    const dataDir = folders.make()
    const mine = await openStore({ dataDir })
    const other = await openStore({ dataDir })
    const clock = new FakeClock()
    const watch = new RevisionWatch({ store: mine, clock, log: silent })
    const seen: number[] = []
    watch.onChange(since => {
      seen.push(since)
      return Promise.resolve()
    })
    await watch.start()
    await clock.pass(3_000)
    expect(seen).to.deep.equal([])
    await other.write(nextRevision)
    await other.write(nextRevision)
    await clock.pass(1_000)
    expect(seen).to.deep.equal([0])
    await other.write(nextRevision)
    await clock.pass(1_000)
    expect(seen).to.deep.equal([0, 2])
    await watch.close()
    await mine.close()
    await other.close()
  })

  it('asks again after a listener failed', async () => {
    const store = await openStore({ dataDir: ':memory:' })
    const clock = new FakeClock()
    const watch = new RevisionWatch({ store, clock, log: silent })
    let calls = 0
    watch.onChange(() => (calls++ === 0 ? Promise.reject(new Error('busy')) : Promise.resolve()))
    await watch.start()
    await store.write(nextRevision)
    await clock.pass(5_000)
    expect(calls).to.equal(2)
    await watch.close()
    await store.close()
  })
})

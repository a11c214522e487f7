import { expect } from 'chai'
import { openStore } from '../../../../core/store/open.ts'
import { nextRevision } from '../../../../core/store/revision.ts'
import type { Store } from '../../../../core/store/store.ts'
import { rejection } from '../../../support/accounts.ts'
import { temporaryFolders } from '../../../support/temporary-folder.ts'

describe('the store on SQLite', () => {
  const folders = temporaryFolders()
  let store: Store

  beforeEach(async () => {
    store = await openStore({ dataDir: folders.make() })
  })
  afterEach(() => store.close())

  it('runs writes of both connections one after the other, without waiting for itself', async () => {
    const started = performance.now()
    await Promise.all(Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? store.write(nextRevision) : store.writeDurably(nextRevision))))
    expect(performance.now() - started).to.be.lessThan(4_000)
  })

  it('tells a full or locked database apart from a mistake of ours', async () => {
    const full = store.write(() => Promise.reject(Object.assign(new Error('database or disk is full'), { errcode: 13 })))
    const error = await rejection(full)
    expect(error.code).to.equal('store_unavailable')
    expect(error.message).to.match(/is full/)
    expect((await rejection(store.write(() => Promise.reject(new TypeError('ours'))))).code).to.equal('internal')
  })
})

import { expect } from 'chai'
import { openStore } from '../../../../core/store/open.ts'
import { nextRevision, RevisionWatch } from '../../../../core/store/revision.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'
import { silent } from '../../../support/accounts.ts'

describe('the watch for what others change', () => {
  it('looks once a second, and asks again after a listener failed', async () => {
    const store = await openStore({ dataDir: ':memory:' })
    const clock = new FakeClock()
    const watch = new RevisionWatch({ store, clock, log: silent })
    let calls = 0
    watch.onChange(() => (calls++ === 0 ? Promise.reject(new Error('busy')) : Promise.resolve()))
    await watch.start()
    await store.write(nextRevision)
    await clock.pass(999)
    expect(calls).to.equal(0)
    await clock.pass(4_001)
    expect(calls).to.equal(2)
    await watch.close()
    await store.close()
  })
})

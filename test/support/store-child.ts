import { openStore, type StoreOptions } from '../../core/store/open.ts'
import { nextRevision } from '../../core/store/revision.ts'

/** One more process on a database: counts up in transactions that read and then write, and says each number once it is durable. */
const [options = '{}', times = '0'] = process.argv.slice(2)
const store = await openStore(JSON.parse(options) as StoreOptions)
for (let turn = 0; turn < Number(times); turn++) {
  const value = await store.writeDurably(async transaction => {
    const row = await transaction.selectFrom('meta').select('value').where('key', '=', 'counter').executeTakeFirst()
    const next = Number(row?.value ?? 0) + 1
    // Time for others to come between, if they could.
    await new Promise(resolve => setImmediate(resolve))
    await transaction
      .insertInto('meta')
      .values({ key: 'counter', value: String(next) })
      .onConflict(conflict => conflict.column('key').doUpdateSet({ value: String(next) }))
      .execute()
    await nextRevision(transaction)
    return next
  })
  process.stdout.write(`${value}\n`)
}
await store.close()

import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'chai'
import { openStore } from '../../../../core/store/open.ts'
import { currentRevision, nextRevision } from '../../../../core/store/revision.ts'
import { rejection } from '../../../support/accounts.ts'
import { temporaryFolders } from '../../../support/temporary-folder.ts'

const posix = process.platform !== 'win32'

describe('opening the store', () => {
  const folders = temporaryFolders()
  let umask: number

  beforeEach(() => {
    umask = process.umask(0)
  })
  afterEach(() => {
    process.umask(umask)
  })

  it('makes the folder for its owner alone, and each file in it, whatever the umask', async () => {
    const dataDir = join(folders.make(), 'deep', 'data')
    const store = await openStore({ dataDir })
    await store.writeDurably(nextRevision)
    if (posix) {
      expect(statSync(dataDir).mode & 0o777).to.equal(0o700)
      for (const file of ['gateway.db', 'gateway.db-wal', 'gateway.db-shm']) expect(statSync(join(dataDir, file)).mode & 0o777, file).to.equal(0o600)
    }
    await store.close()
  })

  it('narrows a database that others could read, and leaves a folder that it shares as it is', async () => {
    const dataDir = folders.make()
    await (await openStore({ dataDir })).close()
    chmodSync(join(dataDir, 'gateway.db'), 0o644)
    await (await openStore({ dataDir })).close()
    if (posix) expect(statSync(join(dataDir, 'gateway.db')).mode & 0o777).to.equal(0o600)

    const shared = folders.make()
    chmodSync(shared, 0o755)
    writeFileSync(join(shared, 'somebody-elses.txt'), 'x')
    await (await openStore({ dataDir: shared })).close()
    if (posix) expect(statSync(shared).mode & 0o777).to.equal(0o755)
  })

  it('keeps what was written, and migrates once', async () => {
    const dataDir = folders.make()
    const first = await openStore({ dataDir })
    await first.write(nextRevision)
    await first.close()
    const second = await openStore({ dataDir })
    expect(await currentRevision(second)).to.equal(1)
    await second.close()
  })

  it('begins with an empty file that a crash left', async () => {
    const dataDir = folders.make()
    writeFileSync(join(dataDir, 'gateway.db'), '')
    const store = await openStore({ dataDir })
    expect(await currentRevision(store)).to.equal(0)
    await store.close()
  })

  it('can be made by several processes at once', async () => {
    const dataDir = folders.make()
    const script = `import { openStore } from ${JSON.stringify(new URL('../../../../core/store/open.ts', import.meta.url).href)}
      import { nextRevision } from ${JSON.stringify(new URL('../../../../core/store/revision.ts', import.meta.url).href)}
      const store = await openStore({ dataDir: process.argv[1] })
      await store.writeDurably(nextRevision)
      await store.close()`
    const run = () =>
      new Promise<number | null>((resolve, reject) => {
        spawn(process.execPath, ['--input-type=module', '-e', script, dataDir], { stdio: ['ignore', 'ignore', 'inherit'] })
          .on('error', reject)
          .on('exit', resolve)
      })
    expect(await Promise.all([run(), run(), run()])).to.deep.equal([0, 0, 0])
    const store = await openStore({ dataDir })
    expect(await currentRevision(store)).to.equal(3)
    await store.close()
    expect(readdirSync(dataDir)).to.deep.equal(['gateway.db'])
  }).timeout(20_000)

  it('keeps nothing in memory mode', async () => {
    const store = await openStore({ dataDir: ':memory:' })
    await store.writeDurably(nextRevision)
    expect(await currentRevision(store)).to.equal(1)
    await store.close()
  })

  const refused: readonly (readonly [string, (file: string) => void | Promise<void>, RegExp])[] = [
    ['a text file', file => writeFileSync(file, 'not a database at all, but longer than a header'), /is not a database of this gateway/],
    ['a short file', file => writeFileSync(file, 'x'), /is not a database of this gateway/],
    [
      "another program's database",
      file => {
        const other = new DatabaseSync(file)
        other.exec('CREATE TABLE notes (text TEXT)')
        other.close()
      },
      /is not a database of this gateway/,
    ],
    ['a torn database', tear, /is damaged/],
    ["a newer version's database", fromTheFuture, /newer version/],
  ]
  for (const [name, make, message] of refused) {
    it(`refuses ${name} with path and remedy, and leaves it untouched`, async () => {
      const dataDir = folders.make()
      const file = join(dataDir, 'gateway.db')
      await make(file)
      const before = readFileSync(file)
      const error = await rejection(openStore({ dataDir }))
      expect(error.code).to.equal('store_unavailable')
      expect(error.message).to.match(message)
      expect(error.message).to.contain(file)
      expect(readFileSync(file).equals(before)).to.equal(true)
    })
  }

  it('says which folder cannot be written', async () => {
    const dataDir = join(folders.make(), 'file')
    writeFileSync(dataDir, '')
    const error = await rejection(openStore({ dataDir: join(dataDir, 'data') }))
    expect(error.code).to.equal('store_unavailable')
    expect(error.message).to.contain(dataDir).and.to.contain('DATA_DIR')
  })
})

/** Overwrites the inner pages of a real database. */
async function tear(file: string): Promise<void> {
  mkdirSync(join(file, '..'), { recursive: true })
  await (await openStore({ dataDir: join(file, '..') })).close()
  const bytes = readFileSync(file)
  bytes.fill(0x5a, 4096, bytes.length - 1)
  writeFileSync(file, bytes)
}

async function fromTheFuture(file: string): Promise<void> {
  await (await openStore({ dataDir: join(file, '..') })).close()
  const database = new DatabaseSync(file)
  database.exec(`INSERT INTO kysely_migration (name, timestamp) VALUES ('9999-later', '2030-01-01T00:00:00.000Z')`)
  database.close()
}

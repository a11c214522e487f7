import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { FileWatch } from '../../../../core/container/file-watch.ts'
import { replaceFile } from '../../../../core/container/replace-file.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'
import { eventually } from '../../../support/eventually.ts'
import { temporaryFolders } from '../../../support/temporary-folder.ts'

describe('a watch of a file', () => {
  const folders = temporaryFolders()
  let path: string
  let clock: FakeClock
  let told: number
  let watch: FileWatch

  beforeEach(async () => {
    path = join(folders.make(), 'creds.json')
    writeFileSync(path, 'one')
    clock = new FakeClock()
    told = 0
    watch = new FileWatch({ path, clock, changed: async () => void told++ })
    await watch.start()
  })
  afterEach(() => watch.close())

  const looks = async (expected: number) => {
    clock.advance(5_000)
    await watch.look()
    expect(told).to.equal(expected)
  }

  it('tells once of each change: written in place, exchanged, or of the same size a moment later', async () => {
    await looks(0)
    writeFileSync(path, 'two')
    await looks(1)
    await looks(1)
    writeFileSync(`${path}.new`, 'three')
    renameSync(`${path}.new`, path)
    await looks(2)
    utimesSync(path, new Date(1), new Date(1))
    await looks(3)
  })

  it('says nothing of a file that is gone, and tells when it is back with something else', async () => {
    const { atime, mtime } = statSync(path)
    rmSync(path)
    await looks(0)
    writeFileSync(path, 'back again')
    utimesSync(path, atime, mtime)
    await looks(1)
  })

  it('looks by itself every five seconds, also where the file system tells nothing', async () => {
    const log = `${path}-wal`
    writeFileSync(log, 'x')
    clock.advance(4_999)
    expect(told).to.equal(0)
    clock.advance(1)
    await eventually(async () => told === 1)
    writeFileSync(log, 'xy')
    clock.advance(5_000)
    await eventually(async () => told === 2)
  })

  it('looks soon after the file system told of a change', async () => {
    writeFileSync(path, 'sooner')
    await eventually(async () => {
      clock.advance(200)
      return told === 1
    })
  })

  it('tells nothing after it was closed', async () => {
    await watch.close()
    writeFileSync(path, 'late')
    await looks(0)
    expect(clock.pending).to.equal(0)
  })
})

describe('the exchange of a file', () => {
  const folders = temporaryFolders()
  let folder: string
  let path: string
  beforeEach(() => {
    folder = folders.make()
    path = join(folder, 'creds.json')
    writeFileSync(path, 'before')
  })

  it('keeps mode and links, and leaves no other file behind', async () => {
    chmodSync(path, 0o604)
    const link = join(folder, 'link.json')
    symlinkSync(path, link)
    expect(await replaceFile({ path: link, before: 'before', after: 'after' })).to.equal(true)
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).to.deep.equal(['after', 0o604])
    expect(readdirSync(folder).toSorted()).to.deep.equal(['creds.json', 'link.json'])
  })

  it('does not happen when somebody else was faster', async () => {
    writeFileSync(path, 'theirs')
    expect(await replaceFile({ path, before: 'before', after: 'after' })).to.equal(false)
    expect(readFileSync(path, 'utf8')).to.equal('theirs')
    expect(readdirSync(folder)).to.deep.equal(['creds.json'])
  })

  it('fails without a trace where there is no such file', async () => {
    mkdirSync(join(folder, 'sub'))
    let failure: unknown
    await replaceFile({ path: join(folder, 'sub/none.json'), before: '', after: 'x' }).catch((error: unknown) => (failure = error))
    expect(failure).to.be.instanceOf(Error)
    expect(readdirSync(join(folder, 'sub'))).to.deep.equal([])
  })
})

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect } from 'chai'
import { readRunFiles, removeRunFile, writeRunFile } from '../../../../core/container/run-file.ts'
import { temporaryFolders } from '../../../support/temporary-folder.ts'

describe('the notes of gateways that run on one data folder', () => {
  const folders = temporaryFolders()
  let dataDir: string
  beforeEach(() => {
    dataDir = folders.make()
  })

  const note = (pid: number, startedAt: number) => ({ pid, url: `http://127.0.0.1:${startedAt}`, startedAt })
  const child = () => spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] })

  it('stand beside each other, and each process takes back only its own', async () => {
    const other = child()
    try {
      writeRunFile(dataDir, note(other.pid as number, 1))
      writeRunFile(dataDir, note(process.pid, 2))
      writeRunFile(dataDir, { ...note(process.pid, 2), workers: [{ number: 1, pid: 7 }] })
      expect(readRunFiles(dataDir)).to.deep.equal([note(other.pid as number, 1), { ...note(process.pid, 2), workers: [{ number: 1, pid: 7 }] }])
      removeRunFile(dataDir)
      removeRunFile(dataDir)
      expect(readRunFiles(dataDir)).to.deep.equal([note(other.pid as number, 1)])
    } finally {
      other.kill('SIGKILL')
    }
  })

  it('are none of a process that was killed, and the next start clears them away', async () => {
    const other = child()
    writeRunFile(dataDir, note(other.pid as number, 1))
    other.kill('SIGKILL')
    await once(other, 'exit')
    expect(readRunFiles(dataDir)).to.deep.equal([])
    writeRunFile(dataDir, note(process.pid, 2))
    expect(readdirSync(join(dataDir, 'running'))).to.have.length(1)
  })

  it('are left alone where they come from another machine, and where they cannot be read', () => {
    expect(readRunFiles(dataDir)).to.deep.equal([])
    mkdirSync(join(dataDir, 'running'))
    const foreign = join(dataDir, 'running', `${process.pid}-000000000000.json`)
    writeFileSync(foreign, JSON.stringify(note(process.pid, 1)))
    writeRunFile(dataDir, note(process.pid, 2))
    const [own = ''] = readdirSync(join(dataDir, 'running')).filter(name => !name.includes('000000000000'))
    expect(readRunFiles(dataDir)).to.deep.equal([note(process.pid, 2)])
    writeFileSync(join(dataDir, 'running', own), '{"pid":')
    expect(readRunFiles(dataDir)).to.deep.equal([])
    removeRunFile(dataDir)
    expect(existsSync(foreign)).to.equal(true)
  })
})

import { randomBytes } from 'node:crypto'
import { mkdir, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Settings } from '../../contract/settings.ts'
import { type Check, failed, type Finding, ok, warn } from './check.ts'

const LEAST_NODE: readonly [number, number] = [22, 20]
const MB = 1024 * 1024
/** A renewed token that finds no room is the one thing that cannot be had again. */
const LEAST_BYTES = 5 * MB
const SCARCE_BYTES = 100 * MB

/** Whether this Node runs the gateway. */
export const checkNode: Check<{ readonly version: string }> = async ({ version }) => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isNew = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])
  return [isNew ? ok('node', version) : failed('node', `${version} is too old`, `install Node ${LEAST_NODE.join('.')} or later`)]
}

/** Whether the data folder can be written, is the owner's alone, and has room. */
export const checkDataFolder: Check<{ readonly settings: Settings }> = async ({ settings: { dataDir } }) => {
  const name = 'data folder'
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    const probe = join(dataDir, `.doctor-${randomBytes(6).toString('hex')}`)
    await writeFile(probe, 'x', { mode: 0o600 })
    await rm(probe)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
    return [
      failed(name, `${dataDir} cannot be written (${code})`, 'make it writable for this user, free some disk space, or name another folder with DATA_DIR'),
    ]
  }
  return [(await readableByOthers(dataDir)) ?? (await room(dataDir)) ?? ok(name, dataDir)]
}

async function readableByOthers(folder: string): Promise<Finding | undefined> {
  if (process.platform === 'win32') return undefined
  const { mode } = await stat(folder)
  return (mode & 0o077) === 0 ? undefined : warn('data folder', `${folder} is open to other users of this machine`, `chmod 700 ${folder}`)
}

async function room(folder: string): Promise<Finding | undefined> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const detail = `${folder} has ${Math.floor(free / MB)} MB left`
  if (free < LEAST_BYTES) return failed('data folder', detail, 'free some disk space: a renewed token that cannot be stored may be lost')
  return free < SCARCE_BYTES ? warn('data folder', detail, 'free some disk space') : undefined
}

import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isGone, processScope } from '../store/process-identity.ts'

/** A running gateway's note to the commands beside it. Holds no secret. */
export interface RunFile {
  readonly pid: number
  readonly url: string
  readonly startedAt: number
  /** Those that serve, where this process only looks after them. */
  readonly workers?: readonly { readonly number: number; readonly pid: number }[]
}

/** One file for each process: several gateways may use one data folder. */
const FOLDER = 'running'

export function writeRunFile(dataDir: string, run: RunFile): void {
  const folder = join(dataDir, FOLDER)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // It changes while others read it.
  const next = join(folder, `${run.pid}-${scopeMark()}.next`)
  writeFileSync(next, `${JSON.stringify(run)}\n`, { mode: 0o600 })
  renameSync(next, join(folder, nameOf(run.pid)))
  for (const { name, pid } of notesHere(folder)) if (isGoneHere(pid)) rmSync(join(folder, name), { force: true })
}

/** Takes back the note of this process; those of others are theirs. */
export function removeRunFile(dataDir: string): void {
  rmSync(join(dataDir, FOLDER, nameOf(process.pid)), { force: true })
}

/** The gateways that run on this folder and this machine, the oldest first; none that was killed. */
export function readRunFiles(dataDir: string): readonly RunFile[] {
  const folder = join(dataDir, FOLDER)
  return notesHere(folder)
    .flatMap(({ name, pid }) => (isGoneHere(pid) ? [] : (readNote(join(folder, name)) ?? [])))
    .toSorted((one, other) => one.startedAt - other.startedAt)
}

/** Of machines and containers that share the folder each has its own process ids, so a name tells both. */
function nameOf(pid: number): string {
  return `${pid}-${scopeMark()}.json`
}

function notesHere(folder: string): readonly { readonly name: string; readonly pid: number }[] {
  return namesIn(folder).flatMap(name => {
    const pid = Number.parseInt(name, 10)
    return name === nameOf(pid) ? [{ name, pid }] : []
  })
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function readNote(path: string): RunFile | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as RunFile
  } catch {
    return undefined
  }
}

function isGoneHere(pid: number): boolean {
  return isGone(`${processScope()}|${pid}`)
}

function scopeMark(): string {
  return createHash('sha256').update(processScope()).digest('hex').slice(0, 12)
}

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A running gateway's note to the commands beside it. Holds no secret. */
export interface RunFile {
  readonly pid: number
  readonly url: string
  readonly startedAt: number
  /** Those that serve, where this process only looks after them. */
  readonly workers?: readonly { readonly number: number; readonly pid: number }[]
}

const NAME = 'running.json'

export function writeRunFile(dataDir: string, run: RunFile): void {
  // It changes while others read it.
  const next = join(dataDir, `${NAME}.${run.pid}`)
  writeFileSync(next, `${JSON.stringify(run)}\n`, { mode: 0o600 })
  renameSync(next, join(dataDir, NAME))
}

export function removeRunFile(dataDir: string): void {
  rmSync(join(dataDir, NAME), { force: true })
}

/** The gateway that runs on this folder; undefined when none does, also after one was killed. */
export function readRunFile(dataDir: string): RunFile | undefined {
  try {
    const parsed = JSON.parse(readFileSync(join(dataDir, NAME), 'utf8')) as RunFile
    process.kill(parsed.pid, 0)
    return parsed
  } catch {
    return undefined
  }
}

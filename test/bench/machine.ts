import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { allowedCores } from './measure.ts'
import type { Pinning } from './target.ts'

/** Where and of what figures were taken: without it they mean nothing to anybody else. */
export interface Machine {
  readonly at: string
  readonly cpu: string
  readonly cores: number
  readonly memoryMebibytes: number
  readonly kernel: string
  readonly node: string
  readonly v8: string
  readonly undici: string
  readonly gateway: string
  /** With `+` when the working tree differs from it. */
  readonly commit: string
  readonly pinned: boolean
  /** Processes that wanted a core in the minute before. */
  readonly loadBefore: number
}

export function describeMachine(pinned: boolean): Machine {
  const packageVersion = (path: string) => (JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as { readonly version: string }).version
  return {
    at: new Date().toISOString(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: allowedCores().length,
    memoryMebibytes: Math.round(totalmem() / 1024 / 1024),
    kernel: release(),
    node: process.version,
    v8: process.versions.v8,
    undici: packageVersion('../../node_modules/undici/package.json'),
    gateway: packageVersion('../../package.json'),
    commit: commit(),
    pinned,
    loadBefore: loadavg()[0] ?? Number.NaN,
  }
}

/** The target alone on one core, all else on another, where the system lets us. */
export function choosePinning(): Pinning | undefined {
  const [others, target] = allowedCores()
  if (others === undefined || target === undefined) return undefined
  return spawnSync('taskset', ['--version']).status === 0 ? { target, others } : undefined
}

function commit(): string {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' })
  const { status, stdout } = git('rev-parse', '--short=12', 'HEAD')
  if (status !== 0) return 'unknown'
  return `${stdout.trim()}${git('status', '--porcelain', '--untracked-files=no').stdout === '' ? '' : '+'}`
}

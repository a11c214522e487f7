import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { note } from '../bench.ts'
import { build } from '../gateway.ts'

const root = resolve(import.meta.dirname, '../../..')

/** More than any source tree of ours. */
const LARGEST_ARCHIVE = 512 * 1024 * 1024

/** Another revision, built, in a folder of its own. */
export interface Checkout {
  readonly folder: string
  readonly commit: string
  remove(): void
}

/**
 * Takes a revision out of the repository and builds it; the repository itself and its working tree stay as they are.
 * @throws Error when there is no such revision or it does not build
 */
export function checkOut(revision: string): Checkout {
  const commit = git('rev-parse', '--short=12', '--verify', '--end-of-options', `${revision}^{commit}`).toString().trim()
  const folder = mkdtempSync(join(tmpdir(), 'kiro-gateway-bench-revision-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  try {
    const archive = git('archive', '--format=tar', commit)
    run('tar', ['-x', '-C', folder], { input: archive })
    addPackages(folder)
    note(`building ${commit}`)
    build(folder)
  } catch (error) {
    remove()
    throw error
  }
  return {
    folder,
    commit,
    remove: () => {
      process.removeListener('exit', remove)
      remove()
    },
  }
}

/** Ours, where the same ones are wanted: nothing is downloaded then. */
function addPackages(folder: string): void {
  const lock = (at: string) => readFileSync(join(at, 'package-lock.json'), 'utf8')
  if (lock(folder) === lock(root)) {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    return
  }
  note('its packages differ from ours: npm ci')
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder })
}

function git(...args: string[]): Buffer {
  return run('git', args, { cwd: root })
}

function run(program: string, args: readonly string[], { cwd, input }: { readonly cwd?: string; readonly input?: Buffer }): Buffer {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    maxBuffer: LARGEST_ARCHIVE,
    ...(cwd === undefined ? {} : { cwd }),
    ...(input === undefined ? {} : { input }),
  })
  if (status !== 0) throw new Error(`${program} ${args[0]} failed: ${error?.message ?? stderr.toString().trim()}`)
  return stdout
}

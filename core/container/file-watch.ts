import { type FSWatcher, watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { Clock, Timer } from '../contract/clock.ts'

/** Not every file system tells of changes: network folders and mounts of containers do not. */
const LOOK_EVERY_MS = 5_000
/** Programs write in several steps. */
const SETTLE_MS = 200

export interface FileWatchDeps {
  readonly path: string
  readonly clock: Clock
  /** Told of each new content, one at a time; never rejects. */
  readonly changed: () => Promise<void>
}

/** Tells when a file has changed, whether it was written in place or exchanged; a file that is gone says nothing. */
export class FileWatch {
  readonly #deps: FileWatchDeps
  #regular: Timer | undefined
  #settling: Timer | undefined
  #watcher: FSWatcher | undefined
  #stamp: string | undefined
  #looking: Promise<void> | undefined
  #closed = false

  constructor(deps: FileWatchDeps) {
    this.#deps = deps
  }

  /** From here on nothing is missed. */
  async start(): Promise<void> {
    const { path, clock } = this.#deps
    this.#stamp = await stampOf(path)
    const regular = clock.timer(LOOK_EVERY_MS, () => {
      void this.look()
      regular.refresh()
    })
    this.#regular = regular
    try {
      // The folder, not the file: most programs exchange the file, and a watch of the file stays with the old one.
      this.#watcher = watch(dirname(path), { persistent: false }, (_event, name) => {
        if (name === null || name.startsWith(basename(path))) this.#settle()
      })
      this.#watcher.on('error', () => this.#watcher?.close())
    } catch {
      // The regular look finds it as well, only later.
    }
  }

  /** Looks now, and tells if there is something new. */
  async look(): Promise<void> {
    if (this.#closed) return
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined))
    await this.#looking
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#regular?.cancel()
    this.#settling?.cancel()
    this.#watcher?.close()
    await this.#looking
  }

  #settle(): void {
    if (this.#closed) return
    if (this.#settling) this.#settling.refresh()
    else this.#settling = this.#deps.clock.timer(SETTLE_MS, () => void this.look())
  }

  async #look(): Promise<void> {
    const stamp = await stampOf(this.#deps.path)
    if (stamp === undefined || stamp === this.#stamp) return
    this.#stamp = stamp
    await this.#deps.changed()
  }
}

/** What changes with a file's content; of a database also its log, where changes stand first. */
async function stampOf(path: string): Promise<string | undefined> {
  const main = await one(path)
  return main === undefined ? undefined : `${main} ${(await one(`${path}-wal`)) ?? ''}`
}

async function one(path: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true })
    return `${ino}:${size}:${mtimeNs}`
  } catch {
    return undefined
  }
}

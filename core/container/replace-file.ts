import { randomBytes } from 'node:crypto'
import { type FileHandle, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** One file with another text in it, in one step: whoever reads it meanwhile finds the one or the other, whole. */
export interface Replacement {
  readonly path: string
  /** What the file must still hold at the last moment. */
  readonly before: string
  readonly after: string
}

/**
 * Exchanges a file's text, on disk when it resolves. Mode and owner stay; a link goes on pointing where it did.
 * @returns false when somebody else has written the file meanwhile, which then stays as it is
 * @throws what the file system says
 */
export async function replaceFile({ path: given, before, after }: Replacement): Promise<boolean> {
  const path = await realpath(given)
  const found = await stat(path)
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(after)
      await file.chmod(found.mode & 0o777)
      await keepOwner(file, found)
      await file.sync()
    } finally {
      await file.close()
    }
    if ((await readFile(path, 'utf8')) !== before) return false
    await rename(temporary, path)
    await syncFolder(dirname(path))
    return true
  } finally {
    await rm(temporary, { force: true })
  }
}

/** A gateway that runs as root must not take the file away from the person that it belongs to. */
async function keepOwner(file: FileHandle, { uid, gid }: { readonly uid: number; readonly gid: number }): Promise<void> {
  const own = await file.stat()
  if (own.uid !== uid || own.gid !== gid) await file.chown(uid, gid)
}

/** Elsewhere than on POSIX systems a folder cannot be opened, and needs no such step. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined)
  try {
    await handle?.sync()
  } catch {
    // Some network file systems refuse; the file itself is on disk.
  } finally {
    await handle?.close()
  }
}

import { readdir, readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import type { CredentialText, ImportContext } from '../contract/provider.ts'
import { decodedText } from '../model/decoded-text.ts'

/** Far more than one token with all its metadata. */
const MOST_LINKED_BYTES = 1024 * 1024

/** A source that has nothing beside it: an address, standard input, the environment. */
export function bareContext(source: string): ImportContext {
  return { source, companion: () => Promise.resolve(undefined), companions: () => Promise.resolve([]) }
}

/**
 * What lies beside a file: names alone are taken, so that no content of the file can name another folder.
 * @param options.follow whether files that this one names by their path are read as well: only for a file that the operator named just now
 */
export function fileContext(path: string, { follow = false }: { readonly follow?: boolean } = {}): ImportContext {
  const folder = dirname(path)
  return {
    source: path,
    companion: async name => (basename(name) === name ? readFile(join(folder, name)).then(decodedText, () => undefined) : undefined),
    companions: () => readdir(folder).catch(() => []),
    ...(follow ? { linked: (link: string) => readLinked(link, folder) } : {}),
  }
}

/** A path as people write it, `~` included. */
export function expandPath(path: string, folder = process.cwd()): string {
  return resolve(folder, path === '~' || /^~[\\/]/.test(path) ? join(homedir(), path.slice(1)) : path)
}

/** Relative to the file that names it, else to where the program that wrote it was started: often the folder above. */
async function readLinked(link: string, folder: string): Promise<CredentialText | undefined> {
  const places = isAbsolute(link) || link.startsWith('~') ? [expandPath(link)] : [resolve(folder, link), resolve(folder, '..', link)]
  for (const path of places) {
    try {
      const found = await stat(path)
      // A link of a linked file leads nowhere: there is no chain to walk in circles.
      if (found.isFile() && found.size <= MOST_LINKED_BYTES) return { text: decodedText(await readFile(path)), context: fileContext(path) }
    } catch {
      // Another place may have it; where none has, the entry is reported.
    }
  }
  return undefined
}

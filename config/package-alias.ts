import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

const NAME = 'kiro-gateway'
/** Marks a configuration file and what it imports, so that each loading sees the files as they are then. */
const TAG = /[?&]generation=(\d+)/
const FROM = /^kiro-gateway:from\?([^&]+)&([^&]+)$/
const OWN = ['../core/', '../providers/', '../plugins/', '../config/', '../dist/'].map(folder => new URL(folder, import.meta.url).href)
let installed = false
let generation = 0

/**
 * Evaluates a TypeScript configuration file, as a module whatever the package around it says it is. A file and its own
 * relative imports are read anew each time; the gateway's code and installed packages are not.
 * @returns its default export
 */
export async function importConfig(path: string): Promise<unknown> {
  aliasPackage()
  const module = (await import(`${pathToFileURL(path).href}?generation=${++generation}`)) as { readonly default?: unknown }
  return module.default
}

/** Evaluates what a configuration file names, as if the file itself imported it: a relative path, or a package installed beside it. */
export async function importFrom(file: string, specifier: string): Promise<Readonly<Record<string, unknown>>> {
  aliasPackage()
  const parent = `${pathToFileURL(file).href}?generation=${++generation}`
  return (await import(`${NAME}:from?${encodeURIComponent(parent)}&${encodeURIComponent(specifier)}`)) as Readonly<Record<string, unknown>>
}

/**
 * Lets a configuration file or plugin anywhere on disk import `kiro-gateway` and its subpaths and get the running copy:
 * it need not be installed beside the file, and there are never two copies.
 */
export function aliasPackage(): void {
  if (installed) return
  installed = true
  registerHooks({
    resolve(asked, given, next) {
      const from = FROM.exec(asked)
      const specifier = from ? decodeURIComponent(from[2] as string) : asked
      const context = from ? { ...given, parentURL: decodeURIComponent(from[1] as string) } : given
      // Our own package resolves its name by its own exports, whoever asks.
      if (specifier === NAME || specifier.startsWith(`${NAME}/`)) return next(specifier, { ...context, parentURL: import.meta.url })
      const found = next(specifier, context)
      const tag = TAG.exec(specifier)?.[1] ?? TAG.exec(context.parentURL ?? '')?.[1]
      const isUsers = found.url.startsWith('file:') && !found.url.includes('/node_modules/') && !OWN.some(folder => found.url.startsWith(folder))
      if (tag === undefined || !isUsers) return found
      const [file = ''] = found.url.split('?')
      return { ...found, url: `${file}?generation=${tag}`, ...(/\.m?ts$/.test(file) ? { format: 'module-typescript' } : {}) }
    },
  })
}

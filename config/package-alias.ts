import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

const NAME = 'kiro-gateway'
/** Marks a configuration file and what it imports, so that each loading sees the files as they are then. */
const TAG = /[?&]generation=(\d+)/
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

/**
 * Lets a configuration file or plugin anywhere on disk import `kiro-gateway` and its subpaths and get the running copy:
 * it need not be installed beside the file, and there are never two copies.
 */
export function aliasPackage(): void {
  if (installed) return
  installed = true
  registerHooks({
    resolve(specifier, context, next) {
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

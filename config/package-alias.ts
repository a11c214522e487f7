import { registerHooks } from 'node:module'
import { isBuiltin } from 'node:module'

const NAME = 'kiro-gateway'
let installed = false

/**
 * Lets a configuration file or plugin anywhere on disk import `kiro-gateway` and its subpaths and get the running copy:
 * it need not be installed beside the file, and there are never two copies.
 */
export function aliasPackage(): void {
  if (installed) return
  installed = true
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== NAME && !specifier.startsWith(`${NAME}/`)) return next(specifier, context)
      if (isBuiltin(specifier)) return next(specifier, context)
      // Our own package resolves its name by its own exports, whoever asks.
      return next(specifier, { ...context, parentURL: import.meta.url })
    },
  })
}

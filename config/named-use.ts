import { join } from 'node:path'
import type { NamedUse, Plugin, ProviderEntry } from '../core/index.ts'
import { builtinPlugins, builtinProviders } from './builtins.ts'
import { importFrom } from './package-alias.ts'
import { nearest } from './validate.ts'

type Kind = 'plugin' | 'provider'
type Made<K extends Kind> = K extends 'plugin' ? Plugin : ProviderEntry

/**
 * A plugin or provider that a configuration names: `{ use: 'retry' }`, a package, or a path relative to the file.
 * @returns the thing, or what is wrong with the name
 */
export async function resolveUse<K extends Kind>(kind: K, { use, options }: NamedUse, from: string | undefined): Promise<Made<K> | string> {
  type Loader = () => ((options?: unknown) => Made<K>) | Promise<(options?: unknown) => Made<K>>
  const builtins = (kind === 'plugin' ? builtinPlugins : builtinProviders) as Readonly<Record<string, Loader>>
  const load = Object.hasOwn(builtins, use) ? builtins[use] : undefined
  if (load) return (await load())(options)
  try {
    const module = await importFrom(from ?? join(process.cwd(), 'kiro-gateway.config.json'), use)
    const factory = module.default ?? Object.values(module).find(value => typeof value === 'function')
    const made: unknown = typeof factory === 'function' ? (factory as (options?: unknown) => unknown)(options) : factory
    return isMade(kind, made) ? made : `"${use}" does not export a ${kind}; export what ${kind === 'plugin' ? 'definePlugin' : 'defineProvider'} returns as its default`
  } catch (error) {
    const guess = /[./@]/.test(use) ? undefined : nearest(use, Object.keys(builtins))
    if (guess !== undefined && isNotFound(error)) return `there is no ${kind} "${use}"; did you mean "${guess}"?`
    return `"${use}" cannot be loaded: ${error instanceof Error ? error.message : String(error)}; the ${kind}s that ship are ${Object.keys(builtins).join(', ')}`
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
}

export function isMade<K extends Kind>(kind: K, value: unknown): value is Made<K> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind
}

export function isNamedUse(value: unknown): value is NamedUse {
  return typeof value === 'object' && value !== null && 'use' in value && typeof value.use === 'string'
}

import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { NamedUse, Plugin, ProviderEntry } from '../core/index.ts'
import { builtinPlugins, builtinProviders } from './builtins.ts'
import { nearest } from './validate.ts'

type Kind = 'plugin' | 'provider'
type Made<K extends Kind> = K extends 'plugin' ? Plugin : ProviderEntry

/**
 * A plugin or provider that a configuration names: `{ use: 'retry' }`, a package, or a path relative to the file.
 * @returns the thing, or what is wrong with the name
 */
export async function resolveUse<K extends Kind>(kind: K, { use, options }: NamedUse, from: string | undefined): Promise<Made<K> | string> {
  const builtins = (kind === 'plugin' ? builtinPlugins : builtinProviders) as Readonly<Record<string, (options?: unknown) => Made<K>>>
  const builtin = builtins[use]
  if (builtin) return builtin(options)
  const isPath = use.startsWith('.') || use.startsWith('/')
  if (!isPath && !use.includes('/') && !use.startsWith('@')) {
    const guess = nearest(use, Object.keys(builtins))
    if (guess !== undefined) return `there is no ${kind} "${use}"; did you mean "${guess}"?`
  }
  try {
    const base = from === undefined ? process.cwd() : dirname(from)
    const module = (await import(isPath ? pathToFileURL(resolve(base, use)).href : use)) as Record<string, unknown>
    const factory = module.default ?? Object.values(module).find(value => typeof value === 'function')
    const made: unknown = typeof factory === 'function' ? (factory as (options?: unknown) => unknown)(options) : factory
    return isMade(kind, made) ? made : `"${use}" does not export a ${kind}; export what ${kind === 'plugin' ? 'definePlugin' : 'defineProvider'} returns as its default`
  } catch (error) {
    return `"${use}" cannot be loaded: ${error instanceof Error ? error.message : String(error)}; the ${kind}s that ship are ${Object.keys(builtins).join(', ')}`
  }
}

export function isMade<K extends Kind>(kind: K, value: unknown): value is Made<K> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind
}

export function isNamedUse(value: unknown): value is NamedUse {
  return typeof value === 'object' && value !== null && 'use' in value && typeof value.use === 'string'
}

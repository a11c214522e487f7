import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { cosmiconfig } from 'cosmiconfig'
import { aliasPackage, importConfig } from './package-alias.ts'
import { ConfigError } from './faults.ts'

const NAME = 'kiro-gateway'
const EXTENSIONS = ['ts', 'mts', 'js', 'mjs', 'cjs', 'json', 'yaml', 'yml']

/** In this order, in the working directory. */
export const SEARCH_PLACES = [...EXTENSIONS.map(extension => `${NAME}.config.${extension}`), `.${NAME}rc`, 'package.json']

export interface FoundFile {
  readonly path: string
  readonly content: unknown
}

/**
 * The configuration file: the one named, else the first found in the working directory; undefined when there is none.
 * @throws ConfigError when the file is missing, cannot be parsed or cannot be evaluated
 */
export async function findConfigFile(named: string | undefined, directory: string): Promise<FoundFile | undefined> {
  aliasPackage()
  const loaders = { '.ts': importConfig, '.mts': importConfig }
  const explorer = cosmiconfig(NAME, { searchPlaces: SEARCH_PLACES, packageProp: NAME, searchStrategy: 'none', loaders })
  const path = named === undefined ? undefined : resolve(directory, named)
  if (path !== undefined && !(await exists(path))) throw new ConfigError(path, ['there is no such file'])
  try {
    const found = path === undefined ? await explorer.search(directory) : await explorer.load(path)
    if (found === null || found.isEmpty === true) return path === undefined ? undefined : { path, content: {} }
    // A file may export a function, and either may be a promise.
    const content: unknown = await (typeof found.config === 'function' ? (found.config as () => unknown)() : found.config)
    return { path: found.filepath, content }
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw new ConfigError(path ?? directory, [explain(error)])
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    found => found.isFile(),
    () => false,
  )
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') return `TypeScript that does not merely erase (an enum, a namespace, a parameter property) cannot run: ${error.message}`
  return error.message
}

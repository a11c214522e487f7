import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { type EnvironmentVariable, VARIABLES } from './environment.ts'

export type Variables = Readonly<Record<string, string | undefined>>

/** The process's environment over the `.env` file of the working directory. */
export function readEnvironment(directory: string, environment: Variables): Variables {
  let text: string
  try {
    text = readFileSync(join(directory, '.env'), 'utf8')
  } catch {
    return environment
  }
  return { ...parseEnv(text), ...environment }
}

export interface ReadVariable {
  readonly variable: EnvironmentVariable
  /** The name under which it was set. */
  readonly name: string
  readonly value: string | number | boolean | readonly string[]
}

/** All known variables that are set, with typed values; faults say which are not what they should be. */
export function readVariables(variables: Variables): { readonly values: readonly ReadVariable[]; readonly faults: readonly string[] } {
  const values: ReadVariable[] = []
  const faults: string[] = []
  for (const variable of VARIABLES) {
    const isSet = (name: string) => (variables[name] ?? '').trim() !== ''
    const isOurs = (name: string) => isSet(name) && (variable.alsoIf?.test((variables[name] ?? '').trim()) ?? true)
    const name = isSet(variable.name) ? variable.name : variable.also?.find(isOurs)
    if (name === undefined) continue
    const text = (variables[name] ?? '').trim()
    const value = convert(variable, text)
    if (value === undefined) faults.push(`${name}: ${expected(variable)}`)
    else values.push({ variable, name, value })
  }
  return { values, faults }
}

function convert({ type, allowed, word }: EnvironmentVariable, text: string): ReadVariable['value'] | undefined {
  if (text === word) return text
  switch (type) {
    case 'integer':
      return /^\d+$/.test(text) ? Number(text) : undefined
    case 'seconds':
      return /^\d+(\.\d+)?$/.test(text) && Number(text) > 0 ? Number(text) : undefined
    case 'boolean':
      return /^(1|true|yes|on)$/i.test(text) ? true : /^(0|false|no|off)$/i.test(text) ? false : undefined
    case 'list':
      return text
        .split(',')
        .map(item => item.trim())
        .filter(item => item !== '')
    case 'text':
      return allowed === undefined || allowed.includes(text) ? text : undefined
    default:
      return type satisfies never
  }
}

function expected({ type, allowed, word }: EnvironmentVariable): string {
  if (allowed) return `must be one of ${allowed.join(', ')}`
  if (type === 'integer') return `must be a whole number${word === undefined ? '' : ` or ${word}`}`
  if (type === 'seconds') return 'must be a number of seconds above 0'
  return 'must be yes or no'
}

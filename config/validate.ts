import { Ajv, type ErrorObject } from 'ajv'
import type { TSchema } from '../core/index.ts'

let ajv: Ajv | undefined

/**
 * Checks a value against a schema and fills in its defaults, in place.
 * @param at where the value stands, for the messages: `plugins[1] (retry)`
 * @returns all faults, each with its path and, where a name is wrong, the nearest valid one
 */
export function validate(schema: TSchema, value: unknown, at: string): readonly string[] {
  ajv ??= new Ajv({ strict: false, allErrors: true, useDefaults: true, verbose: true }).addKeyword({ keyword: 'words', type: 'string', schemaType: 'array', validate: isOneOf })
  const check = ajv.compile(schema)
  if (check(value)) return []
  const faults = meant(check.errors ?? []).map(error => describe(error, schema, at))
  return [...new Set(faults.length > 0 ? faults : [`${at}: is not valid`])]
}

/** Of the complaints of a union's branches, those that got furthest: the author meant that branch. */
function meant(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const unions = errors.filter(error => error.keyword === 'anyOf')
  const branchOf = (error: ErrorObject) => unions.find(union => error !== union && error.schemaPath.startsWith(`${union.schemaPath}/`))
  const depth = (error: ErrorObject) => error.instancePath.split('/').length
  return errors.filter(error => {
    const union = branchOf(error)
    if (error.keyword === 'anyOf') return false
    return union === undefined || !errors.some(other => other.keyword !== 'anyOf' && branchOf(other) === union && depth(other) > depth(error))
  })
}

function describe(error: ErrorObject, schema: TSchema, at: string): string {
  const path = [at, ...error.instancePath.split('/').slice(1)].filter(part => part !== '').join('.')
  const params = error.params as Record<string, unknown>
  if (error.keyword === 'additionalProperties') {
    const name = String(params.additionalProperty)
    const guess = nearest(name, propertiesAt(schema, error.instancePath))
    const remedy = (at === '' ? misplaced(name, schema) : undefined) ?? (guess === undefined ? '' : `; did you mean "${guess}"?`)
    return `${path === '' ? '' : `${path}: `}unknown setting "${name}"${remedy}`
  }
  if (error.keyword === 'required') return `${path}: "${String(params.missingProperty)}" is missing`
  if (error.keyword === 'words') return `${path}: there is no "${String(error.data)}"${suggestion(String(error.data), error.schema as readonly string[])}`
  if (error.keyword === 'enum') return `${path}: must be one of ${(params.allowedValues as unknown[]).join(', ')}`
  return `${path === '' ? 'the configuration' : path}: ${error.message ?? 'is not valid'}`
}

/** Words that mean the same in capitals and with other or no marks between their parts. */
function isOneOf(words: readonly string[], value: string): boolean {
  return words.some(word => lettersOf(word) === lettersOf(value))
}

function lettersOf(word: string): string {
  return word.toLowerCase().replaceAll(/[\s_-]/g, '')
}

function suggestion(value: string, words: readonly string[]): string {
  const guess = nearest(value, words)
  return guess === undefined ? `; there are ${words.join(', ')}` : `; did you mean "${guess}"?`
}

/** Where a setting of this very name has its place, if it has one. */
function misplaced(name: string, schema: TSchema): string | undefined {
  const top = propertiesAt(schema, '')
  if (top.includes(name)) return '; it belongs to the top level'
  const section = top.find(property => propertiesAt(schema, `/${property}`).includes(name))
  return section === undefined ? undefined : `; it belongs into "${section}"`
}

function propertiesAt(schema: TSchema, instancePath: string): readonly string[] {
  let current: unknown = schema
  for (const part of instancePath.split('/').slice(1)) {
    const properties = (current as { properties?: Record<string, unknown> } | undefined)?.properties
    current = properties?.[part] ?? (current as { items?: unknown } | undefined)?.items
  }
  return Object.keys((current as { properties?: Record<string, unknown> } | undefined)?.properties ?? {})
}

/** The candidate that takes the fewest changes, if few enough to be a slip. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of candidates) {
    const steps = distance(word.toLowerCase(), candidate.toLowerCase())
    if (steps < least) {
      least = steps
      best = candidate
    }
  }
  return best
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, (row[j - 1] as number) + cost))
    }
    row = next
  }
  return row[b.length] as number
}

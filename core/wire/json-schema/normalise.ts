import { both, type Place } from './merge.ts'
import { isNode, type Node, put } from './nodes.ts'
import { HINTS, type JsonType, type Position, type SchemaTable, SILENT, SPEAKS_OF } from './table.ts'
import { allowedValues, withBounds } from './values.ts'
import { type Variant, type Variants, variantsOf } from './variants.ts'

/** A keyword that the target does not take, with the place where it stood: `city.format`. */
interface SchemaLoss {
  readonly keyword: string
  readonly path: string
}

export interface NormalisedSchema {
  readonly schema: Node
  readonly losses: readonly SchemaLoss[]
}

/** Deeper, or larger, no schema of a tool is; definitions that refer to each other can grow without end. */
const DEEPEST = 24
const MOST_NODES = 4_000

/**
 * A JSON Schema as one upstream takes it. Pure; the same again for its own result.
 * @param shape `object`: the root must describe an object, as a function's parameters do
 */
export function normaliseSchema(schema: unknown, table: SchemaTable, shape: 'object' | 'any' = 'any'): NormalisedSchema {
  const root = isNode(schema) ? schema : {}
  const normaliser = new Normaliser(table, root)
  const result = shape === 'object' ? normaliser.object() : normaliser.schema(root, { path: '', within: [], depth: 0 })
  return { schema: result, losses: normaliser.losses }
}

interface At {
  readonly path: string
  readonly within: readonly Node[]
  readonly depth: number
}

class Normaliser {
  readonly losses: SchemaLoss[] = []
  readonly #table: SchemaTable
  readonly #root: Node
  #nodes = 0

  constructor(table: SchemaTable, root: Node) {
    this.#table = table
    this.#root = root
  }

  /** The root as an object: alternatives are laid over each other, and only what all of them demand is demanded. */
  object(): Node {
    const at: At = { path: '', within: [], depth: 0 }
    const { about, list } = this.#variants(this.#root, at)
    const objects = list.filter(({ type }) => type === 'object')
    const [first] = objects
    if (first === undefined) {
      if (list.length > 0) this.#lost('type', '')
      return { type: this.#typeWord('object') }
    }
    if (objects.length < list.length && list.some(({ node }) => node['type'] !== undefined)) this.#lost('type', '')
    if (objects.length > 1) this.#lost('anyOf', '')
    const names = objects.map(({ node }) => (Array.isArray(node['required']) ? node['required'] : []))
    const required = (names[0] ?? []).filter((name: unknown) => names.every(list => list.includes(name)))
    const node = objects.map(object => object.node).reduce((one, other) => both(one, other))
    const variant: Variant = { node: { ...node, required }, type: 'object', within: objects.flatMap(({ within }) => within) }
    return this.#plain({ ...variant, node: { ...variant.node, ...about } }, at)
  }

  schema(value: unknown, at: At): Node {
    const node = isNode(value) ? value : {}
    if (value === false) this.#lost('false', at.path)
    if (at.depth > DEEPEST || !this.#spend()) {
      this.#lost('depth', at.path)
      return { type: this.#typeWord('string') }
    }
    return this.#composed(this.#variants(node, at), at)
  }

  #composed({ about, list, nullable }: Variants, at: At): Node {
    const [only] = list
    if (only === undefined) return { ...this.#about(about), type: this.#typeWord('null') }
    const forms = list.map(variant => this.#plain(variant, at))
    if (this.#table.nullable === 'any-of' && nullable) forms.push({ type: this.#typeWord('null') })
    const distinct = [...new Map(forms.map(form => [JSON.stringify(form), form])).values()]
    const [single] = distinct
    const result =
      distinct.length === 1 && single !== undefined ? withFittingDefault(together(single, this.#about(about))) : { ...this.#about(about), anyOf: distinct }
    return nullable && this.#table.nullable === 'keyword' ? { ...result, nullable: true } : result
  }

  /** One form: its type, its values, and of the rest what the target takes. */
  #plain({ node, type: told, within }: Variant, { path, depth }: At): Node {
    const hints: string[] = []
    const { type, values, hint, changed } = allowedValues(node, told, this.#table)
    if (hint !== undefined) hints.push(hint)
    if (changed) this.#lost('enum', path)
    const result: Record<string, unknown> = { type: this.#typeWord(type) }
    if (values !== undefined) result['enum'] = values
    const source = withBounds(node, type, this.#table)
    for (const word of Object.keys(source)) {
      const position = Object.hasOwn(this.#table.keywords, word) ? this.#table.keywords[word] : undefined
      const speaksOf = Object.hasOwn(SPEAKS_OF, word) ? SPEAKS_OF[word] : undefined
      if (speaksOf !== undefined && !speaksOf.includes(type)) continue
      if (position === undefined) this.#leftOut(word, source[word], { path, hints })
      else if (word === 'format' && !this.#takesFormat(source[word], type)) {
        if (values === undefined) this.#leftOut(word, source[word], { path, hints })
      } else {
        const value = this.#value(position, source[word], { path: joined(path, word === 'properties' ? '' : word), within, depth: depth + 1 })
        if (value !== undefined) result[word] = value
      }
    }
    if (type === 'array' && result['items'] === undefined) result['items'] = this.#items(node, { path: joined(path, 'items'), within, depth: depth + 1 })
    keepExisting(result, 'required')
    keepExisting(result, 'propertyOrdering')
    if (hints.length > 0) {
      const words = `(${hints.join('; ')})`
      result['description'] = typeof result['description'] === 'string' ? `${result['description']} ${words}` : words
    }
    return result
  }

  #value(position: Position, value: unknown, at: At): unknown {
    switch (position) {
      case 'schema':
        return isNode(value) || typeof value === 'boolean' ? this.schema(value, at) : undefined
      case 'schema-or-flag':
        return typeof value === 'boolean' ? value : this.#value('schema', value, at)
      case 'schema-list':
        return Array.isArray(value) && value.length > 0 ? value.map(item => this.schema(item, at)) : undefined
      case 'schema-map':
        return isNode(value) ? this.#map(value, at) : undefined
      case 'names':
        return Array.isArray(value) ? [...new Set(value.filter(name => typeof name === 'string'))] : undefined
      case 'text':
        return typeof value === 'string' ? value : undefined
      case 'number':
        return typeof value === 'number' && Number.isFinite(value) ? value : undefined
      case 'count':
        return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
      case 'data':
        return value === null ? undefined : value
      default:
        return position satisfies never
    }
  }

  #map(map: Node, at: At): Node | undefined {
    const result: Record<string, unknown> = {}
    for (const name of Object.keys(map)) {
      const value = map[name]
      if (isNode(value) || typeof value === 'boolean') put(result, name, this.schema(value, { ...at, path: joined(at.path, name) }))
    }
    return Object.keys(result).length === 0 ? undefined : result
  }

  /** A list must say of what. Old schemas list a schema per place. */
  #items({ items, prefixItems }: Node, at: At): Node {
    const places = [items, prefixItems].find(list => Array.isArray(list) && list.length > 0)
    if (!Array.isArray(places)) return { type: this.#typeWord('string') }
    if (this.#table.keywords['prefixItems'] === undefined) this.#lost('prefixItems', at.path)
    return this.schema({ anyOf: places.filter(isNode) }, at)
  }

  #takesFormat(format: unknown, type: JsonType): boolean {
    const { formats } = this.#table
    return typeof format === 'string' && (formats === 'every' || formats[type]?.includes(format) === true)
  }

  #about(about: Node): Record<string, unknown> {
    const result: Record<string, unknown> = {}
    for (const word of Object.keys(about)) {
      const position = this.#table.keywords[word]
      const value = position === undefined ? undefined : this.#value(position, about[word], { path: '', within: [], depth: 0 })
      if (value !== undefined) result[word] = value
    }
    return result
  }

  #leftOut(word: string, value: unknown, { path, hints }: { readonly path: string; readonly hints: string[] }): void {
    // Whether unknown keys are allowed is for who checks the arguments, not for who writes them.
    if (SILENT.has(word) || word.startsWith('x-') || value === undefined || (word === 'additionalProperties' && typeof value === 'boolean')) return
    const hint = Object.hasOwn(HINTS, word) ? HINTS[word]?.(value) : undefined
    if (hint !== undefined && hint.length <= 200) hints.push(hint)
    this.#lost(word, path)
  }

  #variants(node: Node, { path, within }: At): Variants {
    const place: Place = { root: this.#root, path, within, lost: (keyword, where) => this.#lost(keyword, where), spend: () => this.#spend() }
    return variantsOf(node, place)
  }

  #typeWord(type: JsonType): string {
    return this.#table.types === 'upper' ? type.toUpperCase() : type
  }

  #spend(): boolean {
    return ++this.#nodes <= MOST_NODES
  }

  #lost(keyword: string, path: string): void {
    this.losses.push({ keyword, path })
  }
}

/** What is said outside of the only form goes before what is said inside. */
function together(form: Node, about: Record<string, unknown>): Node {
  const { description: inner } = form
  const { description: outer } = about
  if (typeof inner !== 'string' || typeof outer !== 'string' || inner === outer || outer.includes(inner)) return { ...form, ...about }
  return { ...form, ...about, description: inner.includes(outer) ? inner : `${outer} ${inner}` }
}

/** A default of another type than the value's is refused: it may be one that became a string. */
function withFittingDefault(schema: Node): Node {
  const { default: given, ...rest } = schema
  if (given === undefined) return schema
  const type = String(schema['type']).toLowerCase()
  const kind = Array.isArray(given) ? 'array' : typeof given
  return kind === type || (kind === 'number' && type === 'integer' && Number.isInteger(given)) ? schema : rest
}

/** Names of properties that there are; some upstreams refuse all others. */
function keepExisting(schema: Record<string, unknown>, word: 'required' | 'propertyOrdering'): void {
  const { properties } = schema
  const names = schema[word]
  if (!Array.isArray(names)) return
  const kept = isNode(properties) ? names.filter(name => Object.hasOwn(properties, name as string)) : []
  if (kept.length > 0) schema[word] = kept
  else delete schema[word]
}

function joined(path: string, step: string): string {
  return path === '' || step === '' ? path + step : `${path}.${step}`
}

/** A JSON object whose members nobody has checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value if it is a JSON object, an empty one otherwise. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

/** The value if it is an array, an empty one otherwise. */
export function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** The parsed text, or undefined when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Calls `visit` for the value and everything inside it, until one call answers with something. */
export function findInJson<T>(value: unknown, visit: (value: unknown, path: string) => T | undefined, path = ''): T | undefined {
  const found = visit(value, path)
  if (found !== undefined) return found
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const inside = findInJson(item, visit, `${path}[${index}]`)
      if (inside !== undefined) return inside
    }
    return undefined
  }
  if (!isObject(value)) return undefined
  for (const [key, item] of Object.entries(value)) {
    const inside = findInJson(item, visit, `${path}.${key}`)
    if (inside !== undefined) return inside
  }
  return undefined
}

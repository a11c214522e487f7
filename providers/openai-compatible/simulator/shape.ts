export type Json = Readonly<Record<string, unknown>>

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isText(value: unknown): value is string {
  return typeof value === 'string'
}

/** Text that can be written as UTF-8. */
export function isSound(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed()
}

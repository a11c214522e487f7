import { Ajv } from 'ajv'
import type { Static, TSchema } from 'typebox'

let ajv: Ajv | undefined
const checks = new WeakMap<TSchema, (value: unknown) => boolean>()

/**
 * A schema's check, made on first use, which takes some milliseconds. By the validator that is loaded anyway: typebox's
 * own costs each start 100 ms and 8 MB.
 */
export function schemaCheck(schema: TSchema): (value: unknown) => boolean {
  let check = checks.get(schema)
  if (check === undefined) {
    ajv ??= new Ajv({ strict: false })
    checks.set(schema, (check = ajv.compile(schema)))
  }
  return check
}

/** Whether a value has a schema's form. */
export function fits<S extends TSchema>(schema: S, value: unknown): value is Static<S> {
  return schemaCheck(schema)(value)
}

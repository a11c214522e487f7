import { Ajv, type ErrorObject } from 'ajv'
import type { Static, TSchema } from 'typebox'
import { GatewayError } from '../errors/gateway-error.ts'

let ajv: Ajv | undefined

/**
 * A check that turns `unknown` into a schema's type. Compiled on first use: most programs never meet most shapes.
 * @throws GatewayError `bad_request` that names the field, with the field as `param`
 */
export function checked<S extends TSchema>(schema: S): (value: unknown, path: string) => Static<S> {
  let validate: ((value: unknown) => boolean) & { errors?: ErrorObject[] | null }
  return (value, path) => {
    ajv ??= new Ajv({ strict: false, allErrors: false, verbose: false })
    validate ??= ajv.compile(schema)
    if (validate(value)) return value as Static<S>
    const error = deepest(validate.errors ?? [])
    const where = [path, ...(error?.instancePath ?? '').split('/').slice(1), ...missing(error)].filter(part => part !== '').join('.')
    throw new GatewayError('bad_request', `${where || 'body'}: ${reason(error)}`, { param: where })
  }
}

/** Of a union's complaints the one that got furthest is the one the author meant. */
function deepest(errors: readonly ErrorObject[]): ErrorObject | undefined {
  let found: ErrorObject | undefined
  for (const error of errors) {
    if (error.keyword === 'anyOf' || error.keyword === 'oneOf') continue
    if (found === undefined || reach(error) > reach(found)) found = error
  }
  return found ?? errors[0]
}

/** A missing member lies deeper than the object that lacks it. */
function reach(error: ErrorObject): number {
  return error.instancePath.length + (error.keyword === 'required' ? 1 : 0)
}

function missing(error: ErrorObject | undefined): string[] {
  return error?.keyword === 'required' ? [String((error.params as { missingProperty?: unknown }).missingProperty)] : []
}

function reason(error: ErrorObject | undefined): string {
  if (error?.keyword === 'required') return 'field required'
  if (error?.keyword === 'enum') return `must be one of ${(error.params as { allowedValues?: unknown[] }).allowedValues?.join(', ')}`
  if (error?.keyword === 'const') return `must be ${JSON.stringify((error.params as { allowedValue?: unknown }).allowedValue)}`
  return error?.message ?? 'is not valid'
}

import { GatewayError } from '../../core/index.ts'
import type { Frame } from './frames.ts'

export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * An event's payload. Some hosts nest it under the event's own name.
 * @throws GatewayError `upstream_nonsense` when it is no JSON object
 */
export function readPayload(frame: Frame, eventType: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(frame.text)
  } catch {
    // The parser's complaint quotes the payload, which is the answer's text: it must not reach a log.
    throw unreadable()
  }
  if (!isObject(value)) throw unreadable()
  const nested = value[eventType]
  return isObject(nested) ? nested : value
}

/**
 * A member that is text or absent.
 * @throws GatewayError `upstream_nonsense` when it is anything else
 */
export function optionalText(payload: JsonObject, member: string): string | undefined {
  const value = payload[member]
  if (typeof value === 'string') return value
  if (value === undefined || value === null) return undefined
  throw unreadable()
}

function unreadable(): GatewayError {
  return new GatewayError('upstream_nonsense', 'the upstream sent an event whose content is not what its name promises; try again')
}

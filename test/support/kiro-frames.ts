import { EventStreamCodec, type MessageHeaders } from '@smithy/eventstream-codec'
import { fromUtf8, toUtf8 } from '@smithy/util-utf8'

/** Somebody else's codec: what it writes and reads is right by definition. */
export const codec = new EventStreamCodec(toUtf8, fromUtf8)

const text = (value: string) => ({ type: 'string', value }) as const

export function encode(headers: MessageHeaders, payload: string | Uint8Array): Buffer {
  return Buffer.from(codec.encode({ headers, body: typeof payload === 'string' ? fromUtf8(payload) : payload }))
}

/** An event frame as the upstream writes it; a string payload is sent as it is. */
export function eventFrame(type: string, payload: unknown): Buffer {
  const headers = { ':event-type': text(type), ':content-type': text('application/json'), ':message-type': text('event') }
  return encode(headers, typeof payload === 'string' ? payload : JSON.stringify(payload))
}

export function exceptionFrame(type: string, payload: unknown): Buffer {
  const headers = { ':exception-type': text(type), ':content-type': text('application/json'), ':message-type': text('exception') }
  return encode(headers, JSON.stringify(payload))
}

export function errorFrame(code: string, message: string): Buffer {
  return encode({ ':error-code': text(code), ':error-message': text(message), ':message-type': text('error') }, '')
}

export const say = (content: string): Buffer => eventFrame('assistantResponseEvent', { content })
export const tool = (event: Record<string, unknown>): Buffer => eventFrame('toolUseEvent', event)
export const think = (event: Record<string, unknown>): Buffer => eventFrame('reasoningContentEvent', event)
export const stopReason = (word: string): Buffer => eventFrame('metadataEvent', { stopReason: word })
export const contextUsage = (percentage: number): Buffer => eventFrame('contextUsageEvent', { contextUsagePercentage: percentage })
export const metering = (usage: number): Buffer => eventFrame('meteringEvent', { unit: 'credit', unitPlural: 'credits', usage })

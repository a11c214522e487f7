import type { ResponseParser, StreamEvent } from '../../core/index.ts'
import { mapToolNames } from '../../providers/anthropic-compatible/preflight/tool-identifiers.ts'
import { STREAM_SCRIPTS, type StreamScriptName } from '../../providers/anthropic-compatible/simulator/stream-scripts.ts'
import { createAnthropicParser, type StreamContext } from '../../providers/anthropic-compatible/stream.ts'

export function streamContext(changes: Partial<StreamContext> = {}): StreamContext {
  return {
    model: 'claude-upstream',
    requestedModel: 'claude-asked',
    toolNames: mapToolNames([]),
    warnings: [],
    verbatim: false,
    passedOver: () => undefined,
    ...changes,
  }
}

/** All events of a stream that comes in these pieces and then ends. */
export function readPieces(parser: ResponseParser, pieces: readonly Uint8Array[]): readonly StreamEvent[] {
  return [...pieces.flatMap(piece => parser.push(Buffer.from(piece))), ...parser.end()]
}

export function readScript(name: StreamScriptName, changes: Partial<StreamContext> = {}): readonly StreamEvent[] {
  return readPieces(createAnthropicParser(streamContext(changes)), [bytesOf(name)])
}

export function bytesOf(name: StreamScriptName): Buffer {
  return Buffer.from(STREAM_SCRIPTS[name].join(''))
}

/** An event without what differs from run to run. */
export function told(event: StreamEvent): unknown {
  return event.type === 'failure' ? { failure: event.error.code, message: event.error.message } : event
}

/** The upstream's words beside the events, put together. */
export function rawText(events: readonly StreamEvent[]): string {
  return events.map(event => (event.type === 'raw' ? event.text : '')).join('')
}

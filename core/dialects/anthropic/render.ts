import type { Call } from '../../contract/call.ts'
import type { StreamEncoder } from '../../contract/dialect.ts'
import type { Completion, CompletionBlock } from '../../model/completion.ts'
import type { Batch, FinishEvent, FinishReason, StartEvent, StreamEvent, Usage } from '../../model/event.ts'
import { writeBatch } from '../../model/raw-events.ts'
import { errorBody } from './faults.ts'
import { WIRE } from './parse.ts'

const STOP_REASONS: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  'stop-sequence': 'stop_sequence',
  'tool-calls': 'tool_use',
  length: 'max_tokens',
  'context-window': 'model_context_window_exceeded',
  refusal: 'refusal',
}

/** `input_tokens` leaves out what was read from or written to the cache; unknown counts stay out (`providers.md` §12.2). */
function usageOf(usage: Usage): Record<string, number> {
  const { input, output, cacheRead, cacheWrite } = usage
  return {
    ...(input === undefined ? {} : { input_tokens: Math.max(0, input - (cacheRead ?? 0) - (cacheWrite ?? 0)) }),
    ...(cacheRead === undefined ? {} : { cache_read_input_tokens: cacheRead }),
    ...(cacheWrite === undefined ? {} : { cache_creation_input_tokens: cacheWrite }),
    ...(output === undefined ? {} : { output_tokens: output }),
  }
}

/** Clients add these up: both must be there in a whole message, whatever the upstream told. */
function wholeUsage(usage: Usage): Record<string, number> {
  return { input_tokens: 0, output_tokens: 0, ...usageOf(usage) }
}

function messageId(call: Call): string {
  return `msg_${call.id.replace(/^req_/, '')}`
}

/** The answer of `POST /v1/messages` without `stream`. */
export function renderMessage(completion: Completion, call: Call): unknown {
  if (completion.original?.wire === WIRE) return completion.original.text
  return {
    id: messageId(call),
    type: 'message',
    role: 'assistant',
    model: call.requestedModel,
    content: completion.blocks.map(renderBlock),
    stop_reason: STOP_REASONS[completion.reason],
    stop_sequence: completion.stopSequence ?? null,
    usage: wholeUsage(completion.usage),
  }
}

function renderBlock(block: CompletionBlock): unknown {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: block.text }
    case 'reasoning':
      if (block.redacted !== undefined) return { type: 'redacted_thinking', data: block.redacted }
      return { type: 'thinking', thinking: block.text, signature: block.signature ?? '' }
    case 'tool-call':
      return { type: 'tool_use', id: block.id, name: block.name, input: block.json === '' ? {} : (JSON.parse(block.json) as unknown) }
    default:
      return block satisfies never
  }
}

const sse = (type: string, data: unknown) => `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`

const BLOCK_STOP = (index: number) => `event: content_block_stop\ndata: {"type":"content_block_stop","index":${index}}\n\n`
const MESSAGE_STOP = 'event: message_stop\ndata: {"type":"message_stop"}\n\n'
const PING = 'event: ping\ndata: {"type":"ping"}\n\n'

/** The SSE stream of `POST /v1/messages`: each event with its `event:` line, which the official SDK requires. */
export function createEncoder(call: Call): StreamEncoder {
  // One constant prefix per block: a delta then costs one JSON string, not one JSON object.
  let delta = ''
  let estimate: Usage = {}
  const prefix = (index: number, kind: string, field: string) =>
    `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{"type":"${kind}","${field}":`

  const write = (event: StreamEvent): string => {
    switch (event.type) {
      case 'text-delta':
        return `${delta}${JSON.stringify(event.text)}}}\n\n`
      case 'reasoning-delta':
        return `${delta}${JSON.stringify(event.text)}}}\n\n`
      case 'tool-delta':
        return `${delta}${JSON.stringify(event.json)}}}\n\n`
      case 'start':
        estimate = event.usage ?? {}
        return messageStart(event, call)
      case 'text-start':
        delta = prefix(event.block, 'text_delta', 'text')
        return blockStart(event.block, { type: 'text', text: '' })
      case 'reasoning-start':
        delta = prefix(event.block, 'thinking_delta', 'thinking')
        return blockStart(event.block, event.redacted === undefined ? { type: 'thinking', thinking: '', signature: '' } : { type: 'redacted_thinking', data: event.redacted })
      case 'reasoning-signature':
        return `${prefix(event.block, 'signature_delta', 'signature')}${JSON.stringify(event.signature)}}}\n\n`
      case 'tool-start':
        delta = prefix(event.block, 'input_json_delta', 'partial_json')
        return blockStart(event.block, { type: 'tool_use', id: event.id, name: event.name, input: {} })
      case 'block-end':
        return BLOCK_STOP(event.block)
      case 'finish':
        return messageDelta(event, { ...estimate, ...event.usage }) + MESSAGE_STOP
      case 'failure':
        return sse('error', errorBody(event.error, call.id))
      case 'raw':
        return ''
      default:
        return event satisfies never
    }
  }
  const note = (event: StreamEvent): void => {
    if (event.type === 'start') estimate = event.usage ?? {}
  }
  const writer = { write, note }
  return {
    contentType: 'text/event-stream; charset=utf-8',
    keepAlive: PING,
    encode: (batch: Batch) => writeBatch(batch, WIRE, writer),
  }
}

function messageStart(event: StartEvent, call: Call): string {
  return sse('message_start', {
    type: 'message_start',
    message: {
      id: messageId(call),
      type: 'message',
      role: 'assistant',
      model: call.requestedModel,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: wholeUsage({ output: 1, ...event.usage }),
    },
  })
}

function blockStart(index: number, content_block: unknown): string {
  return sse('content_block_start', { type: 'content_block_start', index, content_block })
}

/** Repeats what `message_start` told: there are clients that read usage here alone. */
function messageDelta(event: FinishEvent, usage: Usage): string {
  return sse('message_delta', {
    type: 'message_delta',
    delta: { stop_reason: STOP_REASONS[event.reason], stop_sequence: event.stopSequence ?? null },
    usage: { output_tokens: 0, ...usageOf(usage) },
  })
}

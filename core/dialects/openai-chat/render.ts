import type { Call } from '../../contract/call.ts'
import type { StreamEncoder } from '../../contract/dialect.ts'
import type { Completion } from '../../model/completion.ts'
import type { Batch, FinishReason, StreamEvent, Usage } from '../../model/event.ts'
import { writeBatch } from '../../model/raw-events.ts'
import { errorBody } from './faults.ts'
import { WIRE } from './parse.ts'
import { usageOf } from './usage.ts'

const FINISH_REASONS: Readonly<Record<FinishReason, string>> = {
  stop: 'stop',
  'stop-sequence': 'stop',
  'tool-calls': 'tool_calls',
  length: 'length',
  'context-window': 'length',
  refusal: 'content_filter',
}

/** By the calls that were seen: an agent that is told of calls and finds none asks again for ever, and the other way round it stops. */
function finishReason(reason: FinishReason, calls: number): string {
  const word = FINISH_REASONS[reason]
  if (word === 'tool_calls' && calls === 0) return 'stop'
  return word === 'stop' && calls > 0 ? 'tool_calls' : word
}

function answerId(call: Call): string {
  return `chatcmpl-${call.id.replace(/^req_/, '')}`
}

const now = () => Math.floor(Date.now() / 1000)

/** The answer of `POST /v1/chat/completions` without `stream`. */
export function renderCompletion(completion: Completion, call: Call): unknown {
  if (completion.original?.wire === WIRE) return completion.original.text
  let text = ''
  let reasoning = ''
  const calls: unknown[] = []
  for (const block of completion.blocks) {
    if (block.type === 'text') text += block.text
    else if (block.type === 'reasoning') reasoning += block.text
    else calls.push({ id: block.id, type: 'function', function: { name: block.name, arguments: block.json === '' ? '{}' : block.json } })
  }
  const message = {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    refusal: null,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  }
  return {
    id: answerId(call),
    object: 'chat.completion',
    created: now(),
    model: call.requestedModel,
    system_fingerprint: null,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(completion.reason, calls.length) }],
    usage: usageOf(completion.usage),
  }
}

const DONE = 'data: [DONE]\n\n'
const KEEP_ALIVE = ': keep-alive\n\n'

/** The SSE stream of `POST /v1/chat/completions`. */
export function createEncoder(call: Call): StreamEncoder {
  const counted = wantsUsage(call)
  const head = `data: {"id":${JSON.stringify(answerId(call))},"object":"chat.completion.chunk","created":${now()},"model":${JSON.stringify(call.requestedModel)},"system_fingerprint":null,`
  // The vendor's word for "not yet": chunks have the member as soon as it was asked for.
  const tail = counted ? ',"usage":null}\n\n' : '}\n\n'
  // Constant to both sides of a delta: it then costs one JSON string, not one JSON object.
  const open = `${head}"choices":[{"index":0,"delta":{`
  const close = `},"finish_reason":null}]${tail}`
  const content = `${open}"content":`
  const thought = `${open}"reasoning_content":`
  const callClose = `}}]${close}`
  let estimate: Usage = {}
  let calls = 0
  /** What stands before a piece of the open call's arguments; empty between calls. */
  let argumentsOpen = ''
  let written = false

  const write = (event: StreamEvent): string => {
    switch (event.type) {
      case 'text-delta':
        return content + JSON.stringify(event.text) + close
      case 'reasoning-delta':
        return thought + JSON.stringify(event.text) + close
      case 'tool-delta':
        if (event.json === '') return ''
        written = true
        return argumentsOpen + JSON.stringify(event.json) + callClose
      case 'start':
        estimate = event.usage ?? {}
        return `${open}"role":"assistant","content":""${close}`
      case 'tool-start': {
        // Numbered over the whole stream: clients key on it (`providers.md` §10.2, 13).
        const index = calls++
        argumentsOpen = `${open}"tool_calls":[{"index":${index},"function":{"arguments":`
        written = false
        const named = `"id":${JSON.stringify(event.id)},"type":"function","function":{"name":${JSON.stringify(event.name)},"arguments":""}`
        return `${open}"tool_calls":[{"index":${index},${named}}]${close}`
      }
      case 'block-end': {
        // A call without arguments: clients parse what they joined, and the empty string is no JSON.
        const missing = argumentsOpen === '' || written ? '' : `${argumentsOpen}"{}"${callClose}`
        argumentsOpen = ''
        return missing
      }
      case 'finish': {
        const last = `${open}},"finish_reason":${JSON.stringify(finishReason(event.reason, calls))}}]${tail}`
        const usage = counted ? `${head}"choices":[],"usage":${JSON.stringify(usageOf({ ...estimate, ...event.usage }))}}\n\n` : ''
        return last + usage + DONE
      }
      case 'failure':
        // No end mark after it: a client that overlooks the error shall not take half an answer for a whole one.
        return `data: ${JSON.stringify(errorBody(event.error))}\n\n`
      case 'text-start':
      case 'reasoning-start':
      case 'reasoning-signature':
      case 'raw':
        return ''
      default:
        return event satisfies never
    }
  }
  // Calls are numbered over the whole stream, whoever named them.
  const note = (event: StreamEvent): void => {
    if (event.type === 'tool-start') calls++
  }
  const writer = { write, note }
  return {
    contentType: 'text/event-stream; charset=utf-8',
    keepAlive: KEEP_ALIVE,
    encode: (batch: Batch) => writeBatch(batch, WIRE, writer),
  }
}

/** The client's own body tells, checked when it was parsed; the hub has no word for it. */
function wantsUsage({ request }: Call): boolean {
  const { stream_options: options } = (request.original?.body ?? {}) as { readonly stream_options?: { readonly include_usage?: unknown } | null }
  return options?.include_usage === true
}

import type { Call } from '../../contract/call.ts'
import type { StreamEncoder } from '../../contract/dialect.ts'
import type { Completion } from '../../model/completion.ts'
import type { Batch, FinishReason, StreamEvent, Usage } from '../../model/event.ts'
import { writeBatch } from '../../model/raw-events.ts'
import { writeDetail } from '../../wire/reasoning-details.ts'
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
  const details: unknown[] = []
  const calls: unknown[] = []
  for (const block of completion.blocks) {
    if (block.type === 'text') text += block.text
    else if (block.type === 'reasoning') {
      reasoning += block.text
      const detail = writeDetail(block, details.length)
      if (detail !== undefined) details.push(detail)
    } else {
      const called = { name: block.name, arguments: block.json === '' ? '{}' : block.json }
      calls.push({ id: block.id, type: 'function', function: called, ...boundTo(block.signature) })
    }
  }
  const message = {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    refusal: null,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
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

/** Where clients of Google's own Chat endpoint look for it (`providers.md` §12.5). */
function boundTo(signature: string | undefined): object {
  return signature === undefined ? {} : { extra_content: { google: { thought_signature: signature } } }
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
  const thoughts = new DetailWriter()
  /** What stands before a piece of the open call's arguments; empty between calls. */
  let argumentsOpen = ''
  let written = false

  const write = (event: StreamEvent): string => {
    switch (event.type) {
      case 'text-delta':
        return content + JSON.stringify(event.text) + close
      case 'reasoning-delta':
        thoughts.text(event.text)
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
        const bound = event.signature === undefined ? '' : `,${JSON.stringify(boundTo(event.signature)).slice(1, -1)}`
        const named = `"id":${JSON.stringify(event.id)},"type":"function","function":{"name":${JSON.stringify(event.name)},"arguments":""}${bound}`
        return `${open}"tool_calls":[{"index":${index},${named}}]${close}`
      }
      case 'block-end': {
        // A call without arguments: clients parse what they joined, and the empty string is no JSON.
        const missing = argumentsOpen === '' || written ? '' : `${argumentsOpen}"{}"${callClose}`
        argumentsOpen = ''
        const detail = thoughts.end()
        return detail === undefined ? missing : `${open}"reasoning_details":[${JSON.stringify(detail)}]${close}`
      }
      case 'finish': {
        const last = `${open}},"finish_reason":${JSON.stringify(finishReason(event.reason, calls))}}]${tail}`
        const usage = counted ? `${head}"choices":[],"usage":${JSON.stringify(usageOf({ ...estimate, ...event.usage }))}}\n\n` : ''
        return last + usage + DONE
      }
      case 'failure':
        // No end mark after it: a client that overlooks the error shall not take half an answer for a whole one.
        return `data: ${JSON.stringify(errorBody(event.error))}\n\n`
      case 'reasoning-start':
        thoughts.begin(event.redacted)
        return ''
      case 'reasoning-signature':
        thoughts.signature(event.signature)
        return ''
      case 'text-start':
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

/** Gathers a thought for the place that has room for its signature: whole, because clients join nothing there. */
class DetailWriter {
  #open: { text: string; signature: string; readonly redacted?: string } | undefined
  #count = 0

  begin(redacted: string | undefined): void {
    this.#open = { text: '', signature: '', ...(redacted === undefined ? {} : { redacted }) }
  }

  text(text: string): void {
    if (this.#open !== undefined) this.#open.text += text
  }

  signature(piece: string): void {
    if (this.#open !== undefined) this.#open.signature += piece
  }

  /** At the end of any block: the detail, if the block was a thought that has one. */
  end(): object | undefined {
    const open = this.#open
    if (open === undefined) return undefined
    this.#open = undefined
    const detail = writeDetail(open, this.#count)
    if (detail !== undefined) this.#count++
    return detail
  }
}

/** The client's own body tells, checked when it was parsed; the hub has no word for it. */
function wantsUsage({ request }: Call): boolean {
  const { stream_options: options } = (request.original?.body ?? {}) as { readonly stream_options?: { readonly include_usage?: unknown } | null }
  return options?.include_usage === true
}

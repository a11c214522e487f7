// The floor, a process of its own: what translating the upstream's answers costs in Node when nothing else is done.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Agent } from 'undici'
import { endWithParent, listenAndTell } from './child-side.ts'
import { toKiro } from './floor-request.ts'
import { FloorDecoder } from './frame-decoder.ts'

const upstream = process.argv[2] ?? ''
const agent = new Agent({ connections: null, pipelining: 1, keepAliveTimeout: 30_000, headersTimeout: 0, bodyTimeout: 0 })
const UPSTREAM_HEADERS = { authorization: 'Bearer bench-access-token', 'content-type': 'application/json', accept: 'application/vnd.amazon.eventstream' }

const DELTA = 'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":'
const BLOCK_START = 'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n'
const BLOCK_STOP = 'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n'
const MESSAGE_STOP = 'event: message_stop\ndata: {"type":"message_stop"}\n\n'
const CHARACTERS_PER_TOKEN = 4

/** Takes the text of the answer, piece by piece. */
interface Writer {
  text(content: string): void
  /** All of one upstream read is in. */
  flush(): boolean
  end(): void
}

function message(model: string, content: readonly object[]): Record<string, unknown> {
  return { id: `msg_${Math.random().toString(36).slice(2)}`, type: 'message', role: 'assistant', model, content, stop_reason: null, stop_sequence: null }
}

function streamWriter(response: ServerResponse, model: string): Writer {
  let characters = 0
  let pending = `event: message_start\ndata: ${JSON.stringify({ type: 'message_start', message: { ...message(model, []), usage: { input_tokens: 0, output_tokens: 1 } } })}\n\n${BLOCK_START}`
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  return {
    text: content => {
      characters += content.length
      pending += `${DELTA}${JSON.stringify(content)}}}\n\n`
    },
    flush: () => {
      const ready = pending
      pending = ''
      return ready === '' || response.write(ready)
    },
    end: () => {
      const usage = { output_tokens: Math.ceil(characters / CHARACTERS_PER_TOKEN) }
      const delta = { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage }
      response.end(`${pending}${BLOCK_STOP}event: message_delta\ndata: ${JSON.stringify(delta)}\n\n${MESSAGE_STOP}`)
    },
  }
}

function wholeWriter(response: ServerResponse, model: string): Writer {
  let text = ''
  return {
    text: content => {
      text += content
    },
    flush: () => true,
    end: () => {
      const usage = { input_tokens: 0, output_tokens: Math.ceil(text.length / CHARACTERS_PER_TOKEN) }
      const body = JSON.stringify({ ...message(model, [{ type: 'text', text }]), stop_reason: 'end_turn', usage })
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) })
      response.end(body)
    },
  }
}

function serve(body: string, response: ServerResponse): void {
  const request = JSON.parse(body) as Parameters<typeof toKiro>[0]
  let writer: Writer | undefined
  const decoder = new FloorDecoder((eventType, payload) => {
    const event = JSON.parse(payload) as { content?: string }
    if (eventType === 'assistantResponseEvent') writer?.text(event.content ?? '')
  })
  const fail = () => (response.headersSent ? response.destroy() : response.writeHead(502).end())
  agent.dispatch(
    { origin: upstream, path: '/generateAssistantResponse', method: 'POST', headers: UPSTREAM_HEADERS, body: JSON.stringify(toKiro(request)) },
    {
      onRequestStart: controller => {
        response.on('close', () => {
          if (!response.writableFinished) controller.abort(new Error('the client left'))
        })
      },
      onResponseStart: (_controller, status) => {
        if (status === 200) writer = request.stream ? streamWriter(response, request.model) : wholeWriter(response, request.model)
      },
      onResponseData: (controller, chunk) => {
        decoder.push(chunk)
        if (writer === undefined || writer.flush()) return
        controller.pause()
        response.once('drain', () => controller.resume())
      },
      onResponseEnd: () => (writer === undefined ? fail() : writer.end()),
      onResponseError: fail,
    },
  )
}

function collect(request: IncomingMessage, then: (body: string) => void): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => then((chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString()))
}

endWithParent()
const server = createServer((request, response) => collect(request, body => serve(body, response)))
server.keepAliveTimeout = 60_000
listenAndTell(server)

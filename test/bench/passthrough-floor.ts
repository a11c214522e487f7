// The floor of the same wire on both sides, a process of its own: what piping the upstream's bytes costs in Node.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Agent } from 'undici'
import { endWithParent, listenAndTell } from './child-side.ts'

const upstream = process.argv[2] ?? ''
const agent = new Agent({ connections: null, pipelining: 1, keepAliveTimeout: 30_000, headersTimeout: 0, bodyTimeout: 0 })
const HEADERS = { authorization: 'Bearer bench-key', 'content-type': 'application/json', accept: 'text/event-stream' }

function pipe(body: Buffer, response: ServerResponse): void {
  const fail = () => (response.headersSent ? response.destroy() : response.writeHead(502).end())
  agent.dispatch(
    { origin: upstream, path: '/v1/chat/completions', method: 'POST', headers: HEADERS, body },
    {
      onRequestStart: controller => {
        response.on('close', () => {
          if (!response.writableFinished) controller.abort(new Error('the client left'))
        })
      },
      onResponseStart: (_controller, status) => {
        response.writeHead(status, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
      },
      onResponseData: (controller, chunk) => {
        if (response.write(chunk)) return
        controller.pause()
        response.once('drain', () => controller.resume())
      },
      onResponseEnd: () => response.end(),
      onResponseError: fail,
    },
  )
}

function collect(request: IncomingMessage, then: (body: Buffer) => void): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => then(Buffer.concat(chunks)))
}

endWithParent()
const server = createServer((request, response) => collect(request, body => pipe(body, response)))
server.keepAliveTimeout = 60_000
listenAndTell(server)

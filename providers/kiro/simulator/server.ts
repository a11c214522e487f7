import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Exchange } from './exchange.ts'
import type { JournalNote } from './journal.ts'
import { parseJson } from './json.ts'
import { isControl, serve } from './routes.ts'
import type { World } from './world.ts'

/** A listener that plays all hosts of the imitated service. */
export function createSimulatorServer(world: World): Server {
  const connections = new WeakMap<Socket, number>()
  let count = 0
  const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 0 }, (request, response) => {
    // Its errors are the client's leaving, which the response's `close` tells as well.
    request.on('error', () => {})
    collect(request, world.settings.bodyLimit, body => {
      void begin(world, { request, response, body, connection: connections.get(request.socket) ?? 0 })
    })
  })
  server.on('connection', (socket: Socket) => {
    count += 1
    connections.set(socket, count)
  })
  return server
}

interface Arrival {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly body: Buffer
  readonly connection: number
}

async function begin(world: World, { request, response, body, connection }: Arrival): Promise<void> {
  const { settings, counters } = world
  const { method = 'GET', url = '/' } = request
  const question = url.indexOf('?')
  const path = question === -1 ? url : url.slice(0, question)
  const own = isControl(path)
  if (!own) counters.requests += 1
  const abort = new AbortController()
  const fate = { severed: false, aborted: false }
  const note = own || !settings.journal ? undefined : writeDown(world, { request, response, body, connection })
  response.once('close', () => {
    const now = settings.now()
    if (response.writableFinished) {
      if (note !== undefined) note.finishedAt = now
    } else if (!fate.severed) {
      fate.aborted = true
      if (note !== undefined) note.abortedAt = now
    }
    abort.abort()
  })
  const query = new URLSearchParams(question === -1 ? '' : url.slice(question + 1))
  const exchange: Exchange = { request, response, method, path, query, body, note, signal: abort.signal, fate }
  try {
    await serve(exchange, world)
  } catch (error) {
    // A fault of the simulator must look like one in a test, not like a scripted fault of the service.
    if (note !== undefined) note.refusal = `simulator failed: ${String(error)}`
    if (response.headersSent) request.socket.destroy()
    else response.writeHead(599, { 'content-type': 'text/plain' }).end(`simulator failed: ${String(error)}`)
  }
}

function writeDown({ settings, journal }: World, { request, body, connection }: Arrival): JournalNote {
  const { method = 'GET', url = '/', headers } = request
  return journal.add({
    time: settings.now(),
    method,
    path: url,
    headers,
    connection,
    bodyBytes: body.length,
    ...(settings.journalBodies && body.length > 0 ? { body: readable(body, headers['content-type'] ?? '') } : {}),
  })
}

function readable(body: Buffer, contentType: string): unknown {
  const text = body.toString()
  if (contentType.startsWith('application/x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(text))
  return parseJson(text) ?? text
}

/** Reads the whole body; of one that is too long only as much as shows that it is, because its rule answers it. */
function collect(request: IncomingMessage, limit: number, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = []
  let size = 0
  request.on('data', (chunk: Buffer) => {
    if (size <= limit) chunks.push(chunk)
    size += chunk.length
  })
  request.on('end', () => {
    const [only] = chunks
    done(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks))
  })
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { fieldsOf, parseJson } from '../untrusted.ts'
import { type AnswerSource, instructionsOf, promptTokens, type SimulatedMessage, simulateAnswer } from './answer.ts'
import { ERRORS, errorBody, isErrorName, type UpstreamError } from './error-catalogue.ts'
import { Journal, type JournalEntry } from './journal.ts'
import { modelPage } from './models.ts'
import { type AnthropicSimulatorOptions, DEFAULT_KEY } from './options.ts'
import { Signatures } from './signatures.ts'
import type { Step } from './steps.ts'
import { sse, streamOf } from './stream-events.ts'
import { isStreamScriptName, STREAM_SCRIPTS } from './stream-scripts.ts'
import type { ValidationContext } from './validation/complaint.ts'
import { readRequest } from './validation/request.ts'

/** Everything that one imitated service remembers. */
export class World {
  readonly options: AnthropicSimulatorOptions
  readonly journal = new Journal()
  readonly signatures: Signatures
  readonly steps: Step[] = []
  readonly cache = new Set<string>()
  answers = 0

  constructor(options: AnthropicSimulatorOptions) {
    this.options = options
    this.signatures = new Signatures(options.secret ?? 'simulated')
  }

  reset(): void {
    this.journal.clear()
    this.cache.clear()
    this.steps.length = 0
  }
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly text: string
  readonly entry: JournalEntry
  readonly world: World
}

export function createSimulatorServer(world: World): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('error', () => undefined)
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      const key = keyOf(request)
      const entry = world.journal.add({
        method: request.method ?? 'GET',
        path: request.url ?? '/',
        headers: request.headers,
        body: parseJson(text),
        ...(key === undefined ? {} : { key }),
      })
      serve({ request, response, text, entry, world })
    })
  })
}

function keyOf({ headers }: IncomingMessage): string | undefined {
  const plain = headers['x-api-key']
  return typeof plain === 'string' ? plain : /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
}

function serve(exchange: Exchange): void {
  const { request, world, entry } = exchange
  const url = new URL(request.url ?? '/', 'http://localhost')
  const { keys = [DEFAULT_KEY], messagesOnly = false, pageSize = 1000 } = world.options
  if (request.headers['anthropic-version'] === undefined)
    return refuse(exchange, { status: 400, type: 'invalid_request_error', message: 'anthropic-version: header is required' })
  if (!keys.includes(entry.key ?? '')) return refuse(exchange, ERRORS['invalid-key'])
  switch (`${request.method} ${url.pathname}`) {
    case 'POST /v1/messages':
      return serveMessage(exchange)
    case 'POST /v1/messages/count_tokens':
      return messagesOnly ? refuse(exchange, ERRORS['no-such-path']) : serveCount(exchange)
    case 'GET /v1/models':
      return messagesOnly ? refuse(exchange, ERRORS['no-such-path']) : send(exchange, modelPage(url.searchParams, pageSize))
    default:
      return refuse(exchange, ERRORS['no-such-path'])
  }
}

function contextOf({ request, world }: Exchange): ValidationContext {
  const betas = String(request.headers['anthropic-beta'] ?? '').split(',')
  return {
    betas: new Set(betas.map(flag => flag.trim())),
    signed: (thinking, signature) => world.signatures.holds(thinking, signature),
    future: new Set(world.options.future),
  }
}

function serveCount(exchange: Exchange): void {
  const read = readRequest(exchange.text, contextOf(exchange), 'count')
  if ('message' in read) refuse(exchange, { status: 400, type: 'invalid_request_error', ...read })
  else send(exchange, { input_tokens: promptTokens(read.body) })
}

function serveMessage(exchange: Exchange): void {
  const { world } = exchange
  const read = readRequest(exchange.text, contextOf(exchange))
  if ('message' in read) return refuse(exchange, { status: 400, type: 'invalid_request_error', ...read })
  const { body } = read
  const instructions = instructionsOf(body)
  const step = world.steps.shift()
  if (step?.do === 'hang') return undefined
  if (step?.do === 'refuse') return refuse(exchange, ERRORS[step.error], step.headers)
  if (instructions.error !== undefined && isErrorName(instructions.error)) return refuse(exchange, ERRORS[instructions.error])
  if (step?.do === 'send')
    return send(exchange, step.text, step.contentType ?? (body.stream === true ? 'text/event-stream; charset=utf-8' : 'application/json'))
  world.answers += 1
  const source: AnswerSource = { signatures: world.signatures, cache: world.cache, number: world.answers }
  const message: SimulatedMessage = { ...simulateAnswer(body, instructions, source), ...(step?.do === 'answer' ? step.message : {}) }
  if (body.stream !== true) return send(exchange, message)
  const script = step?.do === 'play' ? step.script : instructions.script
  if (script !== undefined && isStreamScriptName(script)) return stream(exchange, STREAM_SCRIPTS[script])
  const events = streamOf(message, instructions.events)
  if (instructions.exception === undefined || !isErrorName(instructions.exception)) return stream(exchange, events)
  return stream(exchange, [...events.slice(0, 4), sse(errorBody(ERRORS[instructions.exception]))])
}

function headersOf({ world }: Exchange): Record<string, string> {
  return { 'request-id': `req_${world.answers}`, ...world.options.headers }
}

function stream(exchange: Exchange, events: readonly string[]): void {
  const { response, entry, world } = exchange
  entry.status = 200
  response.writeHead(200, { ...headersOf(exchange), 'content-type': 'text/event-stream; charset=utf-8' })
  const { writeBytes } = world.options
  const bytes = Buffer.from(events.join(''))
  if (writeBytes === undefined) for (const event of events) response.write(event)
  else for (let at = 0; at < bytes.length; at += writeBytes) response.write(bytes.subarray(at, at + writeBytes))
  response.end()
}

function send(exchange: Exchange, body: unknown, contentType = 'application/json'): void {
  exchange.entry.status = 200
  exchange.response.writeHead(200, { ...headersOf(exchange), 'content-type': contentType })
  exchange.response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

function refuse(exchange: Exchange, error: UpstreamError, headers: Readonly<Record<string, string>> = {}): void {
  const { entry, response } = exchange
  entry.status = error.status
  entry.refusal = fieldsOf(error).message === '' ? (error.html ?? '') : error.message
  response.writeHead(error.status, {
    ...headersOf(exchange),
    ...error.headers,
    ...headers,
    'content-type': error.html === undefined ? 'application/json' : 'text/html',
  })
  response.end(error.html ?? JSON.stringify(errorBody(error)))
}

import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { answerChunks, tokensOf, wholeAnswer } from './answers.ts'
import { ERRORS, invalidArgument, type UpstreamError } from './errors.ts'
import { unknownField, withCamelNames } from './fields.ts'
import { type JsonObject, objectOf } from './json.ts'
import { MODELS, type SimulatedModel } from './models.ts'
import { requestFault } from './request-rules.ts'
import { Signer } from './signing.ts'
import type { Step } from './steps.ts'

export { ERRORS, type ErrorName } from './errors.ts'
export { requestFault } from './request-rules.ts'
export { jsonSchemaFault, subsetFault } from './schema-rules.ts'
export { Signer } from './signing.ts'
export type { Step } from './steps.ts'

export interface GeminiSimulatorOptions {
  /** Keys that work; default `AIza-simulated-key-0123456789`. */
  readonly keys?: readonly string[]
  readonly models?: readonly SimulatedModel[]
  /** Most models on one page of the list. */
  readonly pageSize?: number
}

export interface JournalEntry {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body?: unknown
  /** Why it was refused, where it was. */
  refusal?: string
}

/** A running imitation of the Gemini API, strict about what the real one refuses. */
export interface GeminiSimulator {
  readonly origin: string
  readonly keys: readonly string[]
  /** Queues what shall happen to the next calls. */
  script(...steps: readonly Step[]): void
  readonly journal: readonly JournalEntry[]
  /** Bodies of the calls that asked for an answer, oldest first. */
  readonly asked: readonly JsonObject[]
  reset(): void
  close(): Promise<void>
}

const KEY = 'AIza-simulated-key-0123456789'
const METHOD = /^\/v1(?:beta|alpha)?\/models\/([^/:]+):(generateContent|streamGenerateContent|countTokens)$/

/** Starts the imitation of the Gemini API on a loopback port. */
export async function startGeminiSimulator({ keys = [KEY], models = MODELS, pageSize = 1_000 }: GeminiSimulatorOptions = {}): Promise<GeminiSimulator> {
  const journal: JournalEntry[] = []
  let steps: Step[] = []
  const world: World = { keys, models, pageSize, signer: new Signer('simulated'), journal, take: kind => take(steps, kind), nextId: counter() }
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => void serve(request, response, world))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // `address()` is a string for pipes only, and this one listens on a port.
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    keys,
    journal,
    script: (...more) => void steps.push(...more),
    get asked() {
      return journal.filter(({ path }) => path.includes('enerateContent')).map(({ body }) => objectOf(body))
    },
    reset: () => {
      steps = []
      journal.length = 0
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface World {
  readonly keys: readonly string[]
  readonly models: readonly SimulatedModel[]
  readonly pageSize: number
  readonly signer: Signer
  readonly journal: JournalEntry[]
  readonly take: (call: Pick<Step, 'on' | 'key'>) => Step | undefined
  readonly nextId: () => string
}

interface Exchange {
  readonly response: ServerResponse
  readonly entry: JournalEntry
  readonly world: World
}

function counter(): () => string {
  let count = 0
  return () => `fc_${++count}_${Math.random().toString(36).slice(2, 8)}`
}

function take(steps: Step[], { on = 'generate', key }: Pick<Step, 'on' | 'key'>): Step | undefined {
  const at = steps.findIndex(step => (step.on ?? 'generate') === on && (step.key === undefined || step.key === key))
  const step = steps[at]
  if (step === undefined) return undefined
  const left = (step.times ?? 1) - 1
  if (left === 0) steps.splice(at, 1)
  else steps[at] = { ...step, times: left }
  return step
}

async function serve(request: IncomingMessage, response: ServerResponse, world: World): Promise<void> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer)
  } catch {
    return
  }
  const { method = 'GET', url = '/', headers } = request
  const text = Buffer.concat(chunks).toString('utf8')
  const entry: JournalEntry = { method, path: url, headers, ...(text === '' ? {} : { body: parsed(text) }) }
  world.journal.push(entry)
  const { pathname, searchParams } = new URL(url, 'http://simulator')
  const exchange: Exchange = { response, entry, world }
  const key = String(headers['x-goog-api-key'] ?? searchParams.get('key') ?? '')
  const [, model, operation] = METHOD.exec(decodeURIComponent(pathname)) ?? []
  const on = operation === undefined ? 'models' : operation === 'countTokens' ? 'count' : 'generate'
  if (!world.keys.includes(key)) return refuse(exchange, ERRORS['api-key-invalid'])
  const step = world.take({ on, key })
  if (step?.do === 'error') return refuse(exchange, ERRORS[step.error], step)
  if (step?.do === 'raw') return void response.writeHead(step.status ?? 200, { 'content-type': step.contentType }).end(step.text)
  if (method === 'GET') return listed(exchange, pathname, searchParams)
  if (model === undefined || operation === undefined || !world.models.some(({ id }) => id === model)) return refuse(exchange, ERRORS['model-not-found'])
  if (operation === 'countTokens') return counted(exchange, model)
  const fault = requestFault(entry.body, { model, signer: world.signer })
  if (fault !== undefined) return refuse(exchange, invalidArgument(fault))
  const body = withCamelNames(entry.body)
  const streamed = operation === 'streamGenerateContent'
  const form = step?.do === 'chunks' && step.form !== undefined ? step.form : searchParams.get('alt') === 'sse' ? 'sse' : 'array'
  const answer = step?.do === 'chunks' ? step.chunks : answerChunks({ body, model, signer: world.signer, responseId: world.nextId(), nextId: world.nextId })
  if (!streamed) return json(response, 200, wholeAnswer(answer.map(objectOf)))
  await play(response, answer, { form, ending: step?.do === 'chunks' ? (step.ending ?? 'clean') : 'clean', bytewise: step?.do === 'bytewise' })
}

interface Delivery {
  readonly form: 'sse' | 'array'
  readonly ending: 'clean' | 'cut' | 'stall'
  readonly bytewise: boolean
}

/** Writes each chunk on its own: a write is a read at the other end, mostly. */
async function play(response: ServerResponse, chunks: readonly unknown[], { form, ending, bytewise }: Delivery): Promise<void> {
  response.writeHead(200, { 'content-type': form === 'sse' ? 'text/event-stream' : 'application/json; charset=UTF-8' })
  const texts = chunks.map((chunk, index) => {
    if (form === 'sse') return `data: ${JSON.stringify(chunk)}\r\n\r\n`
    return `${index === 0 ? '[' : ','}${JSON.stringify(chunk, undefined, 2)}${index === chunks.length - 1 && ending === 'clean' ? ']' : '\n'}`
  })
  for (const text of texts) {
    for (const bytes of bytewise ? Array.from(Buffer.from(text), byte => Buffer.from([byte])) : [text]) {
      if (response.destroyed) return
      response.write(bytes)
      await setImmediate()
    }
  }
  if (ending === 'clean') response.end()
  else if (ending === 'cut') response.socket?.destroySoon()
}

function refuse({ response, entry }: Exchange, { status, body }: UpstreamError, step?: Step & { readonly do: 'error' }): void {
  const { error } = objectOf(body)
  entry.refusal = String(objectOf(error)['message'])
  response
    .writeHead(status, { 'content-type': 'application/json; charset=UTF-8', ...step?.headers })
    .end(JSON.stringify(step?.inArray === true ? [body] : body))
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(body))
}

function listed(exchange: Exchange, pathname: string, query: URLSearchParams): void {
  const { response, world } = exchange
  const [, id] = /^\/v1(?:beta|alpha)?\/models(?:\/([^/]+))?$/.exec(pathname) ?? []
  if (id !== undefined) {
    const found = world.models.find(model => model.id === id)
    return found === undefined ? refuse(exchange, ERRORS['model-not-found']) : json(response, 200, described(found))
  }
  const from = Number(query.get('pageToken') ?? 0)
  const size = Math.min(world.pageSize, Number(query.get('pageSize') ?? 50))
  const next = from + size < world.models.length ? { nextPageToken: String(from + size) } : {}
  json(response, 200, { models: world.models.slice(from, from + size).map(described), ...next })
}

function described({
  id,
  name,
  inputTokenLimit = 1_048_576,
  outputTokenLimit = 65_536,
  methods = ['generateContent', 'countTokens'],
}: SimulatedModel): JsonObject {
  return {
    ...{ name: `models/${id}`, version: '001', displayName: name, description: `Simulated ${name}`, inputTokenLimit, outputTokenLimit },
    ...{ supportedGenerationMethods: methods, temperature: 1, maxTemperature: 2, topP: 0.95, topK: 64, thinking: methods.includes('generateContent') },
  }
}

/** Either the bare conversation, or the whole request with its model. */
function counted(exchange: Exchange, model: string): void {
  const { response, entry, world } = exchange
  const { generateContentRequest: whole, contents } = objectOf(entry.body)
  if ((whole === undefined) === (contents === undefined))
    return refuse(exchange, invalidArgument('exactly one of contents and generateContentRequest must be set'))
  const unknown = unknownField(whole ?? { contents })
  if (unknown !== undefined) return refuse(exchange, invalidArgument(`Unknown name "${unknown.name}" at 'generate_content_request': Cannot find field.`))
  if (whole !== undefined) {
    const { model: named, ...rest } = objectOf(whole)
    if (named !== `models/${model}`) return refuse(exchange, invalidArgument('generate_content_request.model: does not match'))
    const fault = requestFault(rest, { model, signer: world.signer })
    if (fault !== undefined) return refuse(exchange, invalidArgument(fault))
  }
  const totalTokens = tokensOf(whole ?? contents)
  json(response, 200, { totalTokens, promptTokensDetails: [{ modality: 'TEXT', tokenCount: totalTokens }] })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

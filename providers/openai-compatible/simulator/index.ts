import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type CataloguedErrorName, ERRORS } from './error-catalogue.ts'
import { scriptedDocument, streamedAnswer, usualAnswer, wholeAnswer } from './generation.ts'
import { DEFAULT_PROFILE, type SimulatorProfile } from './profile.ts'
import { errorBody, type Refusal } from './refusal.ts'
import { isRecord, type Json } from './shape.ts'
import { STREAM_SCRIPTS, type StreamScriptName, streamText } from './stream-scripts.ts'
import { checkBody } from './validate.ts'

/** What the next chat request gets instead of the usual answer. */
export type Step =
  | { readonly do: 'error'; readonly error: CataloguedErrorName }
  | { readonly do: 'script'; readonly script: StreamScriptName; readonly lineEnd?: '\r\n' }
  | { readonly do: 'say'; readonly text: string }
  /** Exactly these bytes. */
  | { readonly do: 'send'; readonly contentType: string; readonly text: string; readonly headers?: Readonly<Record<string, string>> }
  /** These bytes, and then the connection breaks. */
  | { readonly do: 'break-off'; readonly text: string }

export interface JournalEntry {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: unknown
  /** The body as it came over the wire. */
  readonly text: string
}

/** An imitation of an OpenAI-compatible service that refuses what the real ones refuse. */
export interface OpenaiSimulator {
  readonly origin: string
  /** As it stands in a configuration. */
  readonly baseUrl: string
  readonly journal: readonly JournalEntry[]
  /** What the next chat requests get, in this order; afterwards each gets the usual answer. */
  plan(...steps: readonly Step[]): void
  /** Bytes that go out at once. */
  pieces(size: number): void
  reset(): void
  close(): Promise<void>
}

export async function startOpenaiSimulator(given: Partial<SimulatorProfile> = {}): Promise<OpenaiSimulator> {
  const world = new World({ ...DEFAULT_PROFILE, ...given })
  const server = createServer((request, response) => void world.serve(request, response).catch(() => response.destroy()))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${portOf(server)}`
  return {
    origin,
    baseUrl: `${origin}/v1`,
    journal: world.journal,
    plan: (...steps) => void world.steps.push(...steps),
    pieces: size => void (world.pieceSize = size),
    reset: () => world.reset(),
    close: () => {
      server.closeAllConnections()
      return new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}

class World {
  readonly journal: JournalEntry[] = []
  readonly steps: Step[] = []
  pieceSize = Number.POSITIVE_INFINITY
  readonly #profile: SimulatorProfile

  constructor(profile: SimulatorProfile) {
    this.#profile = profile
  }

  reset(): void {
    this.journal.length = 0
    this.steps.length = 0
    this.pieceSize = Number.POSITIVE_INFINITY
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString('utf8')
    const path = new URL(request.url ?? '/', 'http://simulator').pathname
    const body = parsed(text)
    this.journal.push({ method: request.method ?? '', path, headers: request.headers as JournalEntry['headers'], body, text })
    const refused = this.#refusal(request, path)
    if (refused) return sendJson(response, { status: refused.status, body: errorBody(refused) })
    if (path === '/v1/models') return sendJson(response, { status: 200, body: this.#models() })
    const step = this.steps.shift()
    if (step?.do === 'error') return sendError(response, step.error)
    const invalid = checkBody(body, this.#profile)
    if (invalid) return sendJson(response, { status: invalid.status, body: errorBody(invalid) })
    await this.#answer(response, body as Json, step)
  }

  #refusal({ method, headers }: IncomingMessage, path: string): Refusal | undefined {
    const { keys } = this.#profile
    const known = (path === '/v1/chat/completions' && method === 'POST') || (path === '/v1/models' && method === 'GET')
    if (!known) return { status: 404, message: `Invalid URL (${method} ${path})`, type: 'invalid_request_error', param: null, code: null }
    const key = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
    if (keys.length > 0 && (key === undefined || !keys.includes(key))) {
      return { status: 401, message: `Incorrect API key provided: ${key ?? ''}.`, type: 'invalid_request_error', param: null, code: 'invalid_api_key' }
    }
    if (method === 'POST' && headers['content-type'] !== 'application/json')
      return { status: 400, message: 'We could not parse the JSON body of your request.', type: 'invalid_request_error', param: null, code: null }
    return undefined
  }

  #models(): unknown {
    return {
      object: 'list',
      data: this.#profile.models.map(({ id, contextWindow }) => ({
        id,
        object: 'model',
        created: 1_700_000_000,
        owned_by: 'simulator',
        context_window: contextWindow,
      })),
    }
  }

  async #answer(response: ServerResponse, body: Json, step: Exclude<Step, { do: 'error' }> | undefined): Promise<void> {
    const streamed = body['stream'] === true
    if (step?.do === 'send') return this.#send(response, { text: step.text, headers: { 'content-type': step.contentType, ...step.headers } })
    if (step?.do === 'break-off') return this.#send(response, { text: step.text, headers: EVENT_STREAM, after: () => response.destroy() })
    if (step?.do === 'script') {
      if (!streamed) return sendJson(response, { status: 200, body: scriptedDocument(step.script) })
      return this.#send(response, { text: streamText(STREAM_SCRIPTS[step.script], step.lineEnd), headers: EVENT_STREAM })
    }
    const text = step?.text ?? usualAnswer(body)
    if (!streamed) return sendJson(response, { status: 200, body: wholeAnswer(body, text), headers: LIMITS })
    await this.#send(response, { text: streamText(streamedAnswer(body, text)), headers: { ...EVENT_STREAM, ...LIMITS } })
  }

  /** In pieces, each in a write of its own. */
  async #send(response: ServerResponse, { text, headers, after = () => response.end() }: Sending): Promise<void> {
    response.writeHead(200, headers)
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; at += this.pieceSize) {
      await new Promise<void>(resolve => response.write(bytes.subarray(at, Math.min(bytes.length, at + this.pieceSize)), () => resolve()))
      if (this.pieceSize === Number.POSITIVE_INFINITY) break
    }
    after()
  }
}

interface Sending {
  readonly text: string
  readonly headers: Readonly<Record<string, string>>
  /** What comes after the last byte. */
  readonly after?: () => void
}

const EVENT_STREAM = { 'content-type': 'text/event-stream; charset=utf-8' }
/** As they stand beside every answer. */
const LIMITS = {
  'x-ratelimit-limit-requests': '60',
  'x-ratelimit-remaining-requests': '59',
  'x-ratelimit-reset-requests': '1s',
  'x-ratelimit-limit-tokens': '150000',
  'x-ratelimit-remaining-tokens': '149984',
  'x-ratelimit-reset-tokens': '6m0s',
}

interface Document {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

function sendJson(response: ServerResponse, { status, body, headers = {} }: Document): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

function sendError(response: ServerResponse, name: CataloguedErrorName): void {
  const { status, body, headers = {} }: { readonly status: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> } = ERRORS[name]
  response.writeHead(status, { 'content-type': typeof body === 'string' ? 'text/html' : 'application/json', ...headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

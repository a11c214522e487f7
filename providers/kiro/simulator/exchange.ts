import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { errorPage, errorPayload, type UpstreamError } from './error-catalogue.ts'
import type { JournalNote } from './journal.ts'
import type { World } from './world.ts'

/** One request with its answer under way. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly body: Buffer
  /** What the journal still wants to know; absent when there is none. */
  readonly note: JournalNote | undefined
  /** Aborts when the connection is gone. */
  readonly signal: AbortSignal
  /** Who ended the exchange early: the simulator, as a script demanded, or the client. */
  readonly fate: { severed: boolean; aborted: boolean }
}

/** Serves one route. */
export type Handler = (exchange: Exchange, world: World) => void | Promise<void>

type ExtraHeaders = Readonly<Record<string, string>>

export function sendJson(exchange: Exchange, body: unknown, status = 200): void {
  sendText(exchange, JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })
}

export function sendHtml(exchange: Exchange, html: string, status = 200): void {
  sendText(exchange, html, { status, headers: { 'content-type': 'text/html; charset=utf-8' } })
}

/** Answers with a row of the error catalogue in the service's own form. */
export function sendError(exchange: Exchange, error: UpstreamError, headers: ExtraHeaders = {}): void {
  if (error.html === true) {
    sendText(exchange, errorPage(error), { status: error.status, headers: { 'content-type': 'text/html; charset=utf-8', ...headers } })
    return
  }
  const rpc = isRpc(exchange)
  const media = rpc ? 'application/x-amz-json-1.0' : 'application/json'
  const named = rpc ? error.type : `${error.type}:http://internal.amazon.com/coral/com.amazon.coral.validate/`
  sendText(exchange, JSON.stringify(errorPayload(error, rpc)), {
    status: error.status,
    headers: { 'content-type': media, 'x-amzn-errortype': named, 'x-amzn-requestid': randomUUID(), ...headers },
  })
}

/** Answers in the form of the OIDC endpoints. */
export function sendOidcError(exchange: Exchange, error: string, description: string): void {
  sendJson(exchange, { error, error_description: description }, 400)
}

export function sendRedirect(exchange: Exchange, location: string, status = 302): void {
  sendText(exchange, '', { status, headers: { location } })
}

export function sendText(exchange: Exchange, text: string, answer: { readonly status: number; readonly headers: ExtraHeaders }): void {
  if (exchange.note !== undefined) exchange.note.status = answer.status
  exchange.response.writeHead(answer.status, answer.headers)
  exchange.response.end(text)
}

/** Takes the connection away, as a script demands: nothing more can be said on it. */
export function dropConnection({ request, fate }: Exchange, how: 'cut' | 'reset'): void {
  fate.severed = true
  if (how === 'reset') request.socket.resetAndDestroy()
  else request.socket.destroySoon()
}

/** Whether the request uses the root path, where a header selects the operation. */
export function isRpc(exchange: Pick<Exchange, 'path'>): boolean {
  return exchange.path === '/'
}

export function headerOf(exchange: Pick<Exchange, 'request'>, name: string): string | undefined {
  const value = exchange.request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** Headers with their names in lower case; of one that came twice, the first value. */
export function headersOf(exchange: Pick<Exchange, 'request'>): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.keys(exchange.request.headers).map(name => [name, headerOf(exchange, name)]))
}

import type Koa from 'koa'
import type { Principal } from '../contract/call.ts'
import type { Dialect } from '../contract/dialect.ts'
import type { Logger } from '../contract/log.ts'

/** What our middlewares keep on a request. */
export interface RequestState {
  requestId: string
  log: Logger
  /** The dialect whose route matched: its error shape answers. */
  dialect?: Dialect
  principal?: Principal
}

export type Context = Koa.ParameterizedContext<RequestState>
export type Middleware = Koa.Middleware<RequestState>

/** Request headers with one value each, as dialects read them. */
export function singleHeaders(context: Context): Readonly<Record<string, string | undefined>> {
  return context.req.headers as Readonly<Record<string, string | undefined>>
}

/** The query's members. Koa's own URL object has none when the Host header is not a host. */
export function queryOf({ querystring }: Context): URLSearchParams {
  return new URLSearchParams(querystring)
}

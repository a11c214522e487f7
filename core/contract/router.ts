import type { Principal } from './call.ts'

/** HTTP endpoints of plugins, free of any web framework. */
export interface Router {
  get(path: string, handler: RouteHandler, access?: Access): void
  post(path: string, handler: RouteHandler, access?: Access): void
  delete(path: string, handler: RouteHandler, access?: Access): void
}

/** `client`: a client key is asked for; `public`: nothing is. */
export type Access = 'client' | 'public'

export type RouteHandler = (request: RouteRequest) => Promise<RouteResponse> | RouteResponse

export interface RouteRequest {
  readonly path: string
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  /** Parsed JSON; undefined when there was none. */
  readonly body: unknown
  readonly principal: Principal
}

export interface RouteResponse {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** An object is sent as JSON. */
  readonly body?: unknown
}

import { GatewayError } from '../errors/gateway-error.ts'
import type { Middleware } from './state.ts'

export interface Readiness {
  readonly ready: boolean
  /** Why not, in words that name no account. */
  readonly reason?: string
}

export interface ProbeDeps {
  readonly version: string
  readonly readiness: () => Readiness
}

const PATHS: ReadonlySet<string> = new Set(['/', '/health', '/api/hello', '/ready'])

/** Endpoints for operators and for clients that knock before they ask: no key, nothing about accounts. */
export function probes({ version, readiness }: ProbeDeps): Middleware {
  return (context, next) => {
    if (!PATHS.has(context.path)) return next()
    if (context.method !== 'GET' && context.method !== 'HEAD') {
      throw new GatewayError('method_not_allowed', `${context.method} is not allowed here; use GET`, { headers: { allow: 'GET' } })
    }
    switch (context.path) {
      case '/':
        context.body = { name: 'kiro-gateway', version, status: 'ok' }
        return undefined
      case '/health':
      case '/api/hello':
        context.body = { status: 'ok' }
        return undefined
      case '/ready': {
        const state = readiness()
        context.status = state.ready ? 200 : 503
        context.body = state
        return undefined
      }
      default:
        return next()
    }
  }
}

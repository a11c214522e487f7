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

/** Endpoints for operators and for clients that knock before they ask: no key, nothing about accounts. */
export function probes({ version, readiness }: ProbeDeps): Middleware {
  return (context, next) => {
    if (context.method !== 'GET' && context.method !== 'HEAD') return next()
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

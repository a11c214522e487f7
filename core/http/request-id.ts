import { randomUUID } from 'node:crypto'
import type { Logger } from '../contract/log.ts'
import type { Middleware } from './state.ts'

const ACCEPTED = /^[A-Za-z0-9_-]{8,64}$/

/** Gives each request an id: the client's own if it has a plain form, on every answer and every log line. */
export function requestId(log: Logger): Middleware {
  return (context, next) => {
    const told = context.req.headers['x-request-id']
    const id = typeof told === 'string' && ACCEPTED.test(told) ? told : `req_${randomUUID().replaceAll('-', '')}`
    context.state.requestId = id
    context.state.log = log.child({ request: id })
    context.res.setHeader('x-request-id', id)
    context.res.setHeader('request-id', id)
    return next()
  }
}

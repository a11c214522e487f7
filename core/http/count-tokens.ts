import type { Dialect, TokensDialect } from '../contract/dialect.ts'
import { type IncomingDeps, type UntrackedCall, withCall } from './incoming.ts'
import type { Middleware } from './state.ts'

export interface CountDeps extends IncomingDeps {
  /** How many tokens a call's request is; at least 1. */
  readonly countTokens: (call: UntrackedCall) => Promise<number>
}

/** An endpoint that tells how long a request is, without sending it to anybody who answers. */
export function answerCount(deps: CountDeps, dialect: Dialect, tokens: TokensDialect): Middleware {
  const incoming = { bodies: deps.bodies, dialect, parse: tokens.parse.bind(tokens) }
  return context =>
    withCall(context, incoming, async call => {
      context.body = tokens.render(await deps.countTokens(call))
    })
}

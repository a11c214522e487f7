import type { SimulatedAccount } from './accounts.ts'
import { ERRORS, type ErrorName } from './error-catalogue.ts'
import { type Exchange, headerOf, sendError } from './exchange.ts'
import type { World } from './world.ts'

interface Demand {
  readonly rule: string
  readonly error: ErrorName
  readonly detail: string
}

/** Who asks; undefined after an answer that refuses them. */
export function authenticate(exchange: Exchange, world: World): SimulatedAccount | undefined {
  const bearer = /^Bearer (.+)$/.exec(headerOf(exchange, 'authorization') ?? '')?.[1]
  const outcome = bearer === undefined ? ({ refused: 'missing' } as const) : world.tokens.authenticate(bearer)
  if ('refused' in outcome) {
    refuse(exchange, world, { rule: 'bearer-token', error: 'invalid-bearer', detail: `the bearer token is ${outcome.refused}` })
    return undefined
  }
  const account = world.accounts.get(outcome.accountId)
  if (account === undefined) return undefined
  if (exchange.note !== undefined) exchange.note.account = account.id
  const tokenFault = world.settings.validation === 'off' ? undefined : tokenTypeFault(account, headerOf(exchange, 'tokentype'))
  if (tokenFault !== undefined) {
    refuse(exchange, world, { rule: 'token-type', error: 'invalid-bearer', detail: tokenFault })
    return undefined
  }
  if (account.suspended) {
    refuse(exchange, world, { rule: 'account-in-order', error: 'suspended', detail: 'the account is suspended' })
    return undefined
  }
  return account
}

/** Answers that a rule refuses the request, and writes down which. */
export function refuse(exchange: Exchange, world: World, { rule, error, detail }: Demand): void {
  world.counters.refusedByRules += 1
  if (exchange.note !== undefined) {
    exchange.note.refusedBy = rule
    exchange.note.refusal = detail
  }
  sendError(exchange, ERRORS[error])
}

/** Control plane and `/mcp`: an ARN that is sent must be the account's own. */
export function ownsArn(exchange: Exchange, world: World, { account, arn }: { account: SimulatedAccount; arn: string | undefined }): boolean {
  if (world.settings.validation === 'off' || arn === undefined || arn === account.profileArn) return true
  refuse(exchange, world, { rule: 'profile-arn-owner', error: 'not-authorized', detail: 'the ARN belongs to another account' })
  return false
}

function tokenTypeFault({ kind }: SimulatedAccount, tokenType: string | undefined): string | undefined {
  const wanted = kind === 'api-key' ? 'API_KEY' : kind === 'external-idp' ? 'EXTERNAL_IDP' : undefined
  if (tokenType === wanted) return undefined
  return `tokentype is ${tokenType ?? 'missing'}, not ${wanted ?? 'missing'}`
}

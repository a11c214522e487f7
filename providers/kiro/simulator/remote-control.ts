import type { AccountKind, IssueOptions } from './accounts.ts'
import { issueCredential } from './credentials.ts'
import { type Exchange, headerOf, sendJson } from './exchange.ts'
import { objectOf, parseJson, textOf } from './json.ts'
import { readSteps } from './step-reader.ts'
import type { World } from './world.ts'

const KINDS: readonly AccountKind[] = ['social', 'builder-id', 'idc', 'external-idp', 'api-key']

/**
 * Lets another process steer the simulator: `POST /__simulator/script` (a step or a list), `/issue` (`{kind, …}`), `/expire`,
 * `/revoke`, `/suspend`, `/exhaust`, `/restore` (each `{account?}`), `/reset`; `GET /__simulator/journal` and `/stats`.
 */
export function control(exchange: Exchange, world: World): void {
  // A page in the developer's browser can reach loopback too, by its own origin or by a name that resolves there.
  if (headerOf(exchange, 'origin') !== undefined || !/^(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/.test(headerOf(exchange, 'host') ?? '')) {
    sendJson(exchange, { message: 'The simulator takes orders from local programs only, not from browsers.' }, 403)
    return
  }
  const order = `${exchange.method} ${exchange.path.slice('/__simulator/'.length)}`
  const body = parseJson(exchange.body.toString() || '{}')
  const account = textOf(objectOf(body).account)
  switch (order) {
    case 'GET journal':
      sendJson(exchange, world.journal.entries)
      return
    case 'GET stats':
      sendJson(exchange, world.stats())
      return
    case 'POST script':
      queueSteps(exchange, world, body)
      return
    case 'POST reset':
      world.reset()
      sendJson(exchange, {})
      return
    case 'POST issue':
      issue(exchange, world, body)
      return
    case 'POST expire':
      world.expireAccessTokens(account)
      sendJson(exchange, {})
      return
    case 'POST revoke':
    case 'POST suspend':
    case 'POST exhaust':
    case 'POST restore':
      changeAccount(exchange, world, { order, account })
      return
    default:
      sendJson(exchange, { message: `The simulator has no ${order}.` }, 404)
  }
}

function queueSteps(exchange: Exchange, world: World, body: unknown): void {
  const steps = readSteps(body)
  if ('complaint' in steps) {
    sendJson(exchange, { message: steps.complaint }, 400)
    return
  }
  for (const step of steps) world.queue(step)
  sendJson(exchange, { queued: steps.length })
}

function issue(exchange: Exchange, world: World, body: unknown): void {
  const { kind, ...options } = objectOf(body)
  const known = KINDS.find(each => each === kind)
  if (known === undefined) sendJson(exchange, { message: `kind must be one of ${KINDS.join(', ')}.` }, 400)
  else sendJson(exchange, issueCredential(world, known, issueOptions(options)))
}

function issueOptions({ email, plan, region, apiRegion, accessTokenSeconds, withProfileArn, creditLimit }: IssueOptionsInput): IssueOptions {
  const knownPlan = (['free', 'pro', 'pro-plus', 'power'] as const).find(each => each === plan)
  return {
    ...(typeof email === 'string' ? { email } : {}),
    ...(knownPlan === undefined ? {} : { plan: knownPlan }),
    ...(typeof region === 'string' ? { region } : {}),
    ...(typeof apiRegion === 'string' ? { apiRegion } : {}),
    ...(typeof accessTokenSeconds === 'number' ? { accessTokenSeconds } : {}),
    ...(typeof withProfileArn === 'boolean' ? { withProfileArn } : {}),
    ...(typeof creditLimit === 'number' ? { creditLimit } : {}),
  }
}

type IssueOptionsInput = { readonly [K in keyof IssueOptions]?: unknown }

function changeAccount(exchange: Exchange, world: World, { order, account = '' }: { readonly order: string; readonly account: string | undefined }): void {
  if (world.findAccount(account) === undefined) {
    sendJson(exchange, { message: 'No account goes by that id or token.' }, 404)
    return
  }
  if (order === 'POST revoke') world.revoke(account)
  else if (order === 'POST suspend') world.suspend(account)
  else if (order === 'POST exhaust') world.exhaust(account)
  else world.restore(account)
  sendJson(exchange, {})
}

import type { Generation } from '../container/generation.ts'
import type { Services } from '../container/services.ts'
import type { Account, Quota } from '../contract/account.ts'
import type { AccountSummary } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import type { ErrorCode } from '../errors/codes.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { ModelCard } from '../model/model-card.ts'
import type { AccountEgress } from '../transport/egress.ts'
import { accountInUse } from './accounts-refresh.ts'
import { formatTime } from './output.ts'
import { tinyChat } from './tiny-chat.ts'

/** One link of the chain from an account to an answer. */
export interface AccountStep {
  readonly name: 'credential' | 'token' | 'profile' | 'models' | 'quota' | 'chat'
  readonly result: 'ok' | 'warn' | 'failed'
  readonly detail: string
  readonly remedy?: string
}

export interface StepWorld {
  readonly generation: Generation
  readonly services: Services
  readonly egress: AccountEgress
  /** Asks for a real answer of a few tokens at the end; `true`: of a small model that the account has. */
  readonly chat?: string | true
}

/** What helps against a failure, by its code; the message has said what and why. */
const REMEDIES: Readonly<Partial<Record<ErrorCode, string>>> = {
  needs_login: 'sign in again with "kiro-gateway login", or import a new credential',
  token_rejected: 'run "kiro-gateway accounts refresh ID"; if that fails, sign in again',
  account_suspended: 'look at the account on the website of its provider; no traffic until then',
  account_suspicious: 'leave the account alone for half an hour; lower its pace if it happens again',
  not_entitled: 'check the plan of the account, and that its profile or start URL is the right one',
  quota_exhausted: 'wait for the reset, or add another account',
  account_rate_limited: 'wait a few minutes',
  proxy_failed: "check the account's proxy, or HTTPS_PROXY",
  upstream_unreachable: 'check the network, the name server and a firewall; "kiro-gateway doctor" tries each host',
  upstream_tls: 'something between this machine and the upstream exchanges certificates: check the proxy',
  upstream_timeout: 'check the network; if it is well, try again later',
}

/** Walks the chain until it breaks. Later steps need the earlier ones, so nothing comes after a failure. */
export async function* accountSteps(summary: AccountSummary, world: StepWorld): AsyncGenerator<AccountStep> {
  const { generation, services, egress, chat } = world
  const readable = readCredential(summary, generation)
  if ('step' in readable) return void (yield readable.step)
  yield ok('credential', `readable, generation ${summary.generation}`)

  const { account, steps } = await tokenSteps(summary, world)
  yield* steps
  const provider = services.providers.get(summary.provider)
  if (account === undefined || provider === undefined) return

  const http = egress.clientFor(account)
  let cards: readonly ModelCard[]
  try {
    // What is kept for a provider has its credential's type.
    cards = await provider.models(account as never, http)
    yield cards.length > 0
      ? ok('models', `${cards.length} models`)
      : { name: 'models', result: 'warn', detail: 'the upstream lists none; the usual ones are tried' }
  } catch (error) {
    return void (yield failed('models', error))
  }
  if (provider.quota) {
    try {
      yield quotaStep(await provider.quota(account as never, http))
    } catch (error) {
      // Some plans have nothing to tell; the account serves all the same.
      yield { ...failed('quota', error), result: 'warn' }
    }
  }
  if (chat === undefined) return
  const model = chat === true ? smallModel(cards, provider) : chat
  try {
    yield ok('chat', await tinyChat({ provider, account, http, model, clock: services.clock, log: services.log }))
  } catch (error) {
    yield failed('chat', error)
  }
}

function readCredential(summary: AccountSummary, { pool }: Generation): { readonly account: Account } | { readonly step: AccountStep } {
  if (summary.state.reason === 'unreadable')
    return {
      step: {
        name: 'credential',
        result: 'failed',
        detail: 'its secret cannot be opened',
        remedy: 'restore the encryption key that it was kept with, or remove the account and add it again',
      },
    }
  try {
    return { account: accountInUse(pool.accountsOf({ keyId: 'command-line' }), summary.id) }
  } catch (error) {
    return {
      step: {
        ...failed('credential', error),
        remedy:
          summary.state.status === 'disabled' ? 'enable it with "kiro-gateway accounts enable ID"' : 'import it, so that it does not depend on its source',
      },
    }
  }
}

/** The pool makes an account ready in one go; which part broke shows in what it left behind. */
async function tokenSteps(
  { id, generation: before }: AccountSummary,
  { generation: { pool }, services }: StepWorld,
): Promise<{ readonly account?: Account; readonly steps: readonly AccountStep[] }> {
  const { directory, clock } = services
  const token = async (): Promise<AccountStep> => {
    const { generation, expiresAt } = await directory.show(id)
    const until = expiresAt === undefined ? 'does not end' : `valid until ${formatTime(expiresAt)}`
    return ok('token', generation > before ? `renewed, ${until}` : until)
  }
  try {
    const account = await pool.ready(id)
    return { account, steps: [await token(), ok('profile', 'everything that its calls must name is known')] }
  } catch (error) {
    const { expiresAt, state } = await directory.show(id)
    const alive = state.status !== 'invalid' && (expiresAt === undefined || expiresAt > clock.now())
    return { steps: alive && GatewayError.is(error) && error.code !== 'needs_login' ? [await token(), failed('profile', error)] : [failed('token', error)] }
  }
}

function quotaStep({ plan, buckets }: Quota): AccountStep {
  const pots = buckets.map(({ name, used, limit, unit }) => `${name} ${round(used)} of ${round(limit)} ${unit}`).join(', ')
  const detail = `${plan === undefined ? '' : `${plan}: `}${pots === '' ? 'no limit is told' : pots}`
  const isEmpty = buckets.length > 0 && buckets.every(({ used, limit }) => used >= limit)
  return isEmpty ? { name: 'quota', result: 'warn', detail, remedy: 'everything is used up: wait for the reset, or add another account' } : ok('quota', detail)
}

function round(number: number): string {
  return String(Math.round(number * 100) / 100)
}

/** The smallest that its names give away, so that a test costs next to nothing. */
function smallModel(cards: readonly ModelCard[], { catalog }: Provider): string {
  const ids = (cards.length > 0 ? cards : (catalog?.models ?? [])).map(({ id }) => id)
  return ids.find(id => /nano|haiku|flash|mini|lite|small/i.test(id)) ?? ids[0] ?? 'auto'
}

function ok(name: AccountStep['name'], detail: string): AccountStep {
  return { name, result: 'ok', detail }
}

function failed(name: AccountStep['name'], thrown: unknown): AccountStep {
  const { code, message } = GatewayError.from(thrown)
  const remedy = REMEDIES[code]
  return { name, result: 'failed', detail: message, ...(remedy === undefined ? {} : { remedy }) }
}

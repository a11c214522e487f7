import type { Generation } from '../container/generation.ts'
import type { Services } from '../container/services.ts'
import type { Account, Quota } from '../contract/account.ts'
import type { AccountSummary } from '../contract/pool.ts'
import type { Provider } from '../contract/provider.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { ModelCard } from '../model/model-card.ts'
import type { AccountEgress } from '../transport/egress.ts'
import { isSuspected, stateStep } from './account-state-step.ts'
import { type AccountStep, failed, ok } from './account-step.ts'
import { isRenewable, renewed, tokenSteps } from './account-token-step.ts'
import { accountInUse } from './accounts-refresh.ts'
import { tinyChat } from './tiny-chat.ts'

export interface StepWorld {
  readonly generation: Generation
  readonly services: Services
  readonly egress: AccountEgress
  /** Asks for a real answer of a few tokens at the end; `true`: of a small model that the account has. */
  readonly chat?: string | true
}

/** What came of a call. `told`: why there is nothing has been said already. */
type Asked<T> = { readonly value: T } | { readonly error: unknown } | 'told'

/** Walks the chain until it breaks. Later steps need the earlier ones, so nothing comes after a failure. */
export async function* accountSteps(summary: AccountSummary, world: StepWorld): AsyncGenerator<AccountStep> {
  const { services, egress, chat } = world
  const { id, state } = summary
  const kept = readCredential(summary, world)
  if ('step' in kept) return void (yield kept.step)
  yield ok('credential', `readable, generation ${summary.generation}`)

  const standing = stateStep(summary)
  yield standing
  if (standing.result === 'failed' || isSuspected(state)) return

  const { account: usable, steps } = await tokenSteps(summary, kept.account, world)
  yield* steps
  const provider = services.providers.get(summary.provider)
  if (usable === undefined || provider === undefined) return

  let account = usable
  /** A token that the upstream no longer takes, though its time is not over, says nothing of the account: one renewal shows. */
  async function* asking<T>(call: (account: Account) => Promise<T>): AsyncGenerator<AccountStep, Asked<T>> {
    try {
      return { value: await call(account) }
    } catch (error) {
      const isFresh = account.generation > summary.generation
      if (!GatewayError.is(error) || error.remedy !== 'refresh-token' || isFresh || !isRenewable(account, world)) return { error }
    }
    try {
      const again = await renewed(id, summary.generation, world)
      account = again.account
      yield again.step
    } catch (error) {
      yield failed('token', error, id)
      return 'told'
    }
    return call(account).then(
      value => ({ value }),
      (error: unknown) => ({ error }),
    )
  }

  // What is kept for a provider has its credential's type.
  const listed = yield* asking(each => provider.models(each as never, egress.clientFor(each)))
  if (listed === 'told') return
  if ('error' in listed) return void (yield failed('models', listed.error, id))
  const cards = listed.value
  yield cards.length > 0 ? ok('models', `${cards.length} models`) : noModels(id)

  const quotaOf = provider.quota?.bind(provider)
  if (quotaOf) {
    const read = yield* asking(each => quotaOf(each as never, egress.clientFor(each)))
    if (read === 'told') return
    // Some plans have nothing to tell; the account serves all the same.
    yield 'error' in read ? { ...failed('quota', read.error, id), result: 'warn' } : quotaStep(read.value)
  }

  if (chat === undefined) return
  const model = chat === true ? smallModel(cards, provider) : chat
  const { clock, log } = services
  const said = yield* asking(each => tinyChat({ provider, account: each, http: egress.clientFor(each), model, clock, log }))
  if (said !== 'told') yield 'error' in said ? failed('chat', said.error, id) : ok('chat', said.value)
}

function readCredential(summary: AccountSummary, { generation: { pool } }: StepWorld): { readonly account: Account } | { readonly step: AccountStep } {
  const { id, state } = summary
  if (state.reason === 'unreadable')
    return {
      step: {
        name: 'credential',
        result: 'failed',
        detail: 'its secret cannot be opened',
        remedy: 'restore the encryption key that it was kept with, or remove the account and add it again',
      },
    }
  if (state.status === 'disabled') return { step: stateStep(summary) }
  try {
    return { account: accountInUse(pool.accountsOf({ keyId: 'command-line' }), id) }
  } catch (error) {
    return { step: { ...failed('credential', error, id), remedy: 'import it, so that it does not depend on its source' } }
  }
}

function noModels(id: string): AccountStep {
  return {
    name: 'models',
    result: 'warn',
    detail: 'the upstream lists none; the usual ones are tried',
    remedy: `check the plan of the account; "kiro-gateway accounts test ${id} --chat" shows whether it answers`,
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

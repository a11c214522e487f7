import type { Attempt, AttemptRecord, Call, Outcome, Reply } from '../contract/call.ts'
import type { Clock } from '../contract/clock.ts'
import type { EventBus, GatewayEvents } from '../contract/event-bus.ts'
import type { Hooks, Next } from '../contract/plugin.ts'
import type { AccountPool, Lease } from '../contract/pool.ts'
import type { Timeouts } from '../contract/settings.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Batch } from '../model/event.ts'
import { Budget } from './budget.ts'
import { compose } from './compose.ts'
import { prime } from './prime.ts'
import { ReplyStream } from './reply-stream.ts'
import { type Ending, SettledStream } from './settled-stream.ts'
import { fuse } from './transforms.ts'
import { refuseUnmetNeeds } from './unmet-needs.ts'
import { WatchedStream } from './watched-stream.ts'

export interface EngineDeps {
  readonly hooks: readonly Hooks[]
  readonly pool: AccountPool
  readonly clock: Clock
  readonly events: EventBus
  readonly timeouts: Timeouts
}

/** However few accounts there are, a request may try this often. */
const MIN_ATTEMPTS = 4

/** Two accounts under suspicion in one call: it is the address that is watched, and each further account would join them. */
const MOST_SUSPICIONS = 2

/** Runs calls: request chain, then per attempt lease, attempt chain, provider, commit. */
export class Engine {
  readonly #deps: EngineDeps
  readonly #run: Next<Call>
  readonly #tryOnce: Next<LeasedAttempt>
  /** Of the calls under way. A call's copies share its trail; the trail is its identity. */
  readonly #budgets = new Map<readonly AttemptRecord[], Budget>()

  constructor(deps: EngineDeps) {
    this.#deps = deps
    const around = <K extends 'request' | 'attempt'>(name: K) =>
      deps.hooks.flatMap(hooks => (hooks[name] ? [hooks[name].bind(hooks) as NonNullable<Hooks[K]>] : []))
    this.#run = compose(around('request'), call => this.#attempt(call))
    const tryOnce: Next<Attempt> = compose(around('attempt'), attempt => this.#commit(attempt as LeasedAttempt))
    this.#tryOnce = tryOnce
  }

  /**
   * Answers a call. Resolves at the commit point; what fails later is a failure event in the reply.
   * @throws GatewayError when nobody could serve it
   */
  async run(call: Omit<Call, 'trail'>): Promise<Reply> {
    const { clock, timeouts } = this.#deps
    const budget = new Budget(clock.monotonic(), timeouts.beforeFirstByteMs)
    const tracked: Call = { ...call, trail: budget.trail }
    this.#budgets.set(budget.trail, budget)
    try {
      const { attempt, events } = await this.#run(tracked)
      return { attempt, events: new SettledStream({ events, signal: call.signal, settle: ending => this.#settle(tracked, budget, ending) }) }
    } catch (error) {
      const failure = GatewayError.from(error)
      this.#settle(tracked, budget, { status: failure.code === 'cancelled' || call.signal.aborted ? 'cancelled' : 'failed', error: failure })
      throw GatewayError.after(failure, budget.trail.length)
    }
  }

  async #attempt(call: Call): Promise<Reply> {
    const { pool, clock, timeouts } = this.#deps
    const budget = this.#budgets.get(call.trail)
    if (budget === undefined) throw new GatewayError('internal', 'a plugin passed on a call that the engine did not begin')
    const spent = () =>
      budget.trail.length >= Math.max(MIN_ATTEMPTS, pool.size(call)) ||
      budget.trail.filter(({ outcome }) => outcome === 'upstream_timeout').length > timeouts.firstTokenRetries ||
      budget.trail.filter(({ outcome }) => outcome === 'account_suspicious').length >= MOST_SUSPICIONS ||
      budget.left(clock.monotonic()) <= 0
    if (spent()) {
      throw budget.lastError ?? new GatewayError('upstream_timeout', 'no upstream answered within the time allowed before the first byte')
    }
    let lease = await this.#lease(call, budget)
    for (;;) {
      // The client may have left while the account was made ready.
      if (call.signal.aborted) {
        lease.release()
        throw cancelled(call.signal)
      }
      const record = this.#begin(call, lease, budget)
      try {
        const reply = await this.#tryOnce(record.attempt)
        record.end('ok')
        lease.succeeded()
        return reply
      } catch (thrown) {
        const error = GatewayError.from(thrown)
        record.end(error)
        // A plugin may have failed after the provider had begun to answer.
        record.attempt.abort(error)
        budget.end(lease)
        budget.lastError = error
        if (error.remedy === undefined || call.signal.aborted || spent() || !budget.take(error.remedy, lease.account.id)) {
          lease.failed(error)
          lease.release()
          throw error
        }
        lease = await this.#remedied(lease, error)
      }
    }
  }

  /** When nobody is left, what stopped the last one says more than that nobody is left. */
  async #lease(call: Call, budget: Budget): Promise<Lease> {
    try {
      return await this.#deps.pool.lease(call)
    } catch (thrown) {
      const error = GatewayError.from(thrown)
      throw budget.lastError !== undefined && (error.code === 'no_account' || error.code === 'model_not_found') ? budget.lastError : error
    }
  }

  /** A lease for the same account with what the failure asked for. */
  async #remedied(lease: Lease, error: GatewayError): Promise<Lease> {
    if (error.remedy !== 'refresh-token' && error.remedy !== 'resolve-profile') return lease
    try {
      return await this.#deps.pool.renew(lease, error.remedy)
    } catch (thrown) {
      const failure = GatewayError.from(thrown)
      lease.failed(failure)
      lease.release()
      throw failure
    }
  }

  #begin(call: Call, lease: Lease, budget: Budget) {
    const { clock } = this.#deps
    const controller = new AbortController()
    const leave = () => controller.abort(cancelled(call.signal))
    call.signal.addEventListener('abort', leave, { once: true })
    const number = budget.trail.length + 1
    const { provider, account, lane, model, http } = lease
    const attempt: LeasedAttempt = {
      call,
      number,
      account,
      lane,
      model,
      http,
      clock,
      remedies: budget.remedies,
      signal: controller.signal,
      observed: quota => lease.observed?.(quota),
      lease,
      abort: reason => controller.abort(reason),
      done: () => call.signal.removeEventListener('abort', leave),
    }
    const startedAt = clock.now()
    const since = clock.monotonic()
    this.#tell('attempt.started', { call: call.id, account: account.id, lane, number })
    const end = (result: GatewayError | 'ok') => {
      if (result === 'ok') budget.firstEventAt ??= clock.monotonic()
      else attempt.done()
      const record: AttemptRecord = {
        number,
        provider: provider.name,
        account: account.id,
        lane: lane.id,
        model,
        startedAt,
        durationMs: Math.round(clock.monotonic() - since),
        outcome: result === 'ok' ? 'ok' : result.code,
        ...(result !== 'ok' && result.reason ? { reason: result.reason } : {}),
      }
      budget.trail.push(record)
      this.#tell('attempt.ended', { call: call.id, record })
    }
    return { attempt, end }
  }

  /** The innermost step of the attempt chain: ask the provider and wait for the commit point. */
  async #commit(attempt: LeasedAttempt): Promise<Reply> {
    const { clock, timeouts, hooks } = this.#deps
    const { call, lease } = attempt
    const { request } = call
    const budget = this.#budgets.get(call.trail)
    refuseUnmetNeeds(lease.provider, request)
    const stream = new WatchedStream({ source: lease.provider.stream(request, attempt), clock, signal: attempt.signal, abort: attempt.abort })
    const seconds = (ms: number) => `${Math.round(ms / 1000)} s`
    const whole = request.stream ? timeouts.streamMs : timeouts.nonStreamMs
    const patience = Math.max(1, Math.min(budget?.left(clock.monotonic()) ?? Number.MAX_SAFE_INTEGER, timeouts.firstTokenMs))
    if (lease.provider.answersWhole?.(request) !== true) {
      stream.allowUntil(
        patience,
        () => new GatewayError('upstream_timeout', `the upstream said nothing for ${seconds(patience)}; raise FIRST_TOKEN_TIMEOUT for slow models`),
      )
    }
    stream.allowTotal(
      whole,
      () =>
        new GatewayError(
          'upstream_timeout',
          `the answer was not complete after ${seconds(whole)}; ${request.stream ? 'timeouts.stream' : 'NON_STREAM_TIMEOUT'} sets this limit`,
        ),
    )
    const began = () => {
      const idle = timeouts.streamReadMs
      stream.allowEach(idle, () => new GatewayError('upstream_timeout', `the upstream fell silent for ${seconds(idle)} in the middle of the answer`))
    }
    let held: Batch
    try {
      held = await prime(stream, { whole: !request.stream, began })
    } catch (error) {
      stream.cancel(GatewayError.from(error))
      throw error
    }
    // The plugin nearest to the provider sees its events first.
    const transforms = hooks.flatMap(hook => hook.stream?.(call) ?? []).reverse()
    const events = new ReplyStream({
      held,
      stream,
      transform: fuse(transforms),
      ended: last => {
        attempt.done()
        const event = last?.at(-1)
        if (event?.type === 'failure') lease.failed(event.error)
        lease.release()
        budget?.end(lease)
      },
    })
    budget?.begin(lease, events)
    return { attempt, events }
  }

  #settle(call: Call, budget: Budget, { status, error, usage }: Ending): void {
    const { clock, hooks } = this.#deps
    this.#budgets.delete(call.trail)
    // Replies that a plugin took and dropped would hold their accounts for ever.
    budget.close()
    const outcome: Outcome = {
      status,
      ...(error === undefined ? {} : { code: error.code, message: error.message }),
      ...(usage === undefined ? {} : { usage }),
      attempts: budget.trail,
      durationMs: Math.round(clock.monotonic() - budget.startedAt),
      ...(budget.firstEventAt === undefined ? {} : { firstEventMs: Math.round(budget.firstEventAt - budget.startedAt) }),
      streamed: call.request.stream,
    }
    const failed = (cause: unknown) => call.log.error('a plugin failed after the answer', { cause })
    for (const hook of hooks) {
      // An async hook is easily written by mistake: its rejection must not end the process.
      void (async () => hook.settled?.(call, outcome))().catch(failed)
    }
    this.#tell('request.settled', { call, outcome })
  }

  /** Whoever watches decides nothing: what a listener throws is dropped. */
  #tell<E extends keyof GatewayEvents>(event: E, ...args: Parameters<GatewayEvents[E]>): void {
    try {
      this.#deps.events.emit(event, ...args)
    } catch {
      // Watchers log for themselves.
    }
  }
}

function cancelled({ reason }: AbortSignal): GatewayError {
  return GatewayError.is(reason) ? reason : new GatewayError('cancelled', 'the request was cancelled', { cause: reason })
}

/** An attempt with what the engine alone needs of it. Plugins pass copies on, so it rides along. */
interface LeasedAttempt extends Attempt {
  readonly lease: Lease
  readonly abort: (reason: GatewayError) => void
  readonly done: () => void
}

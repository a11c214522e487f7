import { expect } from 'chai'
import fc from 'fast-check'
import { clampedState, effectiveState, type HealthOutcome, nextState, probationAfter, wellSince } from '../../../../core/accounts/health.ts'
import { healthRule, LONGEST_REST_MS } from '../../../../core/accounts/health-rules.ts'
import type { AccountState } from '../../../../core/contract/account.ts'
import { CODES, type ErrorCode } from '../../../../core/errors/codes.ts'

const T0 = 1_000_000_000
const MINUTE = 60_000
const codes = Object.keys(CODES) as ErrorCode[]
const innocent = codes.filter(code => ['request', 'offer', 'model', 'lane', 'gateway'].includes(CODES[code].scope))

function fail(state: AccountState, code: ErrorCode, more: { at?: number; hint?: number; alone?: boolean; startedAt?: number } = {}): AccountState {
  const at = more.at ?? T0
  const hint = more.hint === undefined ? {} : { retryAfterMs: more.hint }
  return nextState(state, { kind: 'failure', code, startedAt: more.startedAt ?? at, alone: more.alone ?? false, ...hint }, at)
}

const outcome = fc.oneof(
  fc.record({
    kind: fc.constant('failure' as const),
    code: fc.constantFrom(...codes),
    startedAt: fc.integer({ min: T0 - MINUTE, max: T0 + MINUTE }),
    alone: fc.boolean(),
    retryAfterMs: fc.oneof(
      fc.constant(0),
      fc.constant(Number.MAX_SAFE_INTEGER),
      fc.constant(NaN),
      fc.constant(Infinity),
      fc.constant(-5),
      fc.integer({ min: 0, max: 10 ** 12 }),
    ),
  }),
  fc.record({ kind: fc.constant('success' as const), startedAt: fc.integer({ min: T0 - MINUTE, max: T0 + MINUTE }) }),
  fc.constantFrom<HealthOutcome>({ kind: 'renewal-failed', retryAfterMs: 7_000 }, { kind: 'renewed' }, { kind: 'restored' }),
  fc.record({ kind: fc.constant('quota-left' as const), startedAt: fc.integer({ min: T0 - MINUTE, max: T0 + 60 * MINUTE }) }),
  fc.record(
    {
      kind: fc.constant('quota-empty' as const),
      startedAt: fc.integer({ min: T0 - MINUTE, max: T0 + 60 * MINUTE }),
      restMs: fc.oneof(fc.constant(NaN), fc.constant(Infinity), fc.integer({ min: -(10 ** 12), max: 10 ** 12 })),
    },
    { requiredKeys: ['kind', 'startedAt'] },
  ),
)
/** A life: outcomes with the time that passes before each. */
const life = fc.array(fc.tuple(outcome, fc.integer({ min: 0, max: 40 * MINUTE })), { maxLength: 60 })

function live(steps: readonly (readonly [HealthOutcome, number])[]): { readonly state: AccountState; readonly now: number } {
  let now = T0
  let state = wellSince(now)
  for (const [step, passed] of steps) {
    now += passed
    state = nextState(state, step, now)
  }
  return { state, now }
}

describe('account health', () => {
  it('is never changed by a failure of the request, the offer, the model, the lane or the gateway', () => {
    fc.assert(
      fc.property(life, fc.constantFrom(...innocent), (steps, code) => {
        const { state, now } = live(steps)
        expect(fail(state, code, { at: now })).to.equal(state)
      }),
    )
  })

  it('ends every rest by itself, and none later than it may', () => {
    fc.assert(
      fc.property(life, steps => {
        const { state, now } = live(steps)
        const longest = LONGEST_REST_MS[state.status]
        if (longest === undefined) {
          expect(state.until).to.equal(undefined)
        } else {
          expect(state.until)
            .to.be.a('number')
            .within(state.since, now + longest)
          expect(effectiveState(state, state.until as number).status).to.equal('active')
          expect(effectiveState(state, (state.until as number) - 1)).to.equal(state)
        }
        expect(Number.isFinite(state.since) && Number.isInteger(state.failures)).to.equal(true)
      }),
    )
  })

  it('knows no state without a way out', () => {
    fc.assert(
      fc.property(life, steps => {
        const { state, now } = live(steps)
        expect(nextState(state, { kind: 'restored' }, now)).to.include({ status: 'active', failures: 0 })
        const rested = state.until === undefined ? state : effectiveState(state, state.until)
        const later = Math.max(now, state.until ?? now)
        if (rested.status === 'active') expect(nextState(state, { kind: 'success', startedAt: later }, later)).to.include({ status: 'active', failures: 0 })
      }),
    )
  })

  it('gives every code of the table a rule', () => {
    for (const code of codes) expect(healthRule(code), code).to.have.property('effect')
  })

  describe('after a rate limit', () => {
    it('rests for five minutes when others can serve', () => {
      expect(fail(wellSince(0), 'account_rate_limited')).to.deep.equal({
        status: 'cooldown',
        reason: 'account_rate_limited',
        since: T0,
        until: T0 + 5 * MINUTE,
        failures: 1,
      })
    })

    it('rests for the hint, within a second and a day', () => {
      const until = (hint: number) => (fail(wellSince(0), 'account_rate_limited', { hint, alone: true }).until as number) - T0
      expect([until(0), until(17_000), until(10 ** 12)]).to.deep.equal([1_000, 17_000, 86_400_000])
    })

    it('climbs a short ladder when nobody else can serve, and comes down by a success', () => {
      let state = wellSince(0)
      let now = T0
      const rests: number[] = []
      for (let turn = 0; turn < 9; turn++) {
        state = fail(state, 'account_rate_limited', { at: now, alone: true })
        rests.push((state.until as number) - now)
        now = state.until as number
      }
      expect(rests.slice(0, 4)).to.deep.equal([8_000, 12_000, 18_000, 27_000])
      expect(rests.slice(-2)).to.deep.equal([90_000, 90_000])
      state = nextState(state, { kind: 'success', startedAt: now }, now)
      expect((fail(state, 'account_rate_limited', { at: now, alone: true }).until as number) - now).to.equal(8_000)
    })

    it('counts requests that were under way together as one failure', () => {
      const first = fail(wellSince(0), 'account_rate_limited', { alone: true })
      const second = fail(first, 'account_rate_limited', { alone: true, startedAt: T0 - 1, at: T0 + 10 })
      expect(second.failures).to.equal(1)
      expect((second.until as number) - (first.until as number)).to.be.lessThan(100)
    })

    it('is not lifted by an answer that was asked for before', () => {
      const state = fail(wellSince(0), 'account_rate_limited')
      expect(nextState(state, { kind: 'success', startedAt: T0 - 5 }, T0 + 5)).to.equal(state)
    })
  })

  it('stays away half an hour after suspicion, alone or not, whatever the hint says', () => {
    for (const alone of [true, false]) expect(fail(wellSince(0), 'account_suspicious', { alone, hint: 5_000 }).until).to.equal(T0 + 30 * MINUTE)
  })

  it("waits for the quota's reset, or looks again in an hour", () => {
    expect(fail(wellSince(0), 'quota_exhausted')).to.include({ status: 'exhausted', until: T0 + 60 * MINUTE })
    expect(fail(wellSince(0), 'quota_exhausted', { hint: 40 * 86_400_000 }).until).to.equal(T0 + 35 * 86_400_000)
  })

  it('is suspended or invalid until somebody acts, and no later trouble lessens that', () => {
    const suspended = fail(wellSince(0), 'account_suspended')
    expect(suspended).to.include({ status: 'suspended', reason: 'account_suspended' })
    expect(fail(suspended, 'account_rate_limited', { at: T0 + 1 })).to.equal(suspended)
    const invalid = fail(wellSince(0), 'needs_login')
    expect(invalid).to.include({ status: 'invalid', reason: 'needs_login' })
    expect(invalid).to.not.have.property('until')
    expect(fail(invalid, 'needs_login', { at: T0 + 9 })).to.equal(invalid)
  })

  it('turns unhealthy for half a minute at the third failure in a row of the upstream or the way to it', () => {
    let state = fail(wellSince(0), 'upstream_failed')
    state = fail(state, 'upstream_timeout')
    expect(state).to.include({ status: 'active', failures: 2 })
    const unhealthy = fail(state, 'upstream_cut')
    expect(unhealthy).to.include({ status: 'unhealthy', until: T0 + 30_000 })
    const back = effectiveState(unhealthy, T0 + 30_000)
    expect(back.status).to.equal('active')
    expect(fail(unhealthy, 'upstream_failed', { at: T0 + 30_000 }).status, 'one more is enough after the return').to.equal('unhealthy')
    expect(nextState(unhealthy, { kind: 'success', startedAt: T0 - 9 }, T0 + 9)).to.include({ status: 'active', failures: 0 })
  })

  it('starts to count anew after a success', () => {
    let state = fail(fail(wellSince(0), 'upstream_failed'), 'upstream_failed')
    state = nextState(state, { kind: 'success', startedAt: T0 }, T0)
    expect(fail(fail(state, 'upstream_failed'), 'upstream_failed').status).to.equal('active')
  })

  it('does not blame an account for its proxy', () => {
    const state = wellSince(0)
    expect(fail(state, 'proxy_failed')).to.equal(state)
  })

  it('gives a refused fresh token two quarters of an hour before it asks for a new login', () => {
    let state = fail(wellSince(0), 'token_rejected')
    expect(state).to.include({ status: 'cooldown', until: T0 + 15 * MINUTE })
    state = fail(state, 'token_rejected', { at: T0 + 15 * MINUTE })
    expect(state.status).to.equal('cooldown')
    expect(fail(state, 'token_rejected', { at: T0 + 30 * MINUTE }).status).to.equal('invalid')
  })

  it('comes back on probation from what may not be over', () => {
    const after = (code: ErrorCode) => probationAfter(fail(wellSince(0), code))
    expect(after('quota_exhausted')).to.equal('strict')
    expect(after('account_suspicious')).to.equal('strict')
    expect(after('account_rate_limited')).to.equal(undefined)
  })

  it('shortens what a wrong clock wrote, and reads unknown words as well', () => {
    const state: AccountState = { status: 'cooldown', reason: 'x', since: T0 + 10 ** 9, until: T0 + 10 ** 12, failures: 1 }
    expect(clampedState(state, T0)).to.include({ since: T0, until: T0 + 86_400_000 })
    expect(clampedState({ ...state, status: 'nonsense' as 'active' }, T0).status).to.equal('active')
    expect(clampedState({ status: 'suspended', since: T0, failures: 1, until: T0 + 5 }, T0)).to.not.have.property('until')
  })
})

import { expect } from 'chai'
import fc from 'fast-check'
import { effectiveState, type HealthOutcome, nextState, probationAfter, wellSince } from '../../../../core/accounts/health.ts'
import { outcomeOf } from '../../../../core/accounts/quota-outcome.ts'
import { isUsedUp, nextReset, readingOf } from '../../../../core/accounts/quota-reading.ts'
import type { AccountState, Quota } from '../../../../core/contract/account.ts'

const T0 = Date.UTC(2026, 0, 1)
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const full: Quota = { buckets: [{ name: 'plan', used: 10, limit: 10, unit: 'credits', resetsAt: T0 + 9 * DAY }] }
const left: Quota = { buckets: [{ name: 'plan', used: 3, limit: 10, unit: 'credits', resetsAt: T0 + 9 * DAY }] }

/** What a reading of this quota, begun and answered at `at`, makes of a state. */
function read(state: AccountState, quota: Quota, at: number): AccountState {
  const outcome = outcomeOf(readingOf(quota, at), { startedAt: at, wall: at })
  return outcome ? nextState(state, outcome, at) : state
}

function refuse(state: AccountState, at: number): AccountState {
  return nextState(state, { kind: 'failure', code: 'quota_exhausted', startedAt: at, alone: false }, at)
}

describe('a quota reading', () => {
  it('that finds every pot empty lets the account rest until the earliest reset, before a request has to fail', () => {
    const two: Quota = { buckets: [...full.buckets, { name: 'trial', used: 5, limit: 5, unit: 'credits', resetsAt: T0 + 2 * DAY }] }
    expect(read(wellSince(T0), two, T0)).to.deep.equal({ status: 'exhausted', reason: 'quota_exhausted', since: T0, until: T0 + 2 * DAY, failures: 0 })
  })

  it('of pots that are filled up again within minutes is a rate limit: its end is the same, and clients are told to wait', () => {
    const minute: Quota = { buckets: [{ name: 'requests', used: 60, limit: 60, unit: 'requests', resetsAt: T0 + 7_000 }] }
    const state = read(wellSince(T0), minute, T0)
    expect(state).to.deep.equal({ status: 'cooldown', reason: 'account_rate_limited', since: T0, until: T0 + 7_000, failures: 1 })
    // The refusal that the same headers came with is no second failure.
    const refused = nextState(state, { kind: 'failure', code: 'account_rate_limited', startedAt: T0 - 50, alone: false, retryAfterMs: 7_000 }, T0 + 5)
    expect(refused).to.include({ since: T0, failures: 1 })
  })

  it('without a date is asked for again in an hour', () => {
    const undated: Quota = { buckets: [{ name: 'credit', used: 5, limit: 5, unit: 'usd' }] }
    expect(read(wellSince(T0), undated, T0).until).to.equal(T0 + HOUR)
    const first = read(wellSince(T0), undated, T0)
    expect(read(first, undated, T0 + 55 * MINUTE)).to.include({ status: 'exhausted', since: T0, until: T0 + 115 * MINUTE })
  })

  it('with one pot that is not empty exhausts nothing', () => {
    const state = wellSince(T0)
    expect(read(state, { buckets: [...full.buckets, { name: 'bonus', used: 0, limit: 1, unit: 'credits' }] }, T0)).to.equal(state)
    expect(read(state, { buckets: [] }, T0)).to.equal(state)
  })

  it('gives a refusal without a date the date that the upstream did not tell', () => {
    const state = read(refuse(wellSince(T0), T0), full, T0 + 10_000)
    expect(state).to.include({ status: 'exhausted', since: T0, until: T0 + 9 * DAY, failures: 1 })
    expect(read(state, full, T0 + HOUR), 'the same date again is no change').to.equal(state)
  })

  it('soon after a refusal does not overrule it, and later does, for one request to try', () => {
    const state = refuse(wellSince(T0), T0)
    expect(read(state, left, T0 + 10_000)).to.equal(state)
    const back = read(state, left, T0 + 15 * MINUTE)
    expect(back).to.deep.equal({ status: 'active', reason: 'quota_exhausted', since: T0 + 15 * MINUTE, failures: 1 })
    expect(probationAfter(state)).to.equal('strict')
    expect(refuse(back, T0 + 16 * MINUTE).failures, 'failures count on').to.equal(2)
  })

  it('that finds something left ends at once what only a reading had found', () => {
    const state = read(wellSince(T0), full, T0)
    expect(read(state, left, T0 + MINUTE)).to.deep.equal(wellSince(T0 + MINUTE))
  })

  it('ends a rate limit that outlasts its fall-back, and no other cool-down', () => {
    const limited = nextState(wellSince(T0), { kind: 'failure', code: 'account_rate_limited', startedAt: T0, alone: false, retryAfterMs: 20 * HOUR }, T0)
    expect(read(limited, left, T0 + MINUTE)).to.equal(limited)
    expect(read(limited, left, T0 + 6 * MINUTE)).to.include({ status: 'active', failures: 1 })
    for (const code of ['account_suspicious', 'not_entitled', 'token_rejected', 'account_suspended', 'needs_login'] as const) {
      const state = nextState(wellSince(T0), { kind: 'failure', code, startedAt: T0, alone: false }, T0)
      expect(read(state, left, T0 + 6 * MINUTE), code).to.equal(state)
      if (code === 'account_suspended' || code === 'needs_login') expect(read(state, full, T0 + MINUTE), code).to.equal(state)
    }
  })

  it('says nothing once its pots have been filled up again, or once the account was restored after it', () => {
    const old = readingOf(full, T0)
    expect(outcomeOf(old, { startedAt: T0, wall: T0 + 10 * DAY })).to.equal(undefined)
    const restored = wellSince(T0 + HOUR)
    const outcome = outcomeOf(old, { startedAt: T0, wall: T0 + 2 * HOUR }) as HealthOutcome
    expect(nextState(restored, outcome, T0 + 2 * HOUR)).to.equal(restored)
  })

  it('says nothing when it is an hour old and has no date', () => {
    const undated = readingOf({ buckets: [{ name: 'a', used: 1, limit: 1, unit: 'usd' }] }, T0)
    expect(outcomeOf(undated, { startedAt: T0, wall: T0 + HOUR })).to.equal(undefined)
  })
})

const bucket = fc.record(
  {
    name: fc.constantFrom('plan', 'trial', 'bonus'),
    used: fc.integer({ min: 0, max: 12 }),
    limit: fc.integer({ min: 0, max: 10 }),
    unit: fc.constantFrom('credits', 'requests'),
    resetsAt: fc.integer({ min: T0 - DAY, max: T0 + 60 * DAY }),
  },
  { requiredKeys: ['name', 'used', 'limit', 'unit'] },
)
const quota = fc.record({ buckets: fc.array(bucket, { maxLength: 4 }) })
/** A life of readings and answers; before each some time passes. */
const step = fc.record({
  pass: fc.integer({ min: 0, max: 20 * DAY }),
  what: fc.oneof(quota, fc.constant('success' as const), fc.constant('refused' as const), fc.constant('limited' as const)),
})

describe('accounts whose quota is read', () => {
  it('are exhausted by no reading but one of empty pots, and never for good', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), steps => {
        let now = T0
        let state: AccountState = wellSince(now)
        for (const { pass, what } of steps) {
          now += pass
          const before = effectiveState(state, now)
          if (what === 'success') state = nextState(state, { kind: 'success', startedAt: now }, now)
          else if (what === 'refused') state = refuse(state, now)
          else if (what === 'limited') state = nextState(state, { kind: 'failure', code: 'account_rate_limited', startedAt: now, alone: false }, now)
          else {
            state = read(state, what, now)
            const after = effectiveState(state, now)
            if (after.status === 'exhausted' && before.status !== 'exhausted') expect(isUsedUp(readingOf(what, now).quota)).to.equal(true)
            const reset = nextReset(what, now)
            if (after.status === 'exhausted' && isUsedUp(what) && reset !== undefined && reset > now + 1_000) {
              expect(after.until).to.be.closeTo(Math.min(reset, now + 35 * DAY), 1_000)
            }
          }
          if (state.status === 'exhausted') {
            expect(state.until)
              .to.be.a('number')
              .within(state.since, now + 35 * DAY)
            expect(effectiveState(state, state.until as number).status).to.equal('active')
            expect(
              effectiveState(read(state, left, now + 16 * MINUTE), now + 16 * MINUTE).status,
              'a later reading with something left is a way back',
            ).to.equal('active')
          }
        }
      }),
    )
  })
})

import { EventEmitter } from 'eventemitter3'
import { expect } from 'chai'
import { HealthScan } from '../../../../core/accounts/health-scan.ts'
import { reasonInBrief, wordsFor } from '../../../../core/accounts/health-words.ts'
import { Roster } from '../../../../core/accounts/roster.ts'
import { SteadyTime } from '../../../../core/accounts/steady-time.ts'
import type { AccountState, AccountStatus } from '../../../../core/contract/account.ts'
import type { EventBus } from '../../../../core/contract/event-bus.ts'
import type { LoadedAccount } from '../../../../core/accounts/repository.ts'
import { CODES, type ErrorCode } from '../../../../core/errors/codes.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'
import { HOUR, MINUTE, silent } from '../../../support/accounts.ts'

describe('the safety scan', () => {
  let clock: FakeClock
  let roster: Roster
  let scan: HealthScan
  let told: { readonly at: number; readonly to: AccountState }[]

  beforeEach(() => {
    clock = new FakeClock()
    const events = new EventEmitter() as EventBus
    told = []
    events.on('account.state', ({ to }) => told.push({ at: clock.now(), to }))
    const time = new SteadyTime(clock)
    roster = new Roster({ clock, time, events, journal: { note: () => undefined }, random: () => 0 })
    scan = new HealthScan({ roster, clock, time, log: silent, events })
  })
  afterEach(() => scan.close())

  const put = (id: string, health: AccountState, owner?: string) => {
    const now = clock.now()
    const record = {
      ...{ id, provider: 'fake', label: id, origin: 'store', sourceHash: id, facts: {}, settings: {}, health, healthEpoch: 0 },
      ...{ attached: true, removed: false, createdAt: now, ...(owner !== undefined && { owner }) },
    } as const
    const token = { credential: {}, generation: 0, expiresAt: now + HOUR, refreshedAt: now, hasPrevious: false }
    return roster.put({ record, token } as LoadedAccount)!
  }
  const resting = (ms: number, status: AccountStatus = 'cooldown'): AccountState => ({
    status,
    reason: 'account_rate_limited',
    since: clock.now(),
    until: clock.now() + ms,
    failures: 1,
  })

  it('brings an account back at the very end of its rest, whoever asks or not', async () => {
    put('a', resting(7 * MINUTE + 123))
    put('b', resting(3 * MINUTE), 'a-caller')
    const start = clock.now()
    scan.open()
    roster.apply(put('c', { status: 'active', since: start, failures: 0 }), {
      kind: 'failure',
      code: 'account_rate_limited',
      startedAt: start,
      alone: false,
      retryAfterMs: MINUTE,
    })
    await clock.pass(HOUR)
    expect(told.filter(({ to }) => to.status === 'active').map(({ at }) => at - start)).to.deep.equal([MINUTE, 3 * MINUTE, 7 * MINUTE + 123])
  })

  it('puts right within a quarter of an hour what nothing else would: a rest without an end, a lost end, a probe that nobody makes', async () => {
    scan.open()
    const [endless, far, probed, fine] = ['endless', 'far', 'probed', 'fine'].map(id => put(id, { status: 'active', since: clock.now(), failures: 0 }))
    endless!.health = { status: 'exhausted', reason: 'quota_exhausted', since: clock.now(), failures: 1 }
    far!.health = { status: 'cooldown', reason: 'account_rate_limited', since: clock.now(), until: clock.now() + 1e12, failures: 1 }
    probed!.probation = 'strict'
    probed!.probing = true
    roster.refreshState(probed!)
    expect(probed!.bin).to.equal('away')
    await clock.pass(15 * MINUTE)
    expect([endless!.health.status, endless!.bin]).to.deep.equal(['active', 'ready'])
    expect(far!.health.until).to.equal(clock.now() + 24 * HOUR)
    expect([probed!.probing, probed!.bin]).to.deep.equal([false, 'ready'])
    expect(fine!.bin).to.equal('ready')
    expect(scan.scan(), 'and finds nothing the second time').to.equal(0)
  })
})

describe('the words for a state', () => {
  const reasons = [
    ...(Object.keys(CODES) as ErrorCode[]).filter(code => ['account', 'provider', 'network'].includes(CODES[code].scope)),
    'needs_login',
    'by-operator',
    'by-source',
    'unreadable',
    'renewal-failed',
  ]

  it('tell of an account that is active again that it is on trial, and of one that only stumbled how often', () => {
    const active = (reason: string | undefined, failures: number) => ({
      status: 'active' as const,
      since: 0,
      failures,
      ...(reason !== undefined && { reason }),
    })
    for (const [reason, failures, brief] of [
      ['account_rate_limited', 1, 'on trial after account_rate_limited'],
      ['quota_exhausted', 0, 'on trial after quota_exhausted'],
      ['upstream_failed', 3, 'on trial after upstream_failed'],
      ['upstream_failed', 2, 'upstream_failed 2 times in a row'],
      [undefined, 0, undefined],
    ] as const)
      expect(reasonInBrief(active(reason, failures))).to.equal(brief)
    expect(wordsFor(active('account_rate_limited', 1), 'acc_1')?.why).to.equal('on trial after a rest: the upstream asked to slow down')
    expect(wordsFor(active(undefined, 0), 'acc_1')).to.equal(undefined)
  })

  it('tell for every state and reason why it is so and what ends it', () => {
    for (const status of ['cooldown', 'exhausted', 'unhealthy', 'suspended', 'invalid', 'disabled'] as const) {
      for (const reason of reasons) {
        const words = wordsFor({ status, reason, since: 0, failures: 1 }, 'acc_1')
        expect(words?.ends, `${status} ${reason}`).to.match(/\w{4}/)
        expect(words?.why).to.not.equal('not known')
      }
    }
  })

  it('name the command where only an operator helps', () => {
    const ends = (status: AccountStatus, reason: string) => wordsFor({ status, reason, since: 0, failures: 1 }, 'acc_1')?.ends
    expect(ends('suspended', 'account_suspended')).to.contain('kiro-gateway accounts restore acc_1')
    expect(ends('disabled', 'by-operator')).to.contain('kiro-gateway accounts enable acc_1')
  })

  it('are not lost on an account that is well', () => {
    expect(wordsFor({ status: 'active', since: 0, failures: 0 }, 'acc_1')).to.equal(undefined)
    expect(wordsFor({ status: 'active', reason: 'upstream_failed', since: 0, failures: 2 }, 'acc_1')?.why).to.equal('the upstream failed (2 times in a row)')
  })
})

import { expect } from 'chai'
import fc from 'fast-check'
import type { AttemptRecord } from '../../../../core/contract/call.ts'
import { STRATEGY_NAMES } from '../../../../core/contract/strategy-names.ts'
import { type ErrorCode } from '../../../../core/errors/codes.ts'
import { GatewayError } from '../../../../core/errors/gateway-error.ts'
import { fail, makeCall, MINUTE, succeed, type World } from '../../../support/accounts.ts'
import { addWith, paced, talk, worldWith } from '../../../support/choosing.ts'

const error = (code: ErrorCode, retryAfterMs?: number) => new GatewayError(code, code, retryAfterMs === undefined ? {} : { retryAfterMs })
const QUESTION = { model: 'model-a', principal: { keyId: 'key' } }
const TROUBLES = [
  'account_rate_limited',
  'quota_exhausted',
  'upstream_failed',
  'model_not_offered',
  'lane_unavailable',
  'account_suspended',
  'needs_login',
] as const

describe('an explanation', () => {
  const account = fc.record({ priority: fc.constantFrom(0, 0, 0, 3), weight: fc.constantFrom(1, 1, 0, 0.5, 4) })
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ does: fc.constant('serve' as const), keeps: fc.boolean(), session: fc.constantFrom(undefined, 's1', 's2') }) },
    { weight: 2, arbitrary: fc.record({ does: fc.constant('fail' as const), code: fc.constantFrom(...TROUBLES) }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 10 * MINUTE }) }) },
  )

  for (const strategy of STRATEGY_NAMES) {
    it(`names the account that the next request then gets, whatever happened before: ${strategy}`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(account, { minLength: 1, maxLength: 6 }),
          fc.array(step, { maxLength: 15 }),
          fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
          async (accounts, steps, dice) => {
            const world = await worldWith(
              { strategy, pacing: { minIntervalMs: 0, requestsPerMinute: 20, maxInFlight: 3, queue: 0, queueMs: 1 } },
              { random: () => dice.next().value as number },
            )
            try {
              for (const [index, settings] of accounts.entries()) await addWith(world, `account-${index}`, settings)
              for (const each of steps) {
                if (each.does === 'wait') {
                  world.clock.advance(each.ms)
                  continue
                }
                const session = each.does === 'serve' ? each.session : undefined
                const { order, candidates } = world.pool.explain({ ...QUESTION, ...(session !== undefined && { session }) })
                expect(candidates).to.have.length(accounts.length)
                const lease = await world.pool.lease(talk({ ...(session !== undefined && { session }) })).catch(GatewayError.from)
                expect(order[0]).to.equal(GatewayError.is(lease) ? undefined : lease.account.id)
                expect(candidates[0]?.verdict).to.equal(order.length === 0 ? 'ruled-out' : 'chosen')
                if (GatewayError.is(lease)) continue
                if (each.does === 'fail') fail(lease, error(each.code, MINUTE))
                else if (each.keeps) lease.succeeded()
                else succeed(lease)
              }
            } finally {
              await world.close()
            }
          },
        ),
        { numRuns: 40 },
      )
    })
  }

  it('foretells who stands in for whom, as long as chance does not decide', async () => {
    const strategies = STRATEGY_NAMES.filter(name => name !== 'random')
    const turns = fc.array(fc.constantFrom('succeeds', 'goes on'), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...strategies), fc.array(account, { minLength: 1, maxLength: 8 }), turns, async (strategy, accounts, before) => {
        const world = await worldWith({ strategy })
        try {
          for (const [index, settings] of accounts.entries()) await addWith(world, `account-${index}`, settings)
          for (const end of before) {
            const lease = await world.pool.lease(makeCall())
            if (end === 'succeeds') succeed(lease)
          }
          const { order } = world.pool.explain(QUESTION)
          const trail: AttemptRecord[] = []
          for (const expected of order) {
            const lease = await world.pool.lease(makeCall({ trail }))
            expect(lease.account.id).to.equal(expected)
            fail(lease, error('account_suspended'), trail)
          }
          expect(order).to.have.length(accounts.length)
        } finally {
          await world.close()
        }
      }),
      { numRuns: 100 },
    )
  })

  describe('tells', () => {
    let world: World
    beforeEach(async () => {
      world = await worldWith({})
    })
    afterEach(() => world.close())
    const explained = (question = {}) =>
      world.pool.explain({ ...QUESTION, ...question }).candidates.map(({ label, verdict, reason, position }) => ({ label, verdict, reason, position }))

    it('the order in which accounts stand in for each other, and asking twice changes nothing', async () => {
      await addWith(world, 'last', { weight: 0 })
      await addWith(world, 'low', {})
      await addWith(world, 'high', { priority: 1 })
      expect(explained()).to.deep.equal([
        { label: 'high', verdict: 'chosen', reason: 'first by round-robin', position: 1 },
        { label: 'low', verdict: 'fallback', reason: 'next by round-robin', position: 2 },
        { label: 'last', verdict: 'fallback', reason: 'of weight 0: asked only after all others', position: 3 },
      ])
      expect(explained()).to.deep.equal(explained())
    })

    it('what keeps each account out, and until when', async () => {
      const [, limited, suspended, off, without] = await world.add('well', 'limited', 'suspended', 'off', 'without')
      succeed(await world.pool.lease(makeCall()))
      fail(await world.pool.lease(makeCall()), error('account_rate_limited', 5 * MINUTE))
      fail(await world.pool.lease(makeCall()), error('account_suspended'))
      await world.directory.disable(off as string)
      fail(await world.pool.lease(makeCall()), error('model_not_offered'))
      const candidates = new Map(world.pool.explain(QUESTION).candidates.map(each => [each.account, each]))
      expect(candidates.get(limited as string)).to.include({ verdict: 'ruled-out', status: 'cooldown', until: world.clock.now() + 5 * MINUTE })
      expect(candidates.get(limited as string)?.reason).to.equal('resting until 2026-01-01 00:05:00 UTC: the upstream asked to slow down')
      expect(candidates.get(suspended as string)?.reason).to.equal('suspended: the upstream has suspended it')
      expect(candidates.get(off as string)?.reason).to.equal('disabled: an operator switched it off')
      expect(candidates.get(without as string)?.reason).to.equal('the upstream said lately that the model is not in its plan')
    })

    it('that a conversation stays where it is', async () => {
      await world.add('a', 'b')
      succeed(await world.pool.lease(talk({ session: 's' })))
      expect(explained({ session: 's' })[0]).to.include({ label: 'a', reason: 'the conversation is with it' })
      expect(explained()[0]).to.include({ label: 'b', reason: 'first by round-robin' })
    })

    it('which score a strategy that compares has given', async () => {
      await world.close()
      world = await worldWith({ strategy: 'least-used' })
      await world.add('a', 'b')
      succeed(await world.pool.lease(makeCall()))
      expect(world.pool.explain(QUESTION).candidates.map(({ label, score }) => [label, score])).to.deep.equal([
        ['b', -0],
        ['a', -1],
      ])
    })

    it('that all are busy, and that an unwell one is asked last', async () => {
      await world.close()
      world = await paced({ maxInFlight: 1 })
      await world.add('a')
      const lease = await world.pool.lease(makeCall())
      expect(explained()).to.deep.equal([
        { label: 'a', verdict: 'ruled-out', reason: 'busy: 1 request under way, as many as are allowed; the next one waits', position: undefined },
      ])
      for (let turn = 0; turn < 3; turn++) lease.failed(error('upstream_failed'))
      lease.release()
      expect(explained()[0]?.reason).to.match(/^unwell until .*: the upstream failed; asked because nobody else is well$/)
    })

    it('a caller with an account of its own about that one alone', async () => {
      await world.add('a')
      expect(world.pool.explain({ model: 'model-a', principal: { keyId: 'key', tenant: 'unknown' } }).candidates).to.deep.equal([])
    })
  })
})

import { expect } from 'chai'
import fc from 'fast-check'
import type { Lease } from '../../../../core/contract/pool.ts'
import { STRATEGY_NAMES } from '../../../../core/contract/strategy-names.ts'
import { CODES, type ErrorCode } from '../../../../core/errors/codes.ts'
import { GatewayError } from '../../../../core/errors/gateway-error.ts'
import { HOUR, MINUTE, type World } from '../../../support/accounts.ts'
import { addWith, talk, UNPACED, worldWith } from '../../../support/choosing.ts'

/** Longer than any state that ends by itself may last. */
const LONG = 40 * 24 * HOUR

/** States that only somebody's hand ends. */
const FINAL: ReadonlySet<string> = new Set(['suspended', 'invalid', 'disabled'])

/** What is true of the accounts apart from what the pool says. */
interface Model {
  readonly disabled: Set<string>
  readonly leases: Lease[]
  ids: string[]
}

interface Real {
  readonly world: World
}

type Command = fc.AsyncCommand<Model, Real>

const pick = <T>(list: readonly T[], index: number): T => list[index % list.length] as T

const QUESTION = { model: 'model-a', principal: { keyId: 'key' } }

/** As the pool has it: the store learns of it a second later. */
const statuses = ({ world }: Real) => new Map(world.pool.explain(QUESTION).candidates.map(({ account, status }) => [account, status]))

/** What holds after every step. */
function check(model: Model, { world }: Real): void {
  const { candidates, order } = world.pool.explain(QUESTION)
  expect(candidates.map(({ account }) => account).sort()).to.deep.equal([...model.ids].sort())
  for (const { account, status, until, verdict } of candidates) {
    // No rest outlasts its end, and none is without an end unless a hand must act.
    if (until !== undefined) expect(until).to.be.greaterThan(world.clock.now())
    if (model.disabled.has(account)) expect([status, verdict]).to.deep.equal(['disabled', 'ruled-out'])
    if (FINAL.has(status)) expect(order).to.not.include(account)
    if (status === 'cooldown' || status === 'exhausted') expect(until).to.be.a('number')
  }
}

function command(text: string, run: (model: Model, real: Real) => Promise<void>, may: (model: Readonly<Model>) => boolean = () => true): Command {
  return {
    toString: () => text,
    check: may,
    run: async (model, real) => {
      await run(model, real)
      check(model, real)
    },
  }
}

const lease = (session: string | undefined): Command =>
  command(`lease(${session ?? ''})`, async (model, { world }) => {
    const leased = await world.pool.lease(talk({ ...(session !== undefined && { session }) })).catch(GatewayError.from)
    if (GatewayError.is(leased)) {
      expect(leased.code).to.be.oneOf(['no_account', 'all_cooling', 'all_exhausted', 'model_not_found'])
      return
    }
    expect(model.disabled.has(leased.account.id), 'a disabled account was chosen').to.equal(false)
    expect(model.ids).to.include(leased.account.id)
    model.leases.push(leased)
  })

const succeed = (index: number): Command =>
  command(
    `succeed(${index})`,
    async model => {
      const [leased] = model.leases.splice(index % model.leases.length, 1)
      leased?.succeeded()
      leased?.release()
    },
    ({ leases }) => leases.length > 0,
  )

const failWith = (index: number, code: ErrorCode, retryAfterMs: number | undefined): Command =>
  command(
    `fail(${index}, ${code}, ${retryAfterMs})`,
    async (model, real) => {
      const [leased] = model.leases.splice(index % model.leases.length, 1)
      if (!leased) return
      const { scope } = CODES[code]
      const before = statuses(real)
      leased.failed(new GatewayError(code, code, retryAfterMs === undefined ? {} : { retryAfterMs }))
      leased.release()
      if (scope === 'request' || scope === 'gateway') {
        expect([...statuses(real)], 'a failure of the request changed an account').to.have.deep.members([...before])
      }
    },
    ({ leases }) => leases.length > 0,
  )

const pass = (ms: number): Command => command(`pass(${ms})`, async (_model, { world }) => world.clock.advance(ms))

const disable = (index: number): Command =>
  command(
    `disable(${index})`,
    async (model, { world }) => {
      await world.directory.disable(pick(model.ids, index))
      model.disabled.add(pick(model.ids, index))
    },
    ({ ids }) => ids.length > 0,
  )

const enable = (index: number): Command =>
  command(
    `enable(${index})`,
    async (model, { world }) => {
      await world.directory.enable(pick(model.ids, index))
      model.disabled.delete(pick(model.ids, index))
    },
    ({ ids }) => ids.length > 0,
  )

const restore = (index: number): Command =>
  command(
    `restore(${index})`,
    async (model, real) => {
      const id = pick(model.ids, index)
      await real.world.directory.restore(id)
      expect(statuses(real).get(id)).to.equal(model.disabled.has(id) ? 'disabled' : 'active')
    },
    ({ ids }) => ids.length > 0,
  )

const remove = (index: number): Command =>
  command(
    `remove(${index})`,
    async (model, { world }) => {
      const id = pick(model.ids, index)
      await world.directory.remove(id)
      model.ids = model.ids.filter(each => each !== id)
      model.disabled.delete(id)
    },
    ({ ids }) => ids.length > 1,
  )

const codes = Object.keys(CODES) as ErrorCode[]
const nat = fc.nat(20)
const commands = fc.commands(
  [
    fc.constantFrom(undefined, 's1', 's2').map(lease),
    fc.constantFrom(undefined, 's1', 's2').map(lease),
    nat.map(succeed),
    fc.tuple(nat, fc.constantFrom(...codes), fc.constantFrom(undefined, 1, 30_000, 1e15)).map(values => failWith(...values)),
    fc.tuple(nat, fc.constantFrom(...codes), fc.constantFrom(undefined, 1, 30_000, 1e15)).map(values => failWith(...values)),
    fc.constantFrom(1, 500, 30_000, 5 * MINUTE, HOUR, 26 * HOUR).map(pass),
    nat.map(disable),
    nat.map(enable),
    nat.map(restore),
    nat.map(remove),
  ],
  { maxCommands: 40 },
)

describe('whatever happens to accounts', function () {
  this.timeout(60_000)

  it('none is stranded, no rest outlasts its end, none that is disabled is chosen, and no bad request harms one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...STRATEGY_NAMES), fc.boolean(), fc.integer({ min: 1, max: 4 }), commands, async (strategy, isPaced, size, steps) => {
        const world = await worldWith({ strategy, ...(isPaced && { pacing: { ...UNPACED, maxInFlight: 4, requestsPerMinute: 30, queue: 0 } }) })
        const real = { world }
        const model: Model = { disabled: new Set(), leases: [], ids: [] }
        try {
          for (let index = 0; index < size; index++) model.ids.push(await addWith(world, `account-${index}`, index === 3 ? { weight: 0 } : {}))
          await fc.asyncModelRun(() => ({ model, real }), steps)
          await comesBack(model, real)
        } finally {
          await world.close()
        }
      }),
      { numRuns: 100 },
    )
  })
})

/** In the end, when nothing is under way and time has gone by, everybody who needs no hand serves again. */
async function comesBack(model: Model, real: Real): Promise<void> {
  for (const each of model.leases.splice(0)) each.release()
  real.world.clock.advance(LONG)
  const left = [...statuses(real)].flatMap(([id, status]) => (FINAL.has(status) ? [] : [id]))
  const served = new Set<string>()
  for (let turn = 0; turn < left.length; turn++) {
    const { order } = real.world.pool.explain(QUESTION)
    expect([...order].sort()).to.deep.equal([...left].sort())
    const leased = await real.world.pool.lease(talk())
    served.add(leased.account.id)
    leased.succeeded()
    leased.release()
  }
  expect(served.size > 0).to.equal(left.length > 0)
}

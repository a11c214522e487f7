import { expect } from 'chai'
import fc from 'fast-check'
import { AccountTier } from '../../../../core/accounts/account-tier.ts'
import { AccountEntry } from '../../../../core/accounts/entry.ts'
import { STRATEGIES } from '../../../../core/accounts/strategies/list.ts'
import { COMPARED, walkTo } from '../../../../core/accounts/strategies/walk.ts'
import type { AccountUsage } from '../../../../core/contract/account.ts'
import { STRATEGY_NAMES, STRATEGY_WORDS, type StrategyName, strategyNamed } from '../../../../core/contract/strategy-names.ts'

const MINUTE = 60_000

interface Made extends Partial<AccountUsage> {
  readonly weight?: number
  readonly inFlight?: number
  readonly outcomes?: readonly [successes: number, failures: number]
  readonly remaining?: number
}

/** Accounts 0, 1, 2… of one tier, with a clock and dice that the test owns. */
class Turns {
  readonly tier = new AccountTier(0)
  readonly entries: AccountEntry[] = []
  readonly strategy: StrategyName
  now = 1_000_000_000
  chance = 0

  constructor(strategy: StrategyName, made: readonly Made[]) {
    this.strategy = strategy
    for (const each of made) this.entries.push(this.#entry(each))
    for (const entry of this.entries) this.tier.add(entry)
  }

  /** Who is chosen of those who can serve, with the request under way at once. */
  next(fits: (order: number) => boolean = () => true): number | undefined {
    const walk = STRATEGIES[this.strategy](this.tier, { now: this.now, chance: this.chance })
    const entry = walkTo(this.tier.entries, walk, each => (fits(each.order) ? each : undefined))
    if (entry === undefined) return undefined
    this.tier.took(entry)
    entry.usage.requests++
    return entry.order
  }

  many(count: number, fits?: (order: number) => boolean): (number | undefined)[] {
    return Array.from({ length: count }, () => this.next(fits))
  }

  at(order: number): AccountEntry {
    return this.entries[order] as AccountEntry
  }

  #entry({ weight = 1, inFlight = 0, outcomes: [successes, failures] = [0, 0], remaining, ...usage }: Made): AccountEntry {
    const record = { origin: 'store', health: { status: 'active', since: 0, failures: 0 }, healthEpoch: 0 } as never
    const entry = new AccountEntry(record, { id: `${this.entries.length}`, settings: {} } as never, { times: {} as never, hasPrevious: false })
    Object.assign(entry.usage, usage)
    Object.assign(entry, { order: this.entries.length, weight, inFlight })
    for (let count = 0; count < successes; count++) entry.recent.note('success')
    for (let count = 0; count < failures; count++) entry.recent.note('failure')
    if (remaining !== undefined) entry.quota = { quota: { buckets: [] }, readAt: 0, remaining }
    return entry
  }
}

const tally = (chosen: readonly (number | undefined)[]) => {
  const counts: Record<number, number> = {}
  for (const order of chosen) if (order !== undefined) counts[order] = (counts[order] ?? 0) + 1
  return counts
}

describe('strategies', () => {
  it('reach everybody who can serve, and nobody else, from wherever they begin', () => {
    const made = fc.record({
      weight: fc.constantFrom(1, 1, 0.5, 3),
      inFlight: fc.nat(5),
      requests: fc.nat(9),
      remaining: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    fc.assert(
      fc.property(
        fc.constantFrom(...STRATEGY_NAMES),
        fc.array(made, { minLength: 1, maxLength: 20 }),
        fc.array(chance, { minLength: 1 }),
        (strategy, accounts, chances) => {
          const turns = new Turns(strategy, accounts)
          for (const drawn of chances) {
            turns.chance = drawn
            const met = new Set<number>()
            for (let order = turns.next(each => !met.has(each)); order !== undefined; order = turns.next(each => !met.has(each))) met.add(order)
            expect(met.size).to.equal(accounts.length)
          }
        },
      ),
    )
  })

  it('compare the next thousand of many, and come round to all', () => {
    const turns = new Turns(
      'least-used',
      Array.from({ length: 3 * COMPARED }, () => ({})),
    )
    expect(Object.keys(tally(turns.many(3 * COMPARED)))).to.have.length(3 * COMPARED)
  })

  describe('round-robin', () => {
    it('goes on behind the last one, whoever cannot serve, leaves or comes back meanwhile', () => {
      const turns = new Turns('round-robin', [{}, {}, {}, {}])
      expect(turns.many(2)).to.deep.equal([0, 1])
      turns.tier.remove(turns.at(1))
      expect(turns.many(2)).to.deep.equal([2, 3])
      turns.tier.add(turns.at(1))
      expect(turns.many(4, order => order !== 2)).to.deep.equal([0, 1, 3, 0])
    })

    it('gives turns by weight, evenly spread, and lets nobody catch up who was away', () => {
      const turns = new Turns('round-robin', [{ weight: 3 }, {}, { weight: 0.5 }])
      expect(tally(turns.many(90))).to.deep.equal({ 0: 60, 1: 20, 2: 10 })
      expect(tally(turns.many(9))).to.deep.equal({ 0: 6, 1: 2, 2: 1 })
      turns.tier.remove(turns.at(1))
      turns.many(70)
      turns.tier.add(turns.at(1))
      expect(tally(turns.many(9))[1]).to.be.lessThan(4)
    })
  })

  describe('random', () => {
    const draws = (turns: Turns, fits?: (order: number) => boolean) => {
      const chosen = Array.from({ length: 4_000 }, (_, index) => {
        turns.chance = ((index * 0.618_033_988_749_894_8) % 1) * 0.999_999
        return turns.next(fits)
      })
      return tally(chosen)
    }

    it('reaches all alike, also where one of them cannot serve', () => {
      for (const count of Object.values(draws(new Turns('random', [{}, {}, {}, {}])))) expect(count).to.be.closeTo(1_000, 100)
      const without = draws(new Turns('random', [{}, {}, {}, {}, {}]), order => order !== 2)
      expect(Object.keys(without)).to.deep.equal(['0', '1', '3', '4'])
      for (const count of Object.values(without)) expect(count).to.be.closeTo(1_000, 150)
    })

    it('reaches a heavier one so much more often', () => {
      const counts = draws(new Turns('random', [{ weight: 3 }, {}]))
      expect(counts[0]).to.be.closeTo(3_000, 150)
    })
  })

  it('least-used takes who has had the fewest requests, two of weight two counting as one', () => {
    expect(new Turns('least-used', [{ requests: 3 }, { requests: 1 }, { requests: 2 }]).many(6)).to.deep.equal([1, 2, 1, 2, 0, 1])
    expect(tally(new Turns('least-used', [{ weight: 2 }, {}]).many(30))).to.deep.equal({ 0: 20, 1: 10 })
  })

  it('least-in-flight takes who has the least to do, and goes round where all have the same', () => {
    const turns = new Turns('least-in-flight', [{ inFlight: 2 }, { inFlight: 1 }, { inFlight: 1 }])
    expect(turns.many(3)).to.deep.equal([1, 2, 1])
    turns.at(0).inFlight = 0
    expect(turns.next()).to.equal(0)
    expect(new Turns('least-in-flight', [{ inFlight: 1 }, { inFlight: 3, weight: 4 }]).next()).to.equal(1)
  })

  it('sequential stays with one until it steps aside, and with its successor when it is back', () => {
    const turns = new Turns('sequential', [{}, {}, {}])
    expect(turns.many(3)).to.deep.equal([0, 0, 0])
    expect(
      turns.next(order => order !== 0),
      'somebody else for one request',
    ).to.equal(1)
    expect(turns.next()).to.equal(0)
    turns.tier.remove(turns.at(0))
    expect(turns.many(2)).to.deep.equal([1, 1])
    turns.tier.add(turns.at(0))
    expect(turns.many(2)).to.deep.equal([1, 1])
    turns.tier.remove(turns.at(1))
    turns.tier.remove(turns.at(2))
    expect(turns.next()).to.equal(0)
  })

  describe('score-based', () => {
    const first = (...made: Made[]) => new Turns('score-based', made).next()

    it('weighs success above rest and load', () => {
      expect(first({ outcomes: [16, 4], lastUsedAt: 0 }, { outcomes: [20, 0], lastUsedAt: 1_000_000_000 - 3 * MINUTE })).to.equal(1)
      expect(first({ outcomes: [20, 0], inFlight: 4 }, { outcomes: [20, 0], inFlight: 1 })).to.equal(1)
      expect(first({ outcomes: [20, 0], lastUsedAt: 1_000_000_000 }, { outcomes: [20, 0], lastUsedAt: 1_000_000_000 - MINUTE })).to.equal(1)
    })

    it('asks who fails more than three in ten of more than ten calls after all others, until it has rested for an hour', () => {
      const poor: Made = { outcomes: [8, 4], lastUsedAt: 1_000_000_000 - MINUTE }
      const busy: Made = { outcomes: [15, 5], inFlight: 100, lastUsedAt: 1_000_000_000 }
      expect(first(poor, busy)).to.equal(1)
      expect(first({ ...poor, lastUsedAt: 1_000_000_000 - 60 * MINUTE }, busy)).to.equal(0)
      expect(first({ outcomes: [1, 9], lastUsedAt: 1_000_000_000 - MINUTE }, busy), 'ten calls say nothing').to.equal(0)
    })

    it('gives a new account its chance', () => {
      expect(first({ outcomes: [50, 0], lastUsedAt: 1_000_000_000 - MINUTE }, {})).to.equal(1)
    })

    it('forgets the failures of last week', () => {
      expect(first({ outcomes: [1_000, 30], lastUsedAt: 0 }, { outcomes: [100, 1_000], lastUsedAt: 1_000_000_000 })).to.equal(0)
      const turns = new Turns('score-based', [{ outcomes: [0, 500] }])
      for (let count = 0; count < 300; count++) turns.at(0).recent.note('success')
      expect(turns.at(0).recent.rate).to.be.greaterThan(0.9)
    })
  })

  it('most-quota-remaining takes the fullest, goes round among equals, and knows an unread one as half full', () => {
    expect(new Turns('most-quota-remaining', [{ remaining: 0.2 }, { remaining: 0.9 }, {}]).many(2)).to.deep.equal([1, 1])
    expect(new Turns('most-quota-remaining', [{ remaining: 0.91 }, { remaining: 0.94 }]).many(2)).to.deep.equal([0, 1])
    expect(new Turns('most-quota-remaining', [{ remaining: 0.4 }, {}, { remaining: 0 }]).next()).to.equal(1)
  })

  it('are known by the names of the older systems, however they are written', () => {
    const meant: Readonly<Record<string, StrategyName>> = {
      round_robin: 'round-robin',
      RoundRobin: 'round-robin',
      leastUsed: 'least-used',
      least_used: 'least-used',
      'sequential-exhaust': 'sequential',
      priority: 'sequential',
      score_based: 'score-based',
      quota: 'most-quota-remaining',
    }
    for (const [word, name] of Object.entries(meant)) expect(strategyNamed(word), word).to.equal(name)
    expect(STRATEGY_WORDS.map(strategyNamed)).to.not.include(undefined)
    expect(strategyNamed('round-robbin')).to.equal(undefined)
  })
})

import { expect } from 'chai'
import type { CallbackFlow, DeviceFlow, DevicePoll, SignedIn } from '../../../../core/contract/sign-in.ts'
import { GatewayError } from '../../../../core/errors/gateway-error.ts'
import { type Arrival, Arrivals, type Outcome } from '../../../../core/sign-in/arrivals.ts'
import { waitForCallback } from '../../../../core/sign-in/callback-wait.ts'
import { waitForDevice } from '../../../../core/sign-in/device-wait.ts'
import { FakeClock } from '../../../../core/testing/clock.ts'

const SIGNED_IN: SignedIn = { account: { label: 'mia', credential: {} } }

describe('waiting for a sign-in', () => {
  let clock: FakeClock
  let told: string[]
  let stop: AbortController

  beforeEach(() => {
    clock = new FakeClock()
    told = []
    stop = new AbortController()
  })
  const waiting = () => ({ clock, signal: stop.signal, tell: (text: string) => void told.push(text) })
  /** How a wait ended, as words. */
  const outcomeOf = async (work: Promise<SignedIn>): Promise<string> =>
    work.then(({ account }) => `signed in as ${account.label}`).catch((error: GatewayError) => `${error.code}: ${error.message}`)

  describe('by callback', () => {
    let outcomes: Outcome[]
    beforeEach(() => (outcomes = []))
    const arrival = (query: string, canRetry = true): Arrival => ({
      callback: { query: new URLSearchParams(query) },
      canRetry,
      answer: outcome => void outcomes.push(outcome),
    })
    const flow = (finish: CallbackFlow['finish'] = () => Promise.resolve(SIGNED_IN)): CallbackFlow => ({
      kind: 'callback',
      url: 'http://upstream.test/login',
      expiresAt: clock.now() + 600_000,
      recognises: ({ query }) => query.get('state') === 'mine',
      finish,
    })

    it('ends with the first callback that belongs to it, and tells the browser', async () => {
      const arrivals = new Arrivals()
      const work = outcomeOf(waitForCallback(flow(), arrivals, waiting()))
      arrivals.add(arrival('code=c&state=mine'))
      expect(await work).to.equal('signed in as mia')
      expect(outcomes.map(({ ok }) => ok)).to.deep.equal([true])
      expect(clock.pending).to.equal(0)
    })

    it('refuses a callback of another sign-in, tells of it and goes on waiting', async () => {
      const arrivals = new Arrivals()
      const finished: string[] = []
      const wait = flow(({ query }) => {
        finished.push(query.toString())
        return Promise.resolve(SIGNED_IN)
      })
      const work = outcomeOf(waitForCallback(wait, arrivals, waiting()))
      for (const query of ['code=evil&state=theirs', 'code=evil', 'error=access_denied']) arrivals.add(arrival(query))
      arrivals.add(arrival('code=c&state=mine'))
      expect(await work).to.equal('signed in as mia')
      expect(finished).to.deep.equal(['code=c&state=mine'])
      expect(outcomes.map(({ ok }) => ok)).to.deep.equal([false, false, false, true])
      expect(told).to.have.length(3)
      expect(told.join()).not.to.contain('evil')
    })

    it('ends with a wrong callback of a program, which cannot try again', async () => {
      const arrivals = new Arrivals()
      arrivals.add(arrival('code=c&state=theirs', false))
      expect(await outcomeOf(waitForCallback(flow(), arrivals, waiting()))).to.match(/^forbidden: .*state/)
    })

    it('ends with the failure of its own callback, told in the browser as well', async () => {
      const arrivals = new Arrivals()
      arrivals.add(arrival('error=access_denied&state=mine'))
      const refused = flow(() => Promise.reject(new GatewayError('forbidden', 'the sign-in was refused')))
      expect(await outcomeOf(waitForCallback(refused, arrivals, waiting()))).to.equal('forbidden: the sign-in was refused')
      expect(outcomes).to.deep.equal([{ ok: false, text: 'The sign-in was refused.' }])
    })

    it('ends when nobody comes in time, and when the person stops it', async () => {
      const late = outcomeOf(waitForCallback(flow(), new Arrivals(), waiting()))
      await clock.pass(600_000)
      expect(await late).to.match(/^forbidden: nobody came back/)
      const stopped = outcomeOf(waitForCallback(flow(), new Arrivals(), waiting()))
      stop.abort(new GatewayError('cancelled', 'stopped'))
      expect(await stopped).to.equal('cancelled: stopped')
    })
  })

  describe('by device', () => {
    const polls: number[] = []
    beforeEach(() => polls.splice(0))
    /** A flow that is answered in this order; the last answer stays. */
    const flow = (...answers: readonly (DevicePoll | GatewayError)[]): DeviceFlow => ({
      kind: 'device',
      url: 'http://upstream.test/device',
      userCode: 'ABCD-EFGH',
      expiresAt: clock.now() + 60_000,
      intervalMs: 1_000,
      poll() {
        polls.push(clock.monotonic())
        const answer = answers[Math.min(polls.length, answers.length) - 1] ?? { kind: 'pending' }
        return GatewayError.is(answer) ? Promise.reject(answer) : Promise.resolve(answer)
      },
    })
    const pending: DevicePoll = { kind: 'pending' }
    const slow: DevicePoll = { kind: 'slow-down' }
    const done: DevicePoll = { kind: 'signed-in', signedIn: SIGNED_IN }

    it('asks in the rhythm of the server, from the first time on, and quietly', async () => {
      const work = outcomeOf(waitForDevice(flow(pending, pending, done), waiting()))
      await clock.pass(3_000)
      expect(await work).to.equal('signed in as mia')
      expect(polls).to.deep.equal([1_000, 2_000, 3_000])
      expect(told).to.deep.equal([])
    })

    it('asks more slowly from then on when it is told to', async () => {
      const work = outcomeOf(waitForDevice(flow(slow, pending, slow, done), waiting()))
      await clock.pass(40_000)
      expect(await work).to.equal('signed in as mia')
      expect(polls).to.deep.equal([1_000, 7_000, 13_000, 24_000])
    })

    it('is not ended by a failure on the way', async () => {
      const work = outcomeOf(waitForDevice(flow(new GatewayError('upstream_unreachable', 'the host cannot be reached'), done), waiting()))
      await clock.pass(10_000)
      expect(await work).to.equal('signed in as mia')
      expect(told).to.deep.equal(['the host cannot be reached; asking again'])
    })

    it('ends with a refusal', async () => {
      const work = outcomeOf(waitForDevice(flow(pending, new GatewayError('forbidden', 'refused')), waiting()))
      await clock.pass(2_000)
      expect(await work).to.equal('forbidden: refused')
    })

    it('ends when the code has run out, and when the person stops it', async () => {
      const late = outcomeOf(waitForDevice(flow(pending), waiting()))
      await clock.pass(61_000)
      expect(await late).to.match(/^forbidden: the code ran out/)
      const stopped = outcomeOf(waitForDevice(flow(pending), waiting()))
      stop.abort(new GatewayError('cancelled', 'stopped'))
      expect(await stopped).to.equal('cancelled: stopped')
      expect(clock.pending).to.equal(0)
    })
  })
})

import { expect } from 'chai'
import { startKiroSimulator } from '../../providers/kiro/simulator/index.ts'
import { ask, CLIENT_KEY } from '../support/gateway.ts'
import { startGatewayProcess } from '../support/gateway-process.ts'
import { describePostgres } from '../support/postgres.ts'
import { type Relay, startRelay } from '../support/relay.ts'

/** R24: what may pass until all is well again. */
const BACK_MS = 10_000

describePostgres('a gateway whose database goes away', server => {
  const ways: readonly (readonly [string, (relay: Relay) => void])[] = [
    ['refuses connections', relay => relay.refuse()],
    ['answers nothing', relay => relay.swallow()],
  ]
  for (const [how, goAway] of ways) {
    it(`serves from memory while it ${how}, answers 503 where a token has ended, spends none twice, and is back by itself`, async function () {
      this.timeout(120_000)
      const simulator = await startKiroSimulator()
      const relay = await startRelay(server().port)
      const url = await server().makeDatabase()
      const gateway = await startGatewayProcess(simulator, undefined, {
        DATABASE_URL: url.replace(`:${server().port}/`, `:${relay.port}/`),
        LOG_LEVEL: 'error',
      })
      const post = async () => {
        const response = await fetch(`${gateway.url}/v1/messages`, {
          method: 'POST',
          headers: { 'x-api-key': CLIENT_KEY, 'content-type': 'application/json' },
          body: JSON.stringify(ask('hi')),
        })
        return { status: response.status, text: await response.text() }
      }
      try {
        expect((await post()).status).to.equal(200)
        goAway(relay)
        const served = await Promise.all(Array.from({ length: 20 }, post))
        expect(new Set(served.map(({ status }) => status)), 'from memory').to.deep.equal(new Set([200]))

        simulator.expireAccessTokens()
        const started = performance.now()
        const refused = await Promise.all(Array.from({ length: 20 }, post))
        expect(new Set(refused.map(({ status }) => status))).to.deep.equal(new Set([503]))
        for (const { text } of refused) expect(text).to.not.contain('planted')
        expect(performance.now() - started, 'no hang').to.be.lessThan(30_000)

        relay.restore()
        const back = performance.now()
        let status = 0
        while (status !== 200 && performance.now() - back < 2 * BACK_MS) {
          status = (await post()).status
          expect(status).to.be.oneOf([200, 503])
        }
        expect(status).to.equal(200)
        expect(performance.now() - back).to.be.lessThan(BACK_MS)
        const { refreshes, spentRefreshTokensPresented } = simulator.stats()
        expect({ refreshes, spentRefreshTokensPresented }).to.deep.equal({ refreshes: 1, spentRefreshTokensPresented: 0 })
      } finally {
        await gateway.end()
        await relay.close()
        await simulator.close()
      }
    })
  }
})

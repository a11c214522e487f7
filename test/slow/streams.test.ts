import { expect } from 'chai'
import { type KiroSimulator, startKiroSimulator } from '../../providers/kiro/simulator/index.ts'
import { abandonStreams, lastThirdAboveMiddle, openStream } from '../support/abandoned-streams.ts'
import { ask, CLIENT_KEY } from '../support/gateway.ts'
import { eventually } from '../support/eventually.ts'
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.ts'

const MB = 1024 * 1024

/** Figures R13–R15 of the reliability targets, in the size that fits a test run. */
describe('streams that nobody reads to the end', function () {
  this.timeout(300_000)
  let simulator: KiroSimulator
  let gateway: GatewayProcess

  beforeEach(async () => {
    simulator = await startKiroSimulator({ journal: false })
    gateway = await startGatewayProcess(simulator)
  })
  afterEach(async () => {
    await gateway.end()
    await simulator.close()
  })

  const open = (text: string) => openStream({ url: gateway.url, key: CLIENT_KEY, body: JSON.stringify(ask(text, { stream: true, max_tokens: 1_000_000_000 })) })

  it('are cancelled upstream when their clients leave, and leave no memory behind', async () => {
    const floors: number[] = []
    for (let round = 0; round < 9; round++) {
      const released = () => eventually(async () => simulator.stats().openStreams === 0)
      await abandonStreams(() => open('[[events:400]] [[chars:8000]] [[gap:20]]'), { waves: 30, size: 50, released })
      floors.push(gateway.memory())
    }
    expect(lastThirdAboveMiddle(floors) / MB, `memory after each round: ${floors.map(floor => Math.round(floor / MB)).join(', ')} MB`).to.be.below(25)
  })

  it('are held back at the upstream while their clients do not read', async () => {
    const before = gateway.memory()
    // Sockets alone swallow some 20 MB a stream on loopback: only a much larger answer shows who holds back.
    simulator.script({ do: 'answer', text: 'x'.repeat(100 * MB), events: 6400, chunking: { frames: 4 }, times: 4 })
    const streams = await Promise.all(Array.from({ length: 4 }, () => open('much')))
    for (const stream of streams) stream.pause()
    // What is not held back is through in a second or two; what is, never is.
    let last = -1
    let still = 0
    await eventually(async () => {
      const now = gateway.memory()
      still = Math.abs(now - last) < MB / 4 ? still + 1 : 0
      last = now
      await new Promise(resolve => setTimeout(resolve, 200))
      return still >= 5
    }, 30_000)
    expect(simulator.stats().openStreams).to.equal(4)
    expect((gateway.memory() - before) / MB).to.be.below(4 * 1.5 + 120)
    for (const stream of streams) stream.leave()
    await eventually(async () => simulator.stats().openStreams === 0)
  })
})

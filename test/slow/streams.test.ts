import { request } from 'node:http'
import { expect } from 'chai'
import { type KiroSimulator, startKiroSimulator } from '../../providers/kiro/simulator/index.ts'
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

  /** Opens a stream and hands over its response as soon as the head is there. */
  const open = (text: string) =>
    new Promise<{ readonly leave: () => void; readonly pause: () => void; readonly first: Promise<void> }>((resolve, reject) => {
      const sent = request(`${gateway.url}/v1/messages`, { method: 'POST', agent: false, headers: { 'x-api-key': CLIENT_KEY, 'content-type': 'application/json' } }, response => {
        response.on('error', () => undefined)
        const first = new Promise<void>(done => response.once('data', () => done()))
        resolve({ leave: () => response.destroy(), pause: () => response.pause(), first })
      })
      sent.on('error', reject)
      sent.end(JSON.stringify(ask(text, { stream: true, max_tokens: 1_000_000_000 })))
    })

  it('are cancelled upstream when their clients leave, and leave no memory behind', async () => {
    const floors: number[] = []
    for (let round = 0; round < 9; round++) {
      for (let wave = 0; wave < 30; wave++) {
        const streams = await Promise.all(Array.from({ length: 50 }, () => open('[[events:400]] [[chars:8000]] [[gap:20]]')))
        await Promise.all(streams.map(stream => stream.first))
        for (const stream of streams) stream.leave()
        await eventually(async () => simulator.stats().openStreams === 0)
      }
      floors.push(gateway.memory())
    }
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
    expect((mean(floors.slice(6)) - mean(floors.slice(3, 6))) / MB, `memory after each round: ${floors.map(floor => Math.round(floor / MB)).join(', ')} MB`).to.be.below(25)
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

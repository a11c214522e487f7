import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { type KiroSimulator, startKiroSimulator } from '../../providers/kiro/simulator/index.ts'
import { eventually } from '../support/eventually.ts'
import { ask } from '../support/gateway.ts'
import { allGone, type WorkerGateway, WorkerGateways } from '../support/worker-gateway.ts'

const PATIENCE_MS = 20_000

const say = (gateway: WorkerGateway, words = 'hi') => gateway.ask('/v1/messages', ask(words))
const stream = (gateway: WorkerGateway, words: string) => gateway.open('/v1/messages', ask(words, { stream: true }))

/** The whole life of one gateway, in order. */
describe('a gateway of two workers', function () {
  this.timeout(60_000)
  const gateways = new WorkerGateways()
  let simulator: KiroSimulator
  let gateway: WorkerGateway
  before(async () => {
    simulator = await startKiroSimulator()
    gateway = await gateways.on(simulator)
  })
  after(async () => {
    await gateways.end()
    await simulator.close()
  })

  it('answers with both on one port, and says ready once, when both do', async () => {
    expect([...gateway.workers.keys()]).to.deep.equal([1, 2])
    for (let index = 0; index < 4; index++) expect((await say(gateway)).status).to.equal(200)
    await eventually(async () => gateway.answered.length === 4)
    expect(gateway.answered).to.have.members([1, 1, 2, 2])
    expect(gateway.stdout).to.match(/^kiro-gateway ready on http:\/\/127\.0\.0\.1:\d+\n$/)
  })

  it('renews an expired token once for sixty-four requests at the same time', async () => {
    for (let expiry = 0; expiry < 3; expiry++) {
      const before = simulator.stats()
      simulator.expireAccessTokens()
      const answers = await Promise.all(Array.from({ length: 64 }, () => say(gateway)))
      expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]))
      const after = simulator.stats()
      expect(after.refreshAttempts - before.refreshAttempts).to.equal(1)
      expect(after.spentRefreshTokensPresented).to.equal(0)
    }
  })

  it('replaces a killed one while the other serves', async () => {
    const victim = gateway.workers.get(1) as number
    process.kill(victim, 'SIGKILL')
    const answers = await Promise.all(Array.from({ length: 8 }, () => say(gateway)))
    expect(
      answers.map(({ status }) => status),
      'whoever comes at that very moment',
    ).to.deep.equal(Array.from({ length: 8 }, () => 200))
    await eventually(async () => gateway.workers.size === 2 && gateway.workers.get(1) !== victim, PATIENCE_MS)
    const before = gateway.answered.length
    await eventually(async () => {
      expect((await say(gateway)).status).to.equal(200)
      return [1, 2].every(number => gateway.answered.slice(before).includes(number))
    })
    expect(gateway.stderr).to.contain('a worker ended and is replaced').and.to.contain('SIGKILL')
  })

  it('lets streams of both end on SIGTERM, then ends', async () => {
    const pids = [...gateway.workers.values()]
    const streams = await Promise.all(Array.from({ length: 4 }, () => stream(gateway, '[[events:20]] [[chars:400]] [[gap:40]]')))
    const texts = streams.map(each => text(each))
    gateway.child.kill('SIGTERM')
    for (const whole of await Promise.all(texts)) expect(whole).to.contain('event: message_stop')
    expect(await gateway.ended).to.equal(0)
    expect(gateway.answered.slice(-4)).to.have.members([1, 1, 2, 2])
    await allGone(pids)
  })
})

describe('several workers', function () {
  this.timeout(60_000)
  const gateways = new WorkerGateways()
  let simulator: KiroSimulator
  before(async () => {
    simulator = await startKiroSimulator()
  })
  afterEach(() => gateways.end())
  after(() => simulator.close())

  it('rests an account in both when one has met its limit', async () => {
    const gateway = await gateways.on(simulator)
    const readiness = async () => [(await gateway.ask('/ready')).status, (await gateway.ask('/ready')).status]
    expect(await readiness()).to.deep.equal([200, 200])
    expect((await say(gateway, '[[error:monthly-request-count-429]]')).status).to.equal(429)
    await eventually(async () => (await readiness()).every(status => status === 503))
    const calls = () => simulator.journal.filter(({ path }) => path.includes('generateAssistantResponse') || path === '/').length
    const before = calls()
    for (let index = 0; index < 4; index++) expect((await say(gateway)).status).to.equal(429)
    expect(calls(), 'nobody asks upstream').to.equal(before)
  })

  it('ends at once when somebody insists', async () => {
    const gateway = await gateways.on(simulator)
    const pids = [...gateway.workers.values()]
    const open = await stream(gateway, '[[events:100]] [[chars:400]] [[gap:200]]')
    open.on('error', () => undefined).resume()
    gateway.child.kill('SIGTERM')
    const again = setInterval(() => gateway.child.kill('SIGTERM'), 100)
    expect(await gateway.ended).to.equal(1)
    clearInterval(again)
    await allGone(pids)
  })

  it('stays when a terminal closes, and leaves no worker behind when it is killed', async () => {
    const gateway = await gateways.on(simulator)
    const pids = [...gateway.workers.values()]
    for (const pid of [gateway.child.pid as number, ...pids]) process.kill(pid, 'SIGHUP')
    for (let index = 0; index < 4; index++) expect((await say(gateway)).status).to.equal(200)
    gateway.child.kill('SIGKILL')
    await allGone(pids)
  })

  it('makes one key and shows it once, and both answer to it from the sandbox', async () => {
    const gateway = await gateways.run().ready()
    const keys = new Set(gateway.stderr.match(/sk-kg-[\w-]+/g))
    expect(keys.size).to.equal(1)
    expect(gateway.stderr.match(/Client key/g)).to.have.length(1)
    const headers = { 'x-api-key': [...keys][0] as string, 'content-type': 'application/json', connection: 'close' }
    for (let index = 0; index < 4; index++) {
      const answer = await fetch(`${gateway.url}/v1/messages`, { method: 'POST', headers, body: JSON.stringify(ask('hi')) })
      expect(answer.status, await answer.text()).to.equal(200)
      expect(answer.headers.get('x-kiro-gateway-sandbox')).to.equal('true')
    }
  })

  it('tells what is wrong with its configuration once', async () => {
    const gateway = gateways.run({ LOG_LEVEL: 'loud', WORKERS: '4', PORT: 'x' })
    expect(await gateway.ended).to.equal(1)
    expect(gateway.stderr.match(/kiro-gateway:/g)).to.have.length(1)
    expect(gateway.stderr.match(/LOG_LEVEL/g)).to.have.length(1)
    expect(gateway.stdout).to.equal('')
  })

  it('tells once that its port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { readonly port: number }
    const gateway = gateways.run({}, ['--port', String(port)])
    expect(await gateway.ended).to.equal(1)
    other.close()
    expect(gateway.stderr.match(/kiro-gateway:/g)).to.have.length(1)
    expect(gateway.stderr).to.contain(`port ${port}`).and.to.contain('--port')
    expect(gateway.stderr).not.to.contain('Client key')
  })

  it('goes on with one when the other cannot come back, and has it back once it can', async () => {
    const gateway = gateways.run({ PROXY_API_KEY: 'my-own-key' })
    const file = `${gateway.folder}/kiro-gateway.config.json`
    writeFileSync(file, '{}')
    await gateway.ready()
    writeFileSync(file, '{ "wrong": 1 }')
    process.kill(gateway.workers.get(2) as number, 'SIGKILL')
    await eventually(async () => gateway.stderr.includes('"wrong"'), PATIENCE_MS)
    expect([...gateway.workers.keys()]).to.deep.equal([1])
    expect((await gateway.ask('/health')).status).to.equal(200)
    writeFileSync(file, '{}')
    await eventually(async () => gateway.workers.size === 2, PATIENCE_MS)
  })
})

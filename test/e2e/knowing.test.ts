import { expect } from 'chai'
import type { AccountEvent } from '../../core/contract/account.ts'
import type { AccountSummary } from '../../core/contract/pool.ts'
import { runCommand } from '../support/command.ts'
import { eventually } from '../support/eventually.ts'
import { ask, CLIENT_KEY, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { ShiftedClock } from '../support/shifted-clock.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

describe('what is known of accounts, through the whole gateway', () => {
  let gateway: TestGateway
  let clock: ShiftedClock
  /** The accounts in the order of the credentials file. */
  let ids: string[]

  beforeEach(async () => {
    clock = new ShiftedClock()
    gateway = await startTestGateway({ accounts: ['social', 'social'], clock })
    const { directory } = gateway.gateway.services
    const tokens = await Promise.all((await directory.list()).map(async ({ id }) => ({ id, token: JSON.stringify((await directory.reveal(id)).credential) })))
    ids = gateway.credentials.map(({ refreshToken }) => tokens.find(({ token }) => token.includes(refreshToken as string))!.id)
  })
  afterEach(() => gateway.close())

  const list = () => gateway.gateway.services.directory.list()
  const account = (index: number) => gateway.gateway.services.directory.show(ids[index]!)
  const history = (index: number) => gateway.gateway.services.directory.history(ids[index]!)
  const served = async () => (await gateway.post('/v1/messages', ask('hi'))).status
  const readings = (index: number) =>
    gateway.simulator.journal.filter(({ path, account: id }) => /usagelimits/i.test(path) && id === gateway.simulator.accountOf(gateway.credentials[index]!))
      .length
  /** Waits for the first reading of each account, which comes by itself. */
  const firstReadings = async () => {
    clock.skip(20_000)
    await eventually(async () => (await list()).every(({ quota }) => quota !== undefined))
  }
  /** States are written behind the requests: a moment passes with each of the first looks. */
  const becomes = (check: () => Promise<boolean>) => {
    let moments = 20
    return eventually(async () => {
      if (moments-- > 0) clock.skip(300)
      return check()
    })
  }

  it('shows what is left of an account that nobody has used yet, every pot of it', async () => {
    gateway.simulator.setUsage(gateway.credentials[0]!, { used: 1_000, trial: { used: 100, limit: 500 } })
    await firstReadings()
    const { quota, state } = await account(0)
    expect(quota).to.deep.include({ remaining: 400 / 1_500 })
    expect(quota?.quota).to.deep.include({ plan: 'KIRO PRO' })
    expect(quota?.quota.buckets.map(({ name, used, limit, unit }) => [name, used, limit, unit])).to.deep.equal([
      ['Credit', 1_000, 1_000, 'credits'],
      ['Credit trial', 100, 500, 'credits'],
    ])
    expect(state.status, 'one pot is empty, the other is not').to.equal('active')
  })

  it('keeps an account out of use whose quota is used up, before a request fails, until its reset', async () => {
    gateway.simulator.setUsage(gateway.credentials[0]!, { used: 1_000 })
    gateway.simulator.exhaust(gateway.credentials[0]!)
    await firstReadings()
    await becomes(async () => (await account(0)).state.status === 'exhausted')
    const { state, quota, words } = await account(0)
    expect(state).to.include({ reason: 'quota_exhausted', failures: 0 })
    expect(state.until).to.be.closeTo(quota?.quota.buckets[0]?.resetsAt as number, 5_000)
    expect(words?.ends).to.contain('reset')
    for (let turn = 0; turn < 4; turn++) expect(await served()).to.equal(200)
    expect(gateway.simulator.journal.filter(({ status, path }) => status !== 200 && !/usagelimits/i.test(path))).to.deep.equal([])
  })

  it('asks soon after a refusal when the quota comes back, and notices when it came back earlier', async () => {
    await firstReadings()
    for (const credential of gateway.credentials) gateway.simulator.exhaust(credential)
    expect(await served()).to.equal(429)
    clock.skip(25_000)
    await becomes(async () => (await list()).every(({ state }) => state.status === 'exhausted' && (state.until ?? 0) - clock.now() > 2 * HOUR))
    for (const credential of gateway.credentials) gateway.simulator.restore(credential)
    clock.skip(HOUR)
    await becomes(async () => (await list()).every(({ state }) => state.status === 'active'))
    expect(await served()).to.equal(200)
    await becomes(async () => (await history(0)).some(({ cause }) => cause === 'quota-left'))
    const changes = (await history(0)).filter(({ kind }) => kind === 'state').map(({ to, cause }) => `${to} ${cause}`)
    expect(changes.slice(0, 3)).to.deep.equal(['exhausted quota_exhausted', 'exhausted quota-empty', 'active quota-left'])
    const refused = (await history(0)).find(({ cause }) => cause === 'quota_exhausted') as AccountEvent
    expect(refused.call).to.be.a('string')
    expect(refused.attempt).to.be.within(1, 2)
  })

  it('says in the log what the operator must do about a suspended account, and leaves it alone', async () => {
    gateway.simulator.suspend(gateway.credentials[0]!)
    for (let turn = 0; turn < 4; turn++) expect(await served()).to.equal(200)
    // State and failures are written behind the requests.
    clock.skip(5_000)
    await eventually(async () => (await account(0)).lastFault !== undefined)
    const { id, state, words, lastFault } = await account(0)
    expect(state).to.include({ status: 'suspended', reason: 'account_suspended' })
    expect(words?.ends).to.contain(`kiro-gateway accounts restore ${id}`)
    expect(lastFault?.code).to.equal('account_suspended')
    const line = gateway
      .logged()
      .split('\n')
      .find(text => text.includes('"an account stopped"')) as string
    expect(line).to.contain(`kiro-gateway accounts restore ${id}`)
    expect(JSON.parse(line)).to.include({ level: 'error', account: id })
    const before = readings(0)
    clock.skip(12 * HOUR)
    await eventually(() => Promise.resolve(readings(1) > 0))
    expect(readings(0)).to.equal(before)
  })

  it('counts, and shows a command beside it what is under way', async () => {
    const streaming = await gateway.post('/v1/messages', ask('[[events:50]][[gap:100]]', { stream: true }))
    const first = streaming.body!.getReader()
    await first.read()
    await becomes(async () =>
      ((await runCommand(gateway.settings, 'accounts', 'list', '--json')).json as AccountSummary[]).some(({ inFlight }) => inFlight === 1),
    ).finally(() => first.cancel())
    expect(await served()).to.equal(200)
    await becomes(async () => {
      const { json } = await runCommand(gateway.settings, 'accounts', 'list', '--json')
      const accounts = json as AccountSummary[]
      return accounts.every(({ inFlight }) => inFlight === 0) && accounts.reduce((sum, { usage }) => sum + usage.requests, 0) === 2
    })
  })

  it('is read at once by a command, and the gateway beside it takes the reading as its own', async () => {
    gateway.simulator.setUsage(gateway.credentials[0]!, { used: 1_000 })
    const { code, text } = await runCommand(gateway.settings, 'accounts', 'list', '--refresh')
    expect(code).to.equal(0)
    const lines = text.split('\n')
    expect(lines[0]).to.match(/^ID +PROVIDER +LABEL +STATE +QUOTA LEFT +WHY +UNTIL +REFRESH +IN FLIGHT +LAST ERROR +SOURCE$/)
    expect(lines.find(line => line.startsWith(ids[0]!))).to.match(/ exhausted +░{10} +0 % +quota_exhausted /)
    expect(lines.find(line => line.startsWith(ids[1]!))).to.match(/ active +█{10} +100 % +- /)
    await gateway.gateway.services.watch.check()
    for (let turn = 0; turn < 4; turn++) expect(await served()).to.equal(200)
    expect(
      gateway.simulator.journal.filter(({ path, account: id }) => /generate/i.test(path) && id === gateway.simulator.accountOf(gateway.credentials[0]!)),
    ).to.deep.equal([])
  })

  it('is read with a token renewed for it where that is all that was lacking; what cannot be read is named and ends with code 1', async () => {
    gateway.simulator.expireAccessTokens()
    const fresh = await runCommand(gateway.settings, 'accounts', 'list', '--refresh', '--json')
    expect([fresh.code, fresh.text]).to.deep.equal([0, ''])
    expect((fresh.json as AccountSummary[]).map(({ quota }) => quota?.remaining)).to.deep.equal([1, 1])
    gateway.simulator.suspend(gateway.credentials[0]!)
    const { code, text } = await runCommand(gateway.settings, 'accounts', 'list', '--refresh')
    expect(code).to.equal(1)
    expect(text).to.contain(`the quota of ${ids[0]!} (`).and.not.contain(`the quota of ${ids[1]!}`)
    expect((await runCommand(gateway.settings, 'accounts', 'show', ids[0]!, '--refresh')).code).to.equal(1)
    expect((await runCommand(gateway.settings, 'accounts', 'show', ids[1]!, '--refresh')).code).to.equal(0)
  })

  it('shows accounts that clients brought along only where they are asked for, and says how many there are', async () => {
    const { refreshToken = '' } = gateway.simulator.issue('social')
    const response = await gateway.post('/v1/messages', ask('mine'), { 'x-api-key': `${CLIENT_KEY}:${refreshToken}` })
    expect(response.status, await response.text()).to.equal(200)
    const listed = await runCommand(gateway.settings, 'accounts', 'list')
    expect(listed.text.split('\n').at(-1)).to.equal("1 more account came along with clients' keys; --callers shows them")
    expect(listed.text).to.not.match(/ caller$/m)
    const documents = [await runCommand(gateway.settings, 'accounts', 'list', '--json'), await runCommand(gateway.settings, 'accounts', 'list', '--json', '--callers')]
    expect(documents.map(({ json }) => (json as AccountSummary[]).map(({ origin }) => origin === 'caller'))).to.deep.equal([
      [false, false],
      [false, false, true],
    ])
    const { json } = await runCommand(gateway.settings, 'status', '--json')
    expect((json as { accounts: unknown }).accounts).to.deep.equal({ total: 2, states: { active: 2 }, callers: 1 })
    expect((await runCommand(gateway.settings, 'status')).text).to.match(/^callers +1 /m)
  })

  it('writes no history where nothing happens: commands that only look leave none', async () => {
    await firstReadings()
    clock.skip(5_000)
    await becomes(async () => (await history(1)).some(({ kind }) => kind === 'quota'))
    const before = [await history(0), await history(1)]
    for (const words of [['explain', '--model', 'claude-sonnet-4.5'], ['models'], ['accounts', 'strategy'], ['status'], ['accounts', 'list']])
      expect((await runCommand(gateway.settings, ...words)).code, words.join(' ')).to.equal(0)
    expect([await history(0), await history(1)]).to.deep.equal(before)
    await runCommand(gateway.settings, 'accounts', 'disable', ids[0]!)
    await gateway.gateway.services.watch.check()
    await runCommand(gateway.settings, 'accounts', 'enable', ids[0]!)
    await gateway.gateway.services.watch.check()
    clock.skip(5_000)
    await new Promise(setImmediate)
    // The command's clock is another one, so its lines may stand anywhere.
    const known = new Set(before[0]!.map(({ at, kind }) => `${at} ${kind}`))
    const added = (await history(0)).filter(({ at, kind }) => !known.has(`${at} ${kind}`))
    expect(added.map(({ kind, to }) => `${kind} ${to}`)).to.deep.equal(['disabled disabled', 'enabled active'])
  })

  it('is told of one account in full: as JSON in the documented shape, and for people', async () => {
    await firstReadings()
    expect(await served()).to.equal(200)
    expect(await served()).to.equal(200)
    clock.skip(10_000)
    await eventually(async () => (await account(0)).usage.requests > 0)
    const { id } = await account(0)
    const shown = await runCommand(gateway.settings, 'accounts', 'show', id, '--json')
    const json = shown.json as AccountSummary & { readonly history: readonly AccountEvent[] }
    expect(Object.keys(json).sort()).to.include.members([
      'attached',
      'facts',
      'generation',
      'history',
      'id',
      'inFlight',
      'label',
      'origin',
      'provider',
      'quota',
      'state',
      'usage',
    ])
    expect(Object.keys(json.state).sort()).to.deep.equal(['failures', 'since', 'status'])
    expect(Object.keys(json.usage).sort()).to.deep.equal(['failures', 'lastUsedAt', 'requests', 'successes'])
    expect(Object.keys(json.quota!).sort()).to.deep.equal(['quota', 'readAt', 'remaining'])
    expect(Object.keys(json.quota!.quota.buckets[0]!).sort()).to.deep.equal(['limit', 'name', 'resetsAt', 'unit', 'used'])
    expect(json.history[0]).to.include({ kind: 'added' })
    const { text } = await runCommand(gateway.settings, 'accounts', 'show', id.slice(0, 10))
    for (const part of [
      /^account +acc_/m,
      /^state +active$/m,
      /^next refresh +\d{4}-.* \(in \d+ min\)$/m,
      /^requests +1 \(1 succeeded, 0 failed\)/m,
      /^Credit +█+░* +\d+ % +/m,
      / added +active +file:/m,
    ])
      expect(text).to.match(part)
    expect(text).to.not.match(/@example\.com|arn:aws|refreshToken/)
    const missing = await runCommand(gateway.settings, 'accounts', 'show', 'acc_none')
    expect([missing.code, missing.text]).to.deep.equal([1, 'kiro-gateway: there is no account "acc_none"; "kiro-gateway accounts list" shows ids and labels'])
  })
})

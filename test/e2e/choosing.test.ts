import { expect } from 'chai'
import type { Explanation } from '../../core/contract/explanation.ts'
import { runCommand } from '../support/command.ts'
import { ask, startTestGateway, type TestGateway } from '../support/gateway.ts'

const kiro = (options: object) => ({ providers: [{ use: 'kiro', options }] })

describe('choosing among accounts', () => {
  let gateway: TestGateway
  afterEach(() => gateway.close())

  const start = async (options: object = {}) => {
    gateway = await startTestGateway({ accounts: ['social', 'social', 'social'], config: kiro(options) })
  }
  const command = (...words: string[]) => runCommand(gateway.settings, ...words)
  const ids = async () => ((await command('accounts', 'list', '--json')).json as { id: string }[]).map(({ id }) => id)
  /** Which account served it. */
  const served = async (headers: Readonly<Record<string, string>> = {}, content: unknown = 'Hello') => {
    const before = new Map((await gateway.gateway.services.directory.list()).map(({ id }) => [id, 0]))
    const count = ({ account }: { readonly account: string }) => void before.set(account, 1)
    gateway.gateway.services.events.on('attempt.started', count)
    const response = await gateway.post('/v1/messages', ask(content), headers)
    expect(response.status, await response.text()).to.equal(200)
    gateway.gateway.services.events.off('attempt.started', count)
    return [...before].find(([, times]) => times === 1)?.[0]
  }

  it('keeps a conversation with one account and gives the others their turns', async () => {
    await start()
    const first = await served({ 'x-claude-code-session-id': 'session-one' })
    const others = new Set([await served(), await served()])
    expect(others.size).to.equal(2)
    expect(others).to.not.include(first)
    for (let turn = 0; turn < 3; turn++) expect(await served({ 'x-claude-code-session-id': 'session-one' })).to.equal(first)
  })

  it('is switched by a command while the gateway runs, and back again', async () => {
    await start()
    expect((await command('accounts', 'strategy', '--json')).json).to.deep.equal([
      { provider: 'kiro', strategy: 'round-robin', source: 'configuration', configured: 'round-robin' },
    ])
    const set = await command('accounts', 'strategy', 'sequential_exhaust', '--json')
    expect(set.json).to.deep.equal([{ provider: 'kiro', strategy: 'sequential', source: 'command', configured: 'round-robin' }])
    await gateway.gateway.services.watch.check()
    expect(new Set([await served(), await served(), await served()]).size).to.equal(1)
    expect((await command('accounts', 'strategy', '--reset')).code).to.equal(0)
    await gateway.gateway.services.watch.check()
    expect(new Set([await served(), await served(), await served()]).size).to.equal(3)
  })

  it('refuses a strategy or provider that there is not', async () => {
    await start()
    const wrong = await command('accounts', 'strategy', 'by-the-stars')
    expect(wrong.code).to.equal(1)
    expect(wrong.text).to.contain('there are round-robin, random, least-used')
    expect((await command('accounts', 'strategy', 'random', '--provider', 'nobody')).text).to.contain('configured are kiro')
    expect((await command('accounts', 'strategy', 'random', '--reset')).code).to.equal(1)
  })

  it('is explained by a command, for people and for programs', async () => {
    await start()
    const [, second] = await ids()
    await command('accounts', 'disable', second as string)
    const { code, json } = await command('explain', '--model', 'claude-sonnet-4-5', '--json')
    expect(code).to.equal(0)
    const { order, candidates } = json as Explanation
    expect(order).to.have.length(2).and.not.include(second)
    expect(candidates.map(({ verdict }) => verdict)).to.deep.equal(['chosen', 'fallback', 'ruled-out'])
    expect(candidates[2]).to.deep.include({ account: second, status: 'disabled', reason: 'disabled: an operator switched it off' })
    const { text } = await command('explain', '--model', 'claude-sonnet-4-5', '--session', 'one')
    expect(text).to.match(/^1 +acc_\S+ .* chosen +first by round-robin$/m)
    expect(text).to.contain('this is what a new conversation would get')
  })

  it('explains a model that no account has, and a key that may not ask for it', async () => {
    await start()
    expect((await command('explain', '--model', 'gpt-9')).text).to.contain('the model is not among those that it offers')
    const { id } = (await command('keys', 'create', '--models', 'claude-haiku-*', '--json')).json as { id: string }
    expect((await command('explain', '--model', 'claude-sonnet-4-5', '--key-id', id)).text).to.contain(`the key ${id} may not ask for claude-sonnet-4-5`)
    expect((await command('explain', '--model', 'claude-sonnet-4-5', '--key-id', 'nobody')).code).to.equal(1)
  })

  it('never has more requests under way than an account may, and serves all in the end', async () => {
    await start({ pacing: { maxInFlight: 1 } })
    let most = 0
    const now = new Map<string, number>()
    const { events } = gateway.gateway.services
    events.on('attempt.started', ({ account }) => {
      now.set(account, (now.get(account) ?? 0) + 1)
      most = Math.max(most, now.get(account) ?? 0)
    })
    events.on('request.settled', ({ outcome }) => {
      for (const { account } of outcome.attempts) now.set(account, (now.get(account) ?? 0) - 1)
    })
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => gateway.post('/v1/messages', ask('Hello')).then(async response => [response.status, await response.text()])),
    )
    expect(new Set(answers.map(([status]) => status))).to.deep.equal(new Set([200]))
    expect(most).to.equal(1)
  })
})

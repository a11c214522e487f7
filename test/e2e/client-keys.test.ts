import { expect } from 'chai'
import { type CommandLine, commandLine } from '../support/command-line.ts'
import { ask, CLIENT_KEY, startTestGateway, type TestGateway } from '../support/gateway.ts'

interface Made {
  readonly id: string
  readonly key: string
}

describe('client keys, through the whole gateway', function () {
  this.timeout(30_000)
  let gateway: TestGateway
  let shell: CommandLine
  const start = async (environment: Record<string, string> = {}) => {
    gateway = await startTestGateway({ environment })
    shell = commandLine({}, gateway.folder)
  }
  afterEach(() => gateway.close())

  const create = async (...options: string[]) => {
    const made = await shell.json<Made>(['keys', 'create', ...options])
    await gateway.gateway.services.watch.check()
    return made
  }
  const send = async (path: string, body: unknown, key: string) => {
    const response = await gateway.post(path, body, { 'x-api-key': key })
    return { status: response.status, body: (await response.json()) as { error?: { type?: string; message?: string } } }
  }

  it('for some models are refused for others, in the words of each dialect, before anybody is asked', async () => {
    await start()
    const { key } = await create('--models', 'claude-haiku*, kiro/claude-sonnet-4-5')
    const refused = await send('/v1/messages', ask('hi', { model: 'claude-opus-4-5' }), key)
    expect([refused.status, refused.body.error?.type]).to.deep.equal([403, 'permission_error'])
    expect(refused.body.error?.message).to.equal('this key is not for the model claude-opus-4-5; it is for claude-haiku*, kiro/claude-sonnet-4-5')
    const openai = await send('/v1/chat/completions', { model: 'kiro/claude-opus-4-5', messages: [{ role: 'user', content: 'hi' }] }, key)
    expect([openai.status, openai.body.error?.type]).to.deep.equal([403, 'permission_error'])
    const counted = await send('/v1/messages/count_tokens', { model: 'claude-opus-4-5', messages: [{ role: 'user', content: 'hi' }] }, key)
    expect(counted.status).to.equal(403)
    const chats = () => gateway.simulator.journal.filter(({ path }) => path === '/generateAssistantResponse').length
    expect(chats()).to.equal(0)
    expect((await send('/v1/messages', ask('hi', { model: 'claude-haiku-4-5' }), key)).status).to.equal(200)
    expect((await send('/v1/messages', ask('hi', { model: 'kiro/claude-sonnet-4-5' }), key)).status).to.equal(200)
    expect((await send('/v1/messages', ask('hi', { model: 'claude-opus-4-5' }), CLIENT_KEY)).status).to.equal(200)
    expect(chats()).to.equal(3)
  })

  it('for some models are shown no others', async () => {
    await start()
    const { key } = await create('--models', 'claude-haiku*')
    const listed = (await (await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).json()) as {
      data: readonly { id: string }[]
    }
    expect(listed.data.map(({ id }) => id)).to.satisfy((ids: readonly string[]) => ids.length > 0 && ids.every(id => id.startsWith('claude-haiku')))
    const one = async (id: string) => (await fetch(`${gateway.url}/v1/models/${id}`, { headers: { authorization: `Bearer ${key}` } })).status
    expect([await one('claude-haiku-4.5'), await one('claude-sonnet-4.5')]).to.deep.equal([200, 404])
  })

  it('are listed with their limits, and end when they are revoked', async () => {
    await start()
    const { id, key } = await create('--label', 'phone', '--expires', '30d', '--models', 'claude-*')
    expect((await shell.run(['keys', 'list'])).stdout).to.match(new RegExp(`${id} +phone .*claude-\\* +active`))
    expect((await shell.run(['keys', 'list'])).stdout + (await shell.run(['keys', 'list'])).stderr).to.not.contain(key)
    expect((await send('/v1/messages', ask('hi'), key)).status).to.equal(200)
    await shell.run(['keys', 'revoke', id])
    await gateway.gateway.services.watch.check()
    expect((await send('/v1/messages', ask('hi'), key)).status).to.equal(401)
    expect((await shell.run(['keys', 'create', '--expires', 'soon'])).stderr).to.contain('--expires "soon" is no time')
  })

  it('let callers bring their own account, unless that is switched off', async () => {
    await start()
    expect((await send('/v1/messages', ask('hi'), gateway.caller())).status).to.equal(200)
    await gateway.close()
    await start({ CALLER_ACCOUNTS: 'no' })
    const pair = gateway.caller()
    expect((await send('/v1/messages', ask('hi'), pair)).status).to.equal(401)
    expect((await send('/v1/messages', ask('hi'), CLIENT_KEY)).status).to.equal(200)
    expect(gateway.logged()).to.not.contain(pair.slice(CLIENT_KEY.length + 1))
  })
})

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

  it('never come without a limit that was asked for and left empty', async () => {
    await start()
    for (const [flag, value] of [
      ['--models', ''],
      ['--models', ' , '],
      ['--expires', ''],
    ] as const) {
      for (const words of [['create'], ['import', shell.file('keys.json', ['placeholder-key-0123456789'])]]) {
        const { code, stdout, stderr } = await shell.run(['keys', ...words, flag, value])
        expect([code, stdout], stderr).to.deep.equal([2, ''])
        expect(stderr).to.contain(`kiro-gateway: ${flag} names no`)
      }
    }
    expect(await shell.json(['keys', 'list'])).to.deep.equal([])
  })

  it('are revoked by a label that one key has', async () => {
    await start()
    const { id } = await create('--label', 'phone')
    await create('--label', 'twice')
    await create('--label', 'twice')
    expect((await shell.run(['keys', 'revoke', 'phone'])).stdout).to.equal(`revoked ${id} ("phone")\n`)
    expect((await shell.run(['keys', 'revoke', 'twice'])).stderr).to.contain('"twice" names 2 keys; use the id of one: key_')
    expect((await shell.run(['keys', 'revoke', 'nobody'])).stderr).to.contain('there is no client key nobody')
  })

  it('say why they open nothing any more, to whoever has them and nobody else', async () => {
    await start()
    const { keys, clock } = gateway.gateway.services
    const expired = await keys.create({ label: 'old', expiresAt: clock.now() - 1 })
    const revoked = await create()
    await keys.revoke(revoked.id)
    const told = async (key: string) => {
      const { status, body } = await send('/v1/messages', ask('hi'), key)
      expect(status).to.equal(401)
      return body.error?.message ?? ''
    }
    expect(await told(expired.key)).to.match(/^this API key expired on \d{4}-.*keys create/)
    expect(await told(`${expired.key}:aorPlaceholder`)).to.contain('expired')
    expect(await told(revoked.key)).to.match(/^this API key was revoked; /)
    expect(await told(`${expired.key}x`)).to.contain("is not one of this gateway's")
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

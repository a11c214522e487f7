import { expect } from 'chai'
import { eventually } from '../support/eventually.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { type ListingUpstream, startListingUpstream } from '../support/listing-upstream.ts'

describe('models of several upstreams', () => {
  let upstreams: ListingUpstream[]
  let gateway: TestGateway | undefined

  beforeEach(() => {
    upstreams = []
    gateway = undefined
  })
  afterEach(async () => {
    await gateway?.close()
    for (const upstream of upstreams) await upstream.close()
  })

  async function upstream(models: ListingUpstream['models']): Promise<ListingUpstream> {
    const started = await startListingUpstream(models)
    upstreams.push(started)
    return started
  }
  const open = async (...providers: readonly unknown[]) => (gateway = await startTestGateway({ accounts: [], config: { providers } }))
  const provider = (name: string, { origin }: ListingUpstream, more: object = {}) => ({
    use: 'openai-compatible',
    options: { name, baseUrl: `${origin}/v1`, accounts: [{ apiKey: `key-of-${name}` }], ...more },
  })
  const chat = (model: string, path = '/v1/chat/completions') =>
    (gateway as TestGateway).post(path, { model, max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] })
  const listed = async () => {
    const answer = await fetch(`${gateway?.url}/v1/models`, { headers: { authorization: `Bearer ${gateway?.key}` } })
    return ((await answer.json()) as { data: { id: string }[] }).data.map(({ id }) => id)
  }

  it('are found by the first request for them, without anybody having listed models', async () => {
    const [one, two] = [await upstream(['m-one']), await upstream(['m-two'])]
    await open(provider('one', one), provider('two', two))
    expect((await chat('m-two')).status).to.equal(200)
    expect([one.chats, two.chats].map(chats => chats.map(({ model }) => model))).to.deep.equal([[], ['m-two']])
    expect((await chat('nobody-has-it')).status).to.equal(404)
    expect([one.listed.length, two.listed.length]).to.deep.equal([1, 1])
  })

  it('of an Anthropic-compatible host are found beside those that its options name', async () => {
    const host = await upstream(['glm-9'])
    const options = { name: 'glm', baseUrl: host.origin, models: ['glm-8'], accounts: [{ apiKey: 'k' }] }
    await open({ use: 'anthropic-compatible', options })
    expect((await chat('glm-9', '/v1/messages')).status).to.equal(200)
    expect(host.chats.map(({ model }) => model)).to.deep.equal(['glm-9'])
  })

  it('are read in the background soon after the start', async () => {
    const one = await upstream(['m-one'])
    await open(provider('one', one))
    await eventually(() => Promise.resolve(one.listed.length === 1))
  })

  it('of Kiro are not asked for before its first answer', async () => {
    const kiro = (gateway = await startTestGateway())
    const answer = await kiro.post('/v1/messages', { model: 'claude-sonnet-4-5', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] })
    expect(answer.status).to.equal(200)
    expect(kiro.simulator.journal.filter(({ operation }) => operation === 'ListAvailableModels')).to.deep.equal([])
  })

  it('are listed whole, however many accounts there are', async () => {
    const many = await Promise.all(Array.from({ length: 12 }, (_, index) => upstream([`m-${index}`])))
    await open(...many.map((each, index) => provider(`p${index}`, each)))
    expect(await listed()).to.have.members(many.map((_, index) => `m-${index}`))
  })

  it('go to who lists them, not to an upstream whose list cannot be read; that one is for names that nobody lists', async () => {
    const [silent, open_] = [await upstream(500), await upstream(['m'])]
    await open(provider('silent', silent), provider('known', open_))
    expect((await chat('m')).status).to.equal(200)
    expect([silent.chats.length, open_.chats.length]).to.deep.equal([0, 1])
    expect((await chat('vendor/other')).status).to.equal(200)
    expect(silent.chats.map(({ model }) => model)).to.deep.equal(['vendor/other'])
  })

  it('keep their own words and their own Retry-After while another upstream is well', async () => {
    const [one, two] = [await upstream(['m-one']), await upstream(['m-two'])]
    one.refusal = () => ({ status: 429, headers: { 'retry-after': '50' } })
    await open(provider('one', one), provider('two', two))
    for (const turn of ['first', 'second']) {
      const answer = await chat('m-one')
      expect(answer.status, turn).to.equal(429)
      expect(Number(answer.headers.get('retry-after')), turn).to.be.within(45, 50)
    }
    expect(one.chats).to.have.lengthOf(1)
  })

  it('that an account declares are listed and served where the upstream is not to be asked', async () => {
    const one = await upstream(500)
    await open(provider('one', one, { listModels: false, accounts: [{ apiKey: 'k', models: ['m-declared', 'x-*'] }] }))
    expect(await listed()).to.deep.equal(['m-declared'])
    expect((await chat('m-declared')).status).to.equal(200)
    expect(one.listed).to.deep.equal([])
    expect(gateway?.logged()).not.to.contain('could not be read')
  })

  it('tell on errors too how often an upstream was asked', async () => {
    const one = await upstream(['m'])
    one.refusal = () => ({ status: 400 })
    await open(provider('one', one))
    expect((await chat('m')).headers.get('x-kiro-gateway-attempts')).to.equal('1')
    expect((await chat('none')).headers.get('x-kiro-gateway-attempts')).to.equal('0')
  })

  for (const kind of ['openai-compatible', 'anthropic-compatible', 'gemini']) {
    it(`a key of ${kind} that is refused rests, and the good one serves`, async () => {
      const host = await upstream(['gemini-2.5-flash'])
      host.refusal = key => (key.startsWith('bad') ? { status: 401 } : undefined)
      const base =
        kind === 'gemini'
          ? { apiUrl: host.origin }
          : { baseUrl: kind === 'openai-compatible' ? `${host.origin}/v1` : host.origin, models: ['gemini-2.5-flash'] }
      await open({ use: kind, options: { ...base, accounts: [{ apiKey: 'bad-key' }, { apiKey: 'good-key' }] } })
      const path = kind === 'anthropic-compatible' ? '/v1/messages' : '/v1/chat/completions'
      for (let turn = 0; turn < 6; turn++) expect((await chat('gemini-2.5-flash', path)).status).to.equal(200)
      expect(host.chats.filter(({ key }) => key === 'bad-key')).to.have.lengthOf(1)
    })
  }
})

import { expect } from 'chai'
import { type IssuedCredential, type KiroSimulator, type KiroSimulatorOptions, startKiroSimulator } from '../../../../../providers/kiro/simulator/index.ts'
import { ask, ideHeaders, json, type Reply, send } from './client.ts'

describe('The simulator’s control plane', () => {
  let simulator: KiroSimulator

  const start = async (options: KiroSimulatorOptions = {}) => {
    simulator = await startKiroSimulator({ now: () => Date.UTC(2026, 10, 15), ...options })
  }
  const get = (credential: IssuedCredential, path: string): Promise<Reply> => send(simulator, { method: 'GET', path, headers: ideHeaders(credential) })
  const post = (credential: IssuedCredential, path: string, body: unknown, headers = {}): Promise<Reply> =>
    send(simulator, { path, headers: { ...ideHeaders(credential), ...headers }, body: JSON.stringify(body) })

  afterEach(() => simulator.close())

  it('lists models page by page, by plan and by region, under both names', async () => {
    await start({ pageSize: 8 })
    const credential = simulator.issue('social')
    const ids: string[] = []
    for (let token = ''; ; ) {
      const page = json(await get(credential, `/ListAvailableModels?origin=AI_EDITOR&maxResults=50&nextToken=${token}`))
      ids.push(...page.models.map(({ modelId }: { modelId: string }) => modelId))
      if (page.nextToken === null) break
      token = page.nextToken
    }
    expect(ids).to.include.members(['auto', 'claude-sonnet-4.6', 'claude-opus-4.6', 'glm-5', 'qwen3-coder-next'])
    expect(new Set(ids).size).to.equal(ids.length)
    const [first] = json(await get(credential, '/List-Available-Models?origin=KIRO_CLI')).models
    expect(first).to.include.keys('modelId', 'rateMultiplier', 'tokenLimits', 'supportedInputTypes', 'promptCaching')

    await simulator.close()
    await start()
    const list = async (kind: 'social' | 'idc', options: object) => {
      const { models } = json(await get(simulator.issue(kind, options), '/ListAvailableModels'))
      return models.map(({ modelId }: { modelId: string }) => modelId)
    }
    expect(await list('social', { plan: 'free' })).not.to.include('claude-opus-4.6')
    expect(await list('idc', { apiRegion: 'eu-central-1' })).not.to.include('glm-5')
  })

  it('says which reasoning fields a model takes', async () => {
    await start()
    const { models } = json(await get(simulator.issue('social'), '/ListAvailableModels'))
    const schema = (id: string) => models.find(({ modelId }: { modelId: string }) => modelId === id).additionalModelRequestFieldsSchema
    expect(schema('claude-sonnet-4.6').properties).to.have.keys('output_config', 'thinking')
    expect(schema('gpt-5.6-sol').properties).to.have.keys('reasoning')
    expect(schema('claude-haiku-4.5')).to.equal(null)
  })

  it('counts what answers cost, and shows an exhausted account at its limit', async () => {
    await start()
    const credential = simulator.issue('social', { plan: 'pro', email: 'someone@example.com' })
    const path = '/getUsageLimits?origin=AI_EDITOR&resourceType=AGENTIC_REQUEST&isEmailRequired=true'
    const before = json(await get(credential, path))
    expect(before.subscriptionInfo).to.include({ type: 'Q_DEVELOPER_STANDALONE_PRO', subscriptionTitle: 'KIRO PRO' })
    expect(before.userInfo.email).to.equal('someone@example.com')
    expect([before.nextDateReset, before.daysUntilReset]).to.deep.equal([Date.UTC(2026, 11, 1) / 1000, 16])
    const used = (usage: any) => usage.usageBreakdownList[0].currentUsageWithPrecision
    expect(used(before)).to.equal(0)
    await ask(simulator, credential, { content: 'x'.repeat(100_000) })
    expect(used(json(await get(credential, '/Get-Usage-Limits')))).to.be.greaterThan(0)
    simulator.exhaust(credential)
    expect(used(json(await get(credential, path)))).to.equal(1000)
  })

  it('lists the profiles of enterprise accounts, refuses a Builder ID and has none for social logins', async () => {
    await start()
    const idc = simulator.issue('idc', { region: 'eu-west-1', apiRegion: 'eu-central-1' })
    const { profiles } = json(await post(idc, '/ListAvailableProfiles', { maxResults: 10 }))
    expect(profiles).to.have.length(1)
    expect(profiles[0].arn).to.match(/^arn:aws:codewhisperer:eu-central-1:\d{12}:profile\/[A-Z0-9]{12}$/)
    expect(profiles[0].identityDetails.ssoIdentityDetails.ssoRegion).to.equal('eu-west-1')
    const withArn = { ...idc, profileArn: profiles[0].arn }
    expect((await ask(simulator, withArn)).status).to.equal(200)
    const target = { 'x-amz-target': 'AmazonCodeWhispererService.ListAvailableProfiles', 'content-type': 'application/x-amz-json-1.0' }
    expect(json(await post(idc, '/', {}, target)).profiles).to.deep.equal(profiles)
    const refused = await post(simulator.issue('builder-id'), '/List-Available-Profiles', {})
    expect([refused.status, json(refused).message]).to.deep.equal([403, 'AWS Builder ID is not supported for this operation.'])
    expect(json(await post(simulator.issue('social'), '/ListAvailableProfiles', {})).profiles).to.deep.equal([])
  })

  it('refuses strangers’ tokens and ARNs', async () => {
    await start()
    const credential = simulator.issue('social')
    expect((await get({ ...credential, accessToken: 'aoaWrong' }, '/ListAvailableModels')).status).to.equal(403)
    const foreign = await get(credential, '/getUsageLimits?profileArn=arn%3Aaws%3Acodewhisperer%3Aus-east-1%3A111122223333%3Aprofile%2FX')
    expect([foreign.status, json(foreign).message]).to.deep.equal([403, 'User is not authorized to make this call.'])
  })

  it('meets scripted faults, each operation its own', async () => {
    await start()
    const credential = simulator.issue('idc')
    simulator.script({ do: 'operation', operation: 'profiles', error: 'user-request-rate-exceeded', retryAfter: 3 })
    expect((await get(credential, '/ListAvailableModels')).status).to.equal(200)
    const limited = await post(credential, '/ListAvailableProfiles', {})
    expect([limited.status, limited.headers['retry-after']]).to.deep.equal([429, '3'])
    expect((await post(credential, '/ListAvailableProfiles', {})).status).to.equal(200)
  })

  it('knows no other operations', async () => {
    await start()
    const credential = simulator.issue('social')
    expect((await post(credential, '/SendMessageStreaming', {})).status).to.equal(404)
    expect((await get(credential, '/generateAssistantResponse')).status).to.equal(405)
    expect((await post(credential, '/', {}, { 'x-amz-target': 'Unknown.Operation' })).status).to.equal(404)
  })

  describe('with remote tools', () => {
    const search = (query: string, profileArn?: string) => ({
      id: 'web_search_tooluse_1',
      jsonrpc: '2.0',
      method: 'tools/call',
      params: { name: 'web_search', arguments: { query } },
      profileArn,
    })

    it('searches, with JSON inside the text of the result', async () => {
      await start()
      const credential = simulator.issue('social')
      const reply = json(await post(credential, '/mcp', search('rust', credential.profileArn)))
      expect(reply).to.include({ id: 'web_search_tooluse_1', jsonrpc: '2.0' })
      const found = JSON.parse(reply.result.content[0].text)
      expect(found).to.include({ totalResults: 2, query: 'rust', error: null })
      expect(found.results.map(({ publishedDate }: { publishedDate: unknown }) => publishedDate)).to.deep.equal([1_764_547_200_000, null])
      const nothing = json(await post(credential, '/mcp', search('nothing', credential.profileArn)))
      expect(nothing.error.code).to.equal(-32_602)
      const list = await post(credential, '/mcp', { id: 1, jsonrpc: '2.0', method: 'tools/list', profileArn: credential.profileArn })
      expect(json(list).result.tools[0].name).to.equal('web_search')
    })

    it('asks for the ARN and for the IDE’s identity', async () => {
      await start()
      const credential = simulator.issue('social')
      const bare = await post(credential, '/mcp', search('rust'))
      expect([bare.status, json(bare).message]).to.deep.equal([400, 'profileArn is required for this request.'])
      const inHeader = { 'x-amzn-kiro-profile-arn': credential.profileArn ?? '' }
      expect((await post(credential, '/mcp', search('rust'), inHeader)).status).to.equal(200)
      const stranger = await post(credential, '/mcp', search('rust', credential.profileArn), { 'user-agent': 'curl/8' })
      expect([stranger.status, json(stranger).message]).to.deep.equal([403, 'User is not authorized to make this call.'])
    })

    it('looks for the ARN in the root alone and refuses AWS SSO tokens as the runtime host does', async () => {
      await start({ validation: 'kirodev' })
      const credential = simulator.issue('social')
      const inHeader = { 'x-amzn-kiro-profile-arn': credential.profileArn ?? '' }
      expect((await post(credential, '/mcp', search('rust'), inHeader)).status).to.equal(400)
      expect((await post(credential, '/mcp', search('rust', credential.profileArn))).status).to.equal(200)
      const idc = simulator.issue('idc', { withProfileArn: true })
      expect((await post(idc, '/mcp', search('rust', idc.profileArn))).status).to.equal(403)
    })

    it('meets scripted faults', async () => {
      await start()
      const credential = simulator.issue('social')
      simulator.script({ do: 'operation', operation: 'mcp', error: 'user-request-rate-exceeded' })
      expect((await post(credential, '/mcp', search('rust', credential.profileArn))).status).to.equal(429)
    })
  })
})

import { expect } from 'chai'
import { type Account, GatewayError, type UpstreamRequest } from '../../../../core/index.ts'
import type { KiroCredential } from '../../../../providers/kiro/credential.ts'
import { listModels } from '../../../../providers/kiro/models.ts'
import type { KiroOptions } from '../../../../providers/kiro/options.ts'
import { resolveProfile } from '../../../../providers/kiro/profile.ts'
import { BUILDER_ID_ARN, SHARED_SOCIAL_ARN } from '../../../../providers/kiro/profile-arn.ts'
import { readQuota } from '../../../../providers/kiro/quota.ts'
import { EU_ARN, kiroAccount, kiroOptions, US_ARN } from '../../../support/kiro-account.ts'
import { type ScriptedAnswer, ScriptedHttp } from '../../../support/scripted-http.ts'

interface World {
  readonly http: ScriptedHttp
  readonly caller: { readonly account: Account<KiroCredential>; readonly http: ScriptedHttp; readonly options: KiroOptions }
}

function world(account: Account<KiroCredential>, answer: (url: URL, request: UpstreamRequest) => ScriptedAnswer, options: Partial<KiroOptions> = {}): World {
  const http = new ScriptedHttp(request => answer(new URL(request.url), request))
  return { http, caller: { account, http, options: kiroOptions(options) } }
}

async function codeOf(run: Promise<unknown>): Promise<string> {
  try {
    await run
    return 'ok'
  } catch (error) {
    return GatewayError.from(error).code
  }
}

const FORBIDDEN = { status: 403, body: { __type: 'AccessDeniedException', message: 'User is not authorized to make this call.' } }
const MISSING = { status: 404, body: { __type: 'UnknownOperationException' } }
const LIMITED = { status: 429, body: { message: 'Too many requests', reason: 'USER_REQUEST_RATE_EXCEEDED' } }

describe('kiro model list', () => {
  const SONNET = {
    modelId: 'claude-sonnet-4.6',
    modelName: 'Claude Sonnet 4.6',
    description: 'fast',
    rateMultiplier: 1.3,
    rateUnit: 'credit',
    supportedInputTypes: ['TEXT', 'IMAGE', 'SMELL'],
    tokenLimits: { maxInputTokens: 1_000_000, maxOutputTokens: 65_536 },
    promptCaching: { supportsPromptCaching: true },
    additionalModelRequestFieldsSchema: {
      type: 'object',
      properties: {
        output_config: { type: 'object', properties: { effort: { type: 'string', enum: ['low', 'medium', 'high', 'max'] } } },
        thinking: { type: 'object' },
      },
    },
  }

  it('becomes cards with limits, inputs, features, efforts, rate and request fields', async () => {
    const { caller, http } = world(kiroAccount('idc', { profileArn: EU_ARN }), () => ({
      body: { models: [SONNET, { modelId: 'glm-5' }, { modelName: 'nameless' }, null], nextToken: null },
    }))
    const models = await listModels(caller)
    expect(models).to.deep.equal([
      {
        card: {
          id: 'claude-sonnet-4.6',
          name: 'Claude Sonnet 4.6',
          description: 'fast',
          input: ['text', 'image'],
          features: ['tools', 'reasoning', 'caching'],
          limits: { inputTokens: 1_000_000, outputTokens: 65_536 },
          efforts: ['low', 'medium', 'high', 'max'],
          aliases: ['claude-sonnet-4-6'],
          rate: { multiplier: 1.3, unit: 'credit' },
        },
        fields: ['output_config', 'thinking'],
      },
      { card: { id: 'glm-5', name: 'GLM 5', input: ['text'], features: ['tools'], limits: { inputTokens: 200_000 } }, fields: [] },
    ])
    const url = new URL(http.requests[0]?.url ?? '')
    expect(url.origin + url.pathname).to.equal('https://q.eu-central-1.amazonaws.com/ListAvailableModels')
    expect(Object.fromEntries(url.searchParams)).to.deep.equal({ origin: 'AI_EDITOR', maxResults: '50', profileArn: EU_ARN })
  })

  it('never names the Builder ID placeholder', async () => {
    const { caller, http } = world(kiroAccount('builder-id'), () => ({ body: { models: [SONNET] } }))
    await listModels(caller)
    expect(http.requests[0]?.url).to.not.contain('profileArn')
  })

  it('is read page by page, ten at most', async () => {
    const { caller, http } = world(kiroAccount('social'), url => {
      const page = Number(url.searchParams.get('nextToken') ?? 0)
      return { body: { models: [{ modelId: `m-${page}` }], nextToken: String(page + 1) } }
    })
    expect((await listModels(caller)).map(({ card }) => card.id)).to.deep.equal(Array.from({ length: 10 }, (_, page) => `m-${page}`))
    expect(http.requests).to.have.length(10)
  })

  it('comes from the newer control plane when the older one does not have it', async () => {
    const { caller, http } = world(kiroAccount('social'), url => (url.hostname.startsWith('q.') ? MISSING : { body: { models: [SONNET] } }))
    expect(await listModels(caller)).to.have.length(1)
    expect(http.requests.map(({ url }) => new URL(url).host + new URL(url).pathname)).to.deep.equal([
      'q.us-east-1.amazonaws.com/ListAvailableModels',
      'management.us-east-1.kiro.dev/List-Available-Models',
    ])
  })

  it('is not asked for elsewhere after a rate limit', async () => {
    const { caller, http } = world(kiroAccount('social'), () => LIMITED)
    expect(await codeOf(listModels(caller))).to.equal('account_rate_limited')
    expect(http.requests).to.have.length(1)
  })
})

describe('kiro profile', () => {
  const profiles = (...arns: readonly string[]) => ({ body: { profiles: arns.map(arn => ({ arn, profileName: 'p' })) } })
  const resolve = async (account: Account<KiroCredential>, answer: (url: URL) => ScriptedAnswer, options: Partial<KiroOptions> = {}) => {
    const { caller, http } = world(account, answer, options)
    return { facts: await resolveProfile(caller), http }
  }

  it('of an enterprise account is looked for in both regions, its own first', async () => {
    const { facts, http } = await resolve(kiroAccount('idc', { authRegion: 'eu-west-1' }), url =>
      url.hostname.includes('us-east-1') ? profiles(US_ARN) : FORBIDDEN,
    )
    expect(facts).to.deep.equal({ profileArn: US_ARN })
    expect(http.requests.map(({ method, url, body }) => `${method} ${url} ${String(body)}`)).to.deep.equal([
      'POST https://q.eu-central-1.amazonaws.com/ListAvailableProfiles {"maxResults":10}',
      'POST https://management.eu-central-1.kiro.dev/List-Available-Profiles {}',
      'POST https://q.us-east-1.amazonaws.com/ListAvailableProfiles {"maxResults":10}',
    ])
  })

  it('may be in the region that calls the token invalid first', async () => {
    const invalid = { status: 403, body: { message: 'The bearer token included in the request is invalid.' } }
    const { facts } = await resolve(kiroAccount('idc'), url => (url.hostname.includes('eu-central-1') ? profiles(EU_ARN) : invalid))
    expect(facts).to.deep.equal({ profileArn: EU_ARN })
  })

  it('tells a Builder ID that was imported as an enterprise account', async () => {
    const { facts } = await resolve(kiroAccount('idc'), () => ({ status: 403, body: { message: 'AWS Builder ID is not supported for this operation.' } }))
    expect(facts).to.deep.equal({ profileArn: BUILDER_ID_ARN })
  })

  it('that nobody has means no entitlement; a rate limit stays one; a missing operation is noted', async () => {
    const code = (answer: () => ScriptedAnswer) => codeOf(resolve(kiroAccount('external-idp'), answer))
    expect(await code(() => profiles())).to.equal('not_entitled')
    expect(await code(() => LIMITED)).to.equal('account_rate_limited')
    expect(await code(() => FORBIDDEN)).to.equal('not_entitled')
    expect((await resolve(kiroAccount('idc'), () => MISSING)).facts).to.deep.equal({ profileArn: 'none' })
  })

  it('of a social account falls back to the one in use', async () => {
    expect((await resolve(kiroAccount('social'), () => profiles())).facts).to.deep.equal({ profileArn: SHARED_SOCIAL_ARN })
    expect((await resolve(kiroAccount('social', { profileArn: EU_ARN }), () => FORBIDDEN)).facts).to.deep.equal({ profileArn: EU_ARN })
    expect((await resolve(kiroAccount('social'), () => profiles(US_ARN))).facts).to.deep.equal({ profileArn: US_ARN })
  })

  it("is asked for at the operator's origins alone", async () => {
    const { http } = await resolve(kiroAccount('idc'), () => profiles(US_ARN), { managementUrl: 'http://127.0.0.1:1', apiUrl: 'http://127.0.0.1:2' })
    expect(http.lines).to.deep.equal(['POST http://127.0.0.1:1/ListAvailableProfiles'])
  })
})

describe('kiro quota', () => {
  const ANSWER = {
    nextDateReset: 1_788_220_800.5,
    usageBreakdownList: [
      {
        resourceType: 'CREDIT',
        displayName: 'Credit',
        displayNamePlural: 'Credits',
        currentUsage: 12,
        currentUsageWithPrecision: 12.37,
        usageLimit: 50,
        usageLimitWithPrecision: 50,
        currentOverages: 1,
        overageCap: 10_000,
        freeTrialInfo: { freeTrialStatus: 'ACTIVE', currentUsageWithPrecision: 3.2, usageLimit: 500 },
        bonuses: [
          { status: 'ACTIVE', displayName: 'Welcome', currentUsage: 0, usageLimit: 100 },
          { status: 'EXPIRED', displayName: 'Old', currentUsage: 0, usageLimit: 100 },
        ],
      },
    ],
    subscriptionInfo: { type: 'Q_DEVELOPER_STANDALONE_FREE', subscriptionTitle: 'KIRO FREE' },
    overageConfiguration: { overageStatus: 'DISABLED' },
    userInfo: { email: 'user@example.com' },
  }
  const read = async (body: unknown) => readQuota(world(kiroAccount('social'), () => ({ body })).caller)

  it('has one bucket for each pot that counts', async () => {
    expect(await read(ANSWER)).to.deep.equal({
      plan: 'KIRO FREE',
      buckets: [
        { name: 'Credit', unit: 'credits', used: 12.37, limit: 50, resetsAt: 1_788_220_800_500 },
        { name: 'Credit trial', unit: 'credits', used: 3.2, limit: 500 },
        { name: 'Credit bonus Welcome', unit: 'credits', used: 0, limit: 100 },
      ],
    })
  })

  it('counts overage only where it is switched on, and no trial that is over', async () => {
    const [breakdown] = ANSWER.usageBreakdownList
    const { buckets } = await read({
      ...ANSWER,
      overageConfiguration: { overageStatus: 'ENABLED', overageLimit: 0 },
      usageBreakdownList: [{ ...breakdown, freeTrialInfo: { ...breakdown?.freeTrialInfo, freeTrialStatus: 'EXPIRED' }, bonuses: null }],
    })
    expect(buckets.map(({ name, used, limit }) => [name, used, limit])).to.deep.equal([
      ['Credit', 12.37, 50],
      ['Credit overage', 1, 10_000],
    ])
  })

  it('survives answers with almost nothing in them', async () => {
    expect(await read({})).to.deep.equal({ buckets: [] })
    expect((await read({ limits: [{ type: 'AGENTIC_REQUEST', currentUsage: 12, totalUsageLimit: 50 }] })).buckets).to.deep.equal([
      { name: 'AGENTIC_REQUEST', used: 12, limit: 50, unit: 'requests' },
    ])
    expect((await read({ usageBreakdownList: [{ usageLimit: 'many' }, 3] })).buckets).to.deep.equal([])
  })

  it('is asked for with the profile, without it, in the other region, and at the newer control plane', async () => {
    const { caller, http } = world(kiroAccount('social', { profileArn: US_ARN }), url => (url.hostname.startsWith('management') ? { body: ANSWER } : FORBIDDEN))
    expect((await readQuota(caller)).plan).to.equal('KIRO FREE')
    expect(
      http.requests.map(
        ({ url }) => `${new URL(url).hostname} ${new URL(url).searchParams.has('profileArn')} ${new URL(url).searchParams.get('resourceType')}`,
      ),
    ).to.deep.equal([
      'q.us-east-1.amazonaws.com true AGENTIC_REQUEST',
      'q.us-east-1.amazonaws.com false AGENTIC_REQUEST',
      'q.eu-central-1.amazonaws.com false AGENTIC_REQUEST',
      'management.us-east-1.kiro.dev true CREDIT',
    ])
  })

  it('drops the resource type where it is not supported', async () => {
    const unsupported = { status: 403, body: { message: 'x', reason: 'FEATURE_NOT_SUPPORTED' } }
    const { caller, http } = world(kiroAccount('builder-id'), url => (url.searchParams.has('resourceType') ? unsupported : { body: ANSWER }))
    await readQuota(caller)
    expect(http.requests).to.have.length(2)
  })

  it('tells the first refusal when nobody answers, and stops at a dead token', async () => {
    const dead = world(kiroAccount('social'), () => ({ status: 403, body: { message: 'The bearer token included in the request is invalid.' } }))
    expect(await codeOf(readQuota(dead.caller))).to.equal('token_rejected')
    expect(dead.http.requests).to.have.length(1)
    expect(await codeOf(readQuota(world(kiroAccount('social'), () => FORBIDDEN).caller))).to.equal('not_entitled')
  })
})

import { expect } from 'chai'
import { lanesFor } from '../../../../providers/kiro/endpoints.ts'
import { controlHeaders, inferenceHeaders } from '../../../../providers/kiro/identity.ts'
import { derivedMachineId, machineIdOf, normaliseMachineId } from '../../../../providers/kiro/machine-id.ts'
import { BUILDER_ID_ARN, profileArnOf, SHARED_SOCIAL_ARN } from '../../../../providers/kiro/profile-arn.ts'
import type { KiroCredentialKind } from '../../../../providers/kiro/credential.ts'
import { ACCESS_TOKEN, EU_ARN, kiroAccount, kiroOptions, US_ARN } from '../../../support/kiro-account.ts'

const MACHINE = 'ab'.repeat(32)

function headersOf(kind: KiroCredentialKind, lane: string, facts: Record<string, string> = {}): Record<string, string> {
  const account = kiroAccount(kind, {}, { machineId: MACHINE, ...facts })
  const found = lanesFor({ credential: account.credential, profileArn: profileArnOf(account) }, kiroOptions()).find(({ id }) => id === lane)
  if (found === undefined) throw new Error(`${kind} has no lane ${lane}`)
  return inferenceHeaders(account, found.profile, kiroOptions({ kiroVersion: '0.12.155' }))
}

describe('kiro identity', () => {
  it("is the IDE's on the IDE's endpoints", () => {
    const { 'amz-sdk-invocation-id': id, 'user-agent': agent, ...headers } = headersOf('social', 'q')
    expect(headers).to.deep.equal({
      authorization: `Bearer ${ACCESS_TOKEN}`,
      'content-type': 'application/json',
      accept: 'application/vnd.amazon.eventstream',
      'x-amzn-codewhisperer-optout': 'true',
      'x-amzn-kiro-agent-mode': 'vibe',
      'x-amz-user-agent': `aws-sdk-js/1.0.34 KiroIDE-0.12.155-${MACHINE}`,
      'amz-sdk-request': 'attempt=1; max=3',
      'x-amzn-kiro-profile-arn': SHARED_SOCIAL_ARN,
    })
    expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(agent).to.match(
      new RegExp(
        `^aws-sdk-js/1\\.0\\.34 ua/2\\.1 os/(darwin|win32|linux)#[\\d.]+ lang/js md/nodejs#22\\.\\d+\\.\\d+ api/codewhispererstreaming#1\\.0\\.34 m/E KiroIDE-0\\.12\\.155-${MACHINE}$`,
      ),
    )
  })

  it("is the command line's on the root path, operation header included", () => {
    const headers = headersOf('api-key', 'q-cli')
    expect(headers).to.include({
      authorization: 'Bearer ksk_placeholder',
      tokentype: 'API_KEY',
      'content-type': 'application/x-amz-json-1.0',
      accept: '*/*',
      'x-amz-target': 'AmazonCodeWhispererStreamingService.GenerateAssistantResponse',
    })
    expect(headers['user-agent']).to.match(
      /^aws-sdk-rust\/[\d.]+ ua\/2\.1 api\/codewhispererstreaming\/[\d.]+ os\/(macos|windows|linux) .* md\/appVersion-[\d.]+ m\/F app\/AmazonQ-For-CLI$/,
    )
    expect(headers['x-amz-user-agent']).to.not.contain('md/')
    expect(headers).to.not.have.any.keys('x-amzn-kiro-agent-mode', 'x-amzn-kiro-profile-arn')
  })

  it("names the token's type where the service asks for it", () => {
    expect(headersOf('api-key', 'q').tokentype).to.equal('API_KEY')
    expect(headersOf('external-idp', 'q', { profileArn: EU_ARN }).tokentype).to.equal('EXTERNAL_IDP')
    for (const kind of ['social', 'builder-id', 'idc'] as const) expect(headersOf(kind, 'q').tokentype, kind).to.equal(undefined)
  })

  it("names each kind's profile and no other kind's", () => {
    const profile = (kind: KiroCredentialKind, lane: string, facts: Record<string, string> = {}) => headersOf(kind, lane, facts)['x-amzn-kiro-profile-arn']
    expect(profile('social', 'runtime', { profileArn: US_ARN })).to.equal(US_ARN)
    expect(profile('builder-id', 'q')).to.equal(BUILDER_ID_ARN)
    expect(profile('builder-id', 'q', { profileArn: US_ARN })).to.equal(BUILDER_ID_ARN)
    expect(profile('builder-id', 'q-cli')).to.equal(undefined)
    expect(profile('idc', 'q', { profileArn: US_ARN })).to.equal(US_ARN)
    expect(profile('idc', 'q')).to.equal(undefined)
    expect(profile('idc', 'q', { profileArn: 'none' })).to.equal(undefined)
    expect(profile('api-key', 'q', { profileArn: US_ARN })).to.equal(undefined)
  })

  it("ignores a placeholder that got into another account's file", () => {
    expect(profileArnOf(kiroAccount('social', { profileArn: BUILDER_ID_ARN }))).to.equal(SHARED_SOCIAL_ARN)
    expect(profileArnOf(kiroAccount('idc', { profileArn: BUILDER_ID_ARN }))).to.equal(undefined)
    expect(profileArnOf(kiroAccount('idc', { profileArn: EU_ARN }, { profileArn: US_ARN }))).to.equal(US_ARN)
  })

  it('asks the control plane as the IDE does', () => {
    const headers = controlHeaders(kiroAccount('idc', {}, { machineId: MACHINE }), kiroOptions({ kiroVersion: '0.13.1' }))
    expect(headers['x-amz-user-agent']).to.equal(`aws-sdk-js/1.0.0 KiroIDE-0.13.1-${MACHINE}`)
    expect(headers['user-agent']).to.contain('api/codewhispererruntime#1.0.0 m/N,E KiroIDE-0.13.1-')
    expect(headers['amz-sdk-request']).to.equal('attempt=1; max=1')
  })

  it('is stable for an account and spread over several systems', () => {
    const agentOf = (id: string) => controlHeaders({ ...kiroAccount('social'), id }, kiroOptions())['user-agent'] ?? ''
    expect(agentOf('a')).to.equal(agentOf('a'))
    const systems = new Set(Array.from({ length: 40 }, (_, index) => /os\/(\w+)/.exec(agentOf(`account-${index}`))?.[1]))
    expect([...systems]).to.have.members(['darwin', 'linux', 'win32'])
  })
})

describe('kiro machine id', () => {
  it('survives rotations of the token and differs between accounts', () => {
    const one = machineIdOf(kiroAccount('social'), undefined)
    expect(one).to.match(/^[0-9a-f]{64}$/)
    expect(machineIdOf(kiroAccount('social', { refreshToken: 'aorAnother', accessToken: 'aoaAnother' }), undefined)).to.equal(one)
    expect(machineIdOf({ ...kiroAccount('social'), id: 'account-2' }, undefined)).to.not.equal(one)
    expect(one).to.equal(derivedMachineId('account-1'))
  })

  it("comes from the option, then from the account's record", () => {
    const account = kiroAccount('social', {}, { machineId: 'CD'.repeat(32) })
    expect(machineIdOf(account, undefined)).to.equal('cd'.repeat(32))
    expect(machineIdOf(account, 'EF'.repeat(32))).to.equal('ef'.repeat(32))
  })

  it("is brought into the IDE's form", () => {
    expect(normaliseMachineId('12345678-90AB-cdef-1234-567890abcdef')).to.equal('1234567890abcdef1234567890abcdef'.repeat(2))
    expect(normaliseMachineId('my laptop')).to.match(/^[0-9a-f]{64}$/)
    expect(normaliseMachineId('  ')).to.equal(undefined)
    expect(normaliseMachineId(undefined)).to.equal(undefined)
  })
})

import { expect } from 'chai'
import type { KiroCredential, KiroCredentialKind } from '../../../../providers/kiro/credential.ts'
import { controlHosts, lanesFor, oidcOrigin, socialOrigin } from '../../../../providers/kiro/endpoints.ts'
import type { KiroOptions } from '../../../../providers/kiro/options.ts'
import { BUILDER_ID_ARN, SHARED_SOCIAL_ARN } from '../../../../providers/kiro/profile-arn.ts'
import { apiRegion, authRegion, isProfileArn } from '../../../../providers/kiro/regions.ts'
import { EU_ARN, kiroCredential, kiroOptions, US_ARN } from '../../../support/kiro-account.ts'

function urls(kind: KiroCredentialKind, profileArn: string | undefined, given: Partial<KiroOptions> = {}): readonly string[] {
  return lanesFor({ credential: kiroCredential(kind), profileArn }, kiroOptions(given)).map(
    ({ id, origin, profile }) => `${id} ${origin}${profile.path} ${profile.origin}`,
  )
}

describe('kiro endpoints', () => {
  it('serve social, enterprise and external accounts by the IDE form alone, the old host first', () => {
    const expected = [
      'q https://q.us-east-1.amazonaws.com/generateAssistantResponse AI_EDITOR',
      'runtime https://runtime.us-east-1.kiro.dev/generateAssistantResponse AI_EDITOR',
    ]
    for (const kind of ['social', 'idc', 'external-idp'] as const) expect(urls(kind, US_ARN), kind).to.deep.equal(expected)
    expect(urls('social', SHARED_SOCIAL_ARN)).to.deep.equal(expected)
  })

  it('keep the command line form as the last resort of Builder IDs', () => {
    expect(urls('builder-id', BUILDER_ID_ARN)).to.deep.equal([
      'q https://q.us-east-1.amazonaws.com/generateAssistantResponse AI_EDITOR',
      'runtime https://runtime.us-east-1.kiro.dev/generateAssistantResponse AI_EDITOR',
      'q-cli https://q.us-east-1.amazonaws.com/ KIRO_CLI',
    ])
  })

  it('give API keys the command line form first', () => {
    expect(urls('api-key', undefined, { region: 'eu-west-1' })).to.deep.equal([
      'q-cli https://q.eu-central-1.amazonaws.com/ KIRO_CLI',
      'runtime-cli https://runtime.eu-central-1.kiro.dev/ KIRO_CLI',
      'q https://q.eu-central-1.amazonaws.com/generateAssistantResponse AI_EDITOR',
    ])
  })

  it('make each origin of apiUrl a lane, in its order and without the public hosts', () => {
    const apiUrl = ' http://127.0.0.1:9001/ , https://relay.example.com'
    for (const kind of ['social', 'builder-id', 'idc', 'external-idp'] as const) {
      expect(urls(kind, US_ARN, { apiUrl }), kind).to.deep.equal([
        'url-1 http://127.0.0.1:9001/generateAssistantResponse AI_EDITOR',
        'url-2 https://relay.example.com/generateAssistantResponse AI_EDITOR',
      ])
    }
    expect(urls('api-key', undefined, { apiUrl: 'http://127.0.0.1:9001' })).to.deep.equal([
      'url-1 http://127.0.0.1:9001/ KIRO_CLI',
      'url-1-ide http://127.0.0.1:9001/generateAssistantResponse AI_EDITOR',
    ])
  })

  it('have lane ids that differ within an account', () => {
    for (const kind of ['social', 'builder-id', 'idc', 'external-idp', 'api-key'] as const) {
      for (const given of [{}, { apiUrl: 'http://a.example,http://b.example' }]) {
        const ids = lanesFor({ credential: kiroCredential(kind), profileArn: undefined }, kiroOptions(given)).map(({ id }) => id)
        expect(new Set(ids).size, kind).to.equal(ids.length)
      }
    }
  })

  it('carry the operation in a header exactly where the path does not', () => {
    for (const { profile } of lanesFor({ credential: kiroCredential('api-key'), profileArn: undefined }, kiroOptions())) {
      expect(profile.target === undefined).to.equal(profile.path !== '/')
      expect(profile.contentType).to.equal(profile.path === '/' ? 'application/x-amz-json-1.0' : 'application/json')
    }
  })

  it("never send a replaced plane's questions to the public control plane", () => {
    expect(controlHosts('eu-central-1', kiroOptions())).to.deep.equal([
      { form: 'rest', origin: 'https://q.eu-central-1.amazonaws.com' },
      { form: 'management', origin: 'https://management.eu-central-1.kiro.dev' },
    ])
    for (const given of [
      { apiUrl: 'http://127.0.0.1:1,http://127.0.0.1:2' },
      { managementUrl: 'http://127.0.0.1:3' },
      { apiUrl: 'http://127.0.0.1:1', managementUrl: 'http://127.0.0.1:3' },
    ]) {
      for (const { origin } of controlHosts('us-east-1', kiroOptions(given))) expect(origin).to.match(/^http:\/\/127\.0\.0\.1:[13]$/)
    }
  })

  it('replace the sign-in hosts by options', () => {
    expect(socialOrigin(kiroOptions({ authRegion: 'eu-west-1' }))).to.equal('https://prod.us-east-1.auth.desktop.kiro.dev')
    expect(socialOrigin(kiroOptions({ authUrl: 'http://127.0.0.1:5/' }))).to.equal('http://127.0.0.1:5')
    expect(oidcOrigin('ap-southeast-1', kiroOptions())).to.equal('https://oidc.ap-southeast-1.amazonaws.com')
    expect(oidcOrigin('ap-southeast-1', kiroOptions({ oidcUrl: 'http://127.0.0.1:6' }))).to.equal('http://127.0.0.1:6')
  })
})

describe('kiro regions', () => {
  const api: readonly [string, Partial<KiroCredential>, string | undefined, Partial<KiroOptions>, string][] = [
    ['nothing known', {}, undefined, {}, 'us-east-1'],
    ['an SSO region without a data plane', { authRegion: 'ap-southeast-1' }, undefined, {}, 'us-east-1'],
    ['a European SSO region', { authRegion: 'eu-west-1' }, undefined, {}, 'eu-central-1'],
    ['a profile elsewhere than the sign-in', { authRegion: 'eu-west-1' }, US_ARN, {}, 'us-east-1'],
    ['a profile in Europe', {}, EU_ARN, { region: 'us-east-1' }, 'eu-central-1'],
    ['the general option', {}, undefined, { region: 'eu-north-1' }, 'eu-central-1'],
    ['the explicit option', { authRegion: 'us-east-1' }, US_ARN, { apiRegion: 'eu-central-1' }, 'eu-central-1'],
    ["the account's explicit member", { apiRegion: 'us-east-1' }, EU_ARN, { apiRegion: 'eu-central-1' }, 'us-east-1'],
    ['a region that is none', { apiRegion: 'evil.example/#', authRegion: '../..' }, undefined, {}, 'us-east-1'],
  ]
  for (const [name, members, arn, given, expected] of api) {
    it(`serve an account with ${name} in ${expected}`, () => {
      expect(apiRegion(kiroCredential('idc', members), arn, kiroOptions(given))).to.equal(expected)
    })
  }

  it('of the sign-in stay what they are', () => {
    expect(authRegion({ authRegion: 'eu-west-1' }, kiroOptions({ authRegion: 'us-west-2' }))).to.equal('eu-west-1')
    expect(authRegion({}, kiroOptions({ authRegion: 'us-west-2', region: 'eu-west-1' }))).to.equal('us-west-2')
    expect(authRegion({}, kiroOptions({ region: 'eu-west-1', apiRegion: 'us-east-1' }))).to.equal('eu-west-1')
    expect(authRegion({ authRegion: 'x.evil.example' }, kiroOptions())).to.equal('us-east-1')
  })

  it('are read from profiles of any partition, and from nothing that only looks like one', () => {
    for (const arn of [US_ARN, EU_ARN, SHARED_SOCIAL_ARN, BUILDER_ID_ARN, 'arn:aws-us-gov:transform:us-gov-west-1:111122223333:profile/x-1'])
      expect(isProfileArn(arn), arn).to.equal(true)
    for (const arn of ['', 'arn:aws:codewhisperer', `${US_ARN}\r\nx: y`, US_ARN.replace('profile/', 'role/'), `${US_ARN}${'A'.repeat(256)}`])
      expect(isProfileArn(arn), arn).to.equal(false)
  })
})

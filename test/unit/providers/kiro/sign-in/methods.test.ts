import { expect } from 'chai'
import { personsOf } from '../../../../../providers/kiro/sign-in/persons.ts'
import { kiroCredential } from '../../../../support/kiro-account.ts'
import { failure, signInWorld, USAGE } from './kiro-sign-in.ts'

describe('the ways to sign in to Kiro', () => {
  it('are five, and there are no others', async () => {
    const { signIn, begin } = signInWorld({})
    expect(signIn.methods.map(({ name }) => name)).to.deep.equal(['google', 'github', 'builder-id', 'idc', 'api-key'])
    expect(await failure(begin('password'))).to.match(/^bad_request: .*google, github, builder-id, idc, api-key/)
  })

  it('take an API key that works, at once', async () => {
    const world = signInWorld({ '/getUsageLimits': { body: USAGE } })
    const flow = await world.begin('api-key', { 'api-key': ' ksk_placeholder\n', region: 'eu-central-1' })
    const { account } = flow.kind === 'finished' ? flow.signedIn : expect.fail(flow.kind)
    expect(account.credential).to.deep.include({ kind: 'api-key', apiKey: 'ksk_placeholder', apiRegion: 'eu-central-1' })
    expect(world.http.requests[0]?.url).to.contain('.eu-central-1.')
    expect(world.http.requests[0]?.headers).to.include({ tokentype: 'API_KEY', authorization: 'Bearer ksk_placeholder' })
  })

  it('refuse an API key that the service refuses, and what is none, without repeating it', async () => {
    const refused = { status: 403, body: { message: 'The bearer token included in the request is invalid.' } }
    const world = signInWorld({ '/getUsageLimits': refused, '/ListAvailableModels': refused })
    expect(await failure(world.begin('api-key', { 'api-key': 'ksk_placeholder' })))
      .to.match(/^forbidden: Kiro does not accept this API key/)
      .and.not.contain('ksk_placeholder')
    for (const key of ['sk-other-0123456789', 'ksk_abc...xyz', 'ksk_two words']) {
      expect(await failure(world.begin('api-key', { 'api-key': key })), key)
        .to.match(/^bad_request: this is no Kiro API key/)
        .and.not.contain(key)
    }
  })
})

describe('the person behind a Kiro account', () => {
  const email = { rest: { email: 'Mia@Example.com' } }

  it('is known by the id that the service has for them', () => {
    const facts = { userId: 'd-1.user-1' }
    const names = (['social', 'builder-id', 'idc'] as const).map(kind => personsOf({ credential: kiroCredential(kind), facts }))
    expect(names).to.deep.equal([['user d-1.user-1'], ['user d-1.user-1'], ['user d-1.user-1']])
  })

  it('is known by an address together with the way it signs in, however it is written', () => {
    expect(personsOf({ credential: kiroCredential('social', { identityProvider: 'Google', ...email }) })).to.deep.equal(['google mia@example.com'])
    expect(personsOf({ credential: kiroCredential('builder-id', email) })).to.deep.equal(['builder-id mia@example.com'])
    expect(personsOf({ credential: kiroCredential('idc', { startUrl: 'https://d-1.awsapps.com/start/', ...email }) })).to.deep.equal([
      'https://d-1.awsapps.com/start mia@example.com',
    ])
  })

  it('is not guessed from an address alone', () => {
    for (const credential of [
      kiroCredential('social', email),
      kiroCredential('idc', email),
      kiroCredential('external-idp', email),
      kiroCredential('api-key'),
    ]) {
      expect(personsOf({ credential })).to.deep.equal([])
    }
  })
})

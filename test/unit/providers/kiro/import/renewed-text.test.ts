import { expect } from 'chai'
import fc from 'fast-check'
import type { KiroCredential } from '../../../../../providers/kiro/credential.ts'
import { renewedText } from '../../../../../providers/kiro/import/renewed-text.ts'
import { contextOf, importer } from '../../../../support/kiro-import.ts'

const FROM: KiroCredential = { kind: 'social', refreshToken: 'aorOld', accessToken: 'aoaOld', expiresAt: 1_700_000_000_000 }
const TO: KiroCredential = { kind: 'social', refreshToken: 'aorNew', accessToken: 'aoaNew', expiresAt: 1_800_000_000_123 }
const renewed = (value: unknown, indent?: string | number) => renewedText(JSON.stringify(value, null, indent), { from: FROM, to: TO })

describe('a renewed credential in its source', () => {
  it('takes the place of the one before, under the names and in the form that the source has', () => {
    expect(renewed({ access_token: 'aoaOld', refresh_token: 'aorOld', expires_at: 1_700_000_000, email: 'a@b.c' })).to.equal(
      '{"access_token":"aoaNew","refresh_token":"aorNew","expires_at":1800000000,"email":"a@b.c"}',
    )
    expect(
      JSON.parse(
        renewed({ accounts: [{ id: 1, credentials: { refreshToken: 'aorOld', expire: '2023-11-14T22:13:20Z' } }, { refreshToken: 'aorOther' }] }) ?? '',
      ),
    ).to.deep.equal({
      accounts: [{ id: 1, credentials: { refreshToken: 'aorNew', expire: '2027-01-15T08:00:00.123Z' } }, { refreshToken: 'aorOther' }],
    })
    expect(renewed({ refreshToken: 'aorOld', expiresAt: '1700000000000' })).to.equal('{"refreshToken":"aorNew","expiresAt":"1800000000123"}')
  })

  it('changes nothing else of the text', () => {
    expect(renewed([{ refreshToken: 'aorOld' }], '\t')).to.equal('[\n\t{\n\t\t"refreshToken": "aorNew"\n\t}\n]')
    expect(renewedText('{"refreshToken": "aorOld"}\r\n', { from: FROM, to: TO })).to.equal('{"refreshToken":"aorNew"}\r\n')
  })

  it('has no place in a text that is not JSON, or that holds another token', () => {
    for (const text of ['REFRESH_TOKEN=aorOld', '{"refreshToken":"aorOther"}', '{"note":"aorOld"}', '[]', '"aorOld"'])
      expect(renewedText(text, { from: FROM, to: TO }), text).to.equal(undefined)
  })

  it('is what the importer then reads, whatever stands around it', () =>
    fc.assert(
      fc.asyncProperty(fc.dictionary(fc.stringMatching(/^x[a-z]{0,8}$/), fc.jsonValue({ maxDepth: 1 })), fc.boolean(), async (others, isList) => {
        const source = { ...others, accessToken: 'aoaOld', refreshToken: 'aorOld', expiresAt: new Date(1_700_000_000_000).toISOString() }
        const text = renewed(isList ? [source, { refreshToken: 'aorOther' }] : source, 2) ?? ''
        const { accounts } = await importer.parse(text, contextOf())
        expect(accounts[0]?.credential).to.deep.include({ ...TO })
        const [entry] = ([] as unknown[]).concat(JSON.parse(text))
        expect(entry).to.deep.include(JSON.parse(JSON.stringify(others)) as object)
      }),
    ))
})

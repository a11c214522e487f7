import { expect } from 'chai'
import fc from 'fast-check'
import { readCallback } from '../../../../core/sign-in/callback-text.ts'

describe('what a person pastes', () => {
  const read = (text: string) => {
    const callback = readCallback(text)
    return callback && [callback.query.get('code'), callback.query.get('state'), callback.path]
  }

  it('is read as a whole address, quoted and spaced as it may be', () => {
    for (const text of [
      'http://localhost:3128/oauth/callback?code=c&state=s',
      '  "http://localhost:3128/oauth/callback?code=c&state=s"\r',
      '<http://127.0.0.1:4649/oauth/callback?state=s&code=c#x>',
    ]) {
      expect(read(text), text).to.deep.equal(['c', 's', '/oauth/callback'])
    }
  })

  it('is read as a query alone, with or without its question mark', () => {
    for (const text of ['code=c&state=s', '?code=c&state=s', 'localhost:3128/oauth/callback?code=c&state=s'])
      expect(read(text), text).to.deep.equal(['c', 's', undefined])
  })

  it('is read from an address of another scheme, whose path says nothing', () => {
    expect(read('kiro://kiro.kiroAgent/authenticate-success?code=c&state=s')).to.deep.equal(['c', 's', undefined])
  })

  it('may be an error that the browser came back with', () => {
    expect(readCallback('http://localhost:3128/oauth/callback?error=access_denied&state=s')?.query.get('error')).to.equal('access_denied')
  })

  it('is no callback without a code', () => {
    for (const text of ['', '   ', 'yes', 'http://localhost:3128/oauth/callback', 'https://example.com/?q=code', 'x'.repeat(20_000)])
      expect(read(text), text.slice(0, 40)).to.equal(undefined)
  })

  it('never fails, whatever it is, and gives back what an address holds', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        readCallback(text)
      }),
    )
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), (code, state) => {
        const query = new URLSearchParams({ code, state }).toString()
        expect(read(`http://localhost:3128/oauth/callback?${query}`)).to.deep.equal([code, state, '/oauth/callback'])
      }),
    )
  })
})

import { expect } from 'chai'
import { shownAddress } from '../../../../core/store/postgres-address.ts'

describe('the address of a PostgreSQL database', () => {
  const shown: Readonly<Record<string, string>> = {
    'postgres://user:secret@db.test:6000/gateway': 'postgres://db.test:6000/gateway',
    'postgresql://user:sec%40%2Fret@db.test/gateway?sslmode=require&password=secret': 'postgres://db.test:5432/gateway',
    'postgres://db.test/gateway': 'postgres://db.test:5432/gateway',
    'postgres:///gateway': 'postgres://localhost:5432/gateway',
    'postgres:///gateway?host=/var/run/postgresql&user=me&password=secret': 'postgres:///var/run/postgresql:5432/gateway',
    'postgres://user:secret@[::1]/gateway': 'postgres://[::1]:5432/gateway',
  }
  for (const [url, expected] of Object.entries(shown)) {
    it(`is shown as ${expected}, without user and password`, () => {
      expect(shownAddress(url)).to.equal(expected)
    })
  }

  it('is none where it can be read in two ways, or is for something else', () => {
    for (const url of [
      '',
      'gateway',
      'mysql://h/db',
      'postgres://h',
      'postgres://h/',
      'postgres://u:12/secret@h/db',
      'postgres://u:se#cret@h/db',
      'postgres://u:se@cret@h/a/b',
    ])
      expect(shownAddress(url), url).to.equal(undefined)
  })
})

import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { expect } from 'chai'
import { isPacked, refusalText } from '../../../../core/contract/refusal-text.ts'

const TEXT = JSON.stringify({ error: { message: 'prompt is too long: 205000 tokens > 200000 maximum' } })

describe('the text of a refusal', () => {
  for (const [how, pack] of [
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const) {
    it(`is unpacked from ${how} whether or not a header says so`, () => {
      expect(refusalText(pack(TEXT))).to.equal(TEXT)
      expect(refusalText(pack(TEXT), how)).to.equal(TEXT)
    })
  }

  it('is unpacked from what only a header tells', () => {
    expect(refusalText(brotliCompressSync(TEXT), 'br')).to.equal(TEXT)
    expect(refusalText(deflateSync(TEXT), 'deflate')).to.equal(TEXT)
    expect(refusalText(Buffer.from(TEXT), 'gzip'), 'a header that is wrong').to.equal(TEXT)
  })

  it('is as much of it as came', () => {
    const long = Array.from({ length: 5_000 }, (_, index) => `${index * 7_919} `).join('')
    const packed = gzipSync(long)
    const part = refusalText(packed.subarray(0, packed.length >> 1))
    expect(part.length).to.be.greaterThan(1_000)
    expect(long.startsWith(part)).to.equal(true)
  })

  it('is no bomb, and never bytes that mean nothing', () => {
    expect(refusalText(gzipSync(Buffer.alloc(64 * 1024 * 1024, 'x'))).length).to.be.at.most(64 * 1024)
    expect(refusalText(Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.from('nonsense')]))).to.equal('')
    expect(refusalText(brotliCompressSync(TEXT.repeat(20)))).to.equal('')
    expect(refusalText(Buffer.from('Überlastet: 過負荷'))).to.equal('Überlastet: 過負荷')
  })
})

describe('packed answers', () => {
  it('are known by their first bytes', () => {
    expect([gzipSync('x'), zstdCompressSync('x'), gzipSync('x').subarray(0, 1)].map(isPacked)).to.deep.equal([true, true, true])
    expect([Buffer.from('data: {}'), Buffer.from('('), Buffer.from('(a'), Buffer.alloc(0), Buffer.from([0, 0, 1, 40])].map(isPacked)).to.deep.equal(
      Array(5).fill(false),
    )
  })
})

import { expect } from 'chai'
import fc from 'fast-check'
import { ReasoningTags } from '../../../../providers/kiro/reasoning-tags.ts'

function scan(pieces: readonly string[]) {
  const seen = { reasoning: '', text: '' }
  const tags = new ReasoningTags({
    text: text => {
      seen.text += text
    },
    reasoning: text => {
      seen.reasoning += text
    },
  })
  for (const piece of pieces) tags.push(piece)
  tags.flush()
  return seen
}

const CASES: readonly (readonly [what: string, input: string, reasoning: string, text: string])[] = [
  ['plain text', 'Hello <b>', '', 'Hello <b>'],
  ['a block at the start', '<thinking>a</thinking>\n\nb', 'a', 'b'],
  ['every name of the tag', '<think>a</think>\n\nb', 'a', 'b'],
  ['every name of the tag', '<reasoning>a</reasoning>\n\nb', 'a', 'b'],
  ['every name of the tag', '<thought>a</thought>\n\nb', 'a', 'b'],
  ['whitespace before the block', ' \n<thinking>a</thinking>\n\nb', 'a', 'b'],
  ['one line break after the opening tag, not two', '<thinking>\n\na</thinking>\n\nb', '\na', 'b'],
  ['all whitespace after the closing tag', '<thinking>a</thinking>\n \n\n\t b c', 'a', 'b c'],
  ['a closing tag at the very end', '<thinking>a</thinking>', 'a', ''],
  ['a closing tag with whitespace to the end', '<thinking>a</thinking> \n', 'a', ''],
  ['a closing tag that is followed by text', '<thinking>a</thinking> b', 'a</thinking> b', ''],
  ['a closing tag that is followed by one line break', '<thinking>a</thinking>\nb</thinking>\n\nc', 'a</thinking>\nb', 'c'],
  ['a closing tag in quotes', '<thinking>`</thinking>`, "</thinking>\n\n\' </thinking>\n\nb', '`</thinking>`, "</thinking>\n\n\' ', 'b'],
  ['a closing tag of another name', '<thinking>a</think>\n\nb</thinking>\n\nc', 'a</think>\n\nb', 'c'],
  ['a block that never ends', '<thinking>a\n\nb </think', 'a\n\nb </think', ''],
  ['an empty block', '<thinking></thinking>\n\nb', '', 'b'],
  ['only the first block', '<thinking>a</thinking>\n\n<thinking>b</thinking>\n\n', 'a', '<thinking>b</thinking>\n\n'],
  ['a tag after text', 'The <thinking>a</thinking>\n\nb', '', 'The <thinking>a</thinking>\n\nb'],
  ['a quoted tag at the start', '`<thinking>` is a tag', '', '`<thinking>` is a tag'],
  ['half a tag', ' <thinkin', '', ' <thinkin'],
  ['something like a tag', '<thinker>a</thinker>', '', '<thinker>a</thinker>'],
  ['nothing but whitespace', ' \n ', '', ' \n '],
]

describe('kiro reasoning tags', () => {
  for (const [what, input, reasoning, text] of CASES) {
    it(`tells ${what} apart in every split: ${JSON.stringify(input)}`, () => {
      expect(scan([input])).to.deep.equal({ reasoning, text })
      expect(scan([...input])).to.deep.equal({ reasoning, text })
      for (let at = 1; at < input.length; at++) expect(scan([input.slice(0, at), input.slice(at)])).to.deep.equal({ reasoning, text })
    })
  }

  it('holds back no more than could become a tag', () => {
    let text = ''
    const tags = new ReasoningTags({ text: () => undefined, reasoning: piece => (text += piece) })
    tags.push('<thinking>abc </thin')
    expect(text).to.equal('abc ')
    tags.push('gs')
    expect(text).to.equal('abc </things')
  })

  it('says the same however the text is split', () => {
    const piece = fc.oneof(fc.constantFrom('<thinking>', '</thinking>', '\n', '\n\n', '"', '<', '</', 'thinking>', '😀', ' '), fc.string({ maxLength: 4 }))
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.boolean(), (pieces, tagged) => {
        const all = tagged ? ['<thinking>', ...pieces] : pieces
        expect(scan(all)).to.deep.equal(scan([all.join('')]))
      }),
      { numRuns: 500 },
    )
  })

  it('takes time in proportion to hostile text', () => {
    const hostile = `<thinking>${'</thinking> \n '.repeat(100_000)}`
    const started = process.cpuUsage().user
    expect(scan([hostile]).reasoning).to.have.length(hostile.length - 10 - '</thinking> \n '.length)
    scan([...`<thinking>${'</thinking>\n '.repeat(10_000)}`])
    scan(Array.from({ length: 200_000 }, () => ' '))
    expect(process.cpuUsage().user - started).to.be.lessThan(2_000_000)
  })
})

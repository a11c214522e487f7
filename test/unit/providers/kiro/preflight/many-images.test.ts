import { expect } from 'chai'
import { assistant, chat, image, rulesOf, send, user } from '../../../../support/kiro-request.ts'
import { png } from '../../../../support/kiro-traps.ts'

describe('many images on their way to Kiro', () => {
  const turn = (count: number, side = 10) => user(...Array.from({ length: count }, (_, index) => image(png(side, index + 1))))
  const counts = (messages: Parameters<typeof chat>[0], limits = {}) => {
    const sent = send(chat(messages), { limits })
    return { counts: sent.users.map(each => each.images?.length ?? 0), rules: rulesOf(sent), sent }
  }

  it('many-images: large ones stay where there are few, small ones wherever', () => {
    expect(counts([turn(10, 2_001), assistant('ok'), turn(10, 2_001)])).to.deep.include({ counts: [10, 10], rules: [] })
    expect(counts([turn(10), assistant('ok'), turn(10), assistant('ok'), turn(10, 2_000)])).to.deep.include({ counts: [10, 10, 10], rules: [] })
  })

  it('many-images: no more of the large ones go than must', () => {
    expect(counts([turn(10, 2_001), assistant('ok'), turn(10), assistant('ok'), turn(2)])).to.deep.include({ counts: [8, 10, 2], rules: ['many-images'] })
  })

  it('many-images: says where an image was left out', () => {
    const { sent } = counts([turn(1, 3_000), assistant('ok'), turn(2)], { manyImages: 2 })
    expect(sent.users[0]?.content).to.equal('[An image was left out: there are too many large ones.]')
    expect(sent.warnings[0]?.where).to.equal('messages.0')
  })
})

import { expect } from 'chai'
import { anthropic } from '../../../../core/dialects/anthropic/index.ts'
import { openaiChat } from '../../../../core/dialects/openai-chat/index.ts'
import { readModels } from '../../../../providers/openai-compatible/models.ts'

const CREATED = Date.UTC(2026, 1, 17)
const card = { id: 'a', publicId: 'a', provider: 'p', input: ['text'], features: [] } as const

describe('the date of a model in a list', () => {
  it("is the upstream's own where it tells one, else the same for all", () => {
    expect(openaiChat.models?.one({ ...card, createdAt: CREATED })).to.deep.include({ created: CREATED / 1_000 })
    expect(anthropic.models?.one({ ...card, createdAt: CREATED })).to.deep.include({ created_at: '2026-02-17T00:00:00Z' })
    expect(openaiChat.models?.one(card)).to.deep.include({ created: 1_735_689_600 })
    expect(anthropic.models?.one(card)).to.deep.include({ created_at: '2025-01-01T00:00:00Z' })
  })

  it('is read from lists of the Chat API, in seconds, where it is one', () => {
    const dates = readModels(`[{"id":"a","created":${CREATED / 1_000}},{"id":"b","created":0},{"id":"c","created":"soon"},{"id":"d","created":1e300}]`)
    expect(dates.map(({ createdAt }) => createdAt)).to.deep.equal([CREATED, undefined, undefined, undefined])
  })
})

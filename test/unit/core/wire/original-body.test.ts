import { expect } from 'chai'
import type { ChatRequest } from '../../../../core/index.ts'
import { cameIn, originalBody, type Saying } from '../../../../core/wire/original-body.ts'
import { requestWithBody } from '../../../support/calls.ts'

const SAYINGS: readonly Saying[] = [
  { members: ['messages', 'system'], fields: ['messages'] },
  { members: ['maxTokens'], fields: ['max_tokens', 'max_completion_tokens'] },
]
const BODY = { model: 'm', messages: [{ role: 'user', content: 'Hi', beta_field: 1 }], max_tokens: 5, brand_new: { a: [1] } }
const RENDERED = { model: 'm', messages: ['anew'], max_completion_tokens: 7, temperature: 1 }

function merged(change: Partial<ChatRequest>, render = () => RENDERED as Record<string, unknown>) {
  const request = { ...requestWithBody('w', BODY), ...change }
  if (!cameIn('w', request)) throw new Error('it came in w')
  return originalBody(request, SAYINGS, render)
}

describe('the body for an upstream of the same wire', () => {
  it('is the client’s own when nothing was changed, and nothing is rendered', () => {
    expect(merged({ model: 'other' }, () => expect.fail('rendered'))).to.deep.equal(BODY)
  })

  it('has what a plugin changed said anew, with all fields that said it before taken out', () => {
    expect(merged({ maxTokens: 7 })).to.deep.equal({ model: 'm', messages: BODY.messages, brand_new: { a: [1] }, max_completion_tokens: 7 })
    expect(merged({ messages: [] })).to.deep.equal({ ...BODY, messages: ['anew'] })
  })

  it('has nothing said any more where a plugin took it away', () => {
    expect(merged({ maxTokens: 7 }, () => ({}))).to.deep.equal({ model: 'm', messages: BODY.messages, brand_new: { a: [1] } })
  })

  it('leaves the client’s own untouched', () => {
    const before = JSON.stringify(BODY)
    merged({ messages: [], maxTokens: 1 })['more'] = true
    expect(JSON.stringify(BODY)).to.equal(before)
  })

  it('is for requests of that wire alone', () => {
    expect(cameIn('w', requestWithBody('v', BODY))).to.equal(false)
    const { original: _, ...plain } = requestWithBody('w', BODY)
    expect(cameIn('w', plain)).to.equal(false)
  })
})

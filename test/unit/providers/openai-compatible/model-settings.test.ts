import { expect } from 'chai'
import { openaiChat } from '../../../../core/dialects/openai-chat/index.ts'
import type { ChatRequest, ReasoningEffort } from '../../../../core/index.ts'
import { effortsOf } from '../../../../providers/openai-compatible/model-settings.ts'
import { PLAIN, type Quirks } from '../../../../providers/openai-compatible/quirks.ts'
import { buildChatRequest } from '../../../../providers/openai-compatible/request.ts'
import { VENDORS } from '../../../../providers/openai-compatible/vendors.ts'
import { chatRequest } from '../../../support/calls.ts'

const OPENAI: Quirks = { ...PLAIN, ...VENDORS.openai.quirks }

function build(model: string, request: ChatRequest, quirks: Quirks = OPENAI) {
  const built = buildChatRequest(request, { model, quirks, remedies: new Set() })
  return { body: JSON.parse(built.body) as Record<string, unknown>, rules: built.warnings.map(({ rule }) => rule) }
}
const wanting = (effort: ReasoningEffort) => chatRequest({ temperature: 0.2, topP: 0.9, reasoning: { mode: 'on', effort } })
const own = (body: object) =>
  openaiChat.chat?.parse(
    { model: 'asked', messages: [{ role: 'user', content: 'Hi' }], ...body },
    { headers: {}, params: {}, query: new URLSearchParams() },
  ) as ChatRequest

describe("settings that OpenAI's models refuse", () => {
  for (const model of ['o3', 'o4-mini', 'gpt-5', 'gpt-5.2-codex', 'ft:o4-mini:org::id']) {
    it(`are left out and reported: a reasoning model takes no temperature (${model})`, () => {
      const { body, rules } = build(model, wanting('high'))
      expect(body).to.include({ reasoning_effort: 'high' })
      expect(body).not.to.have.any.keys('temperature', 'top_p')
      expect(rules).to.deep.equal(['sampling', 'sampling'])
    })
  }

  for (const model of ['gpt-4o', 'gpt-4.1-mini', 'gpt-5-chat-latest']) {
    it(`are left out and reported: others take no effort (${model})`, () => {
      const { body, rules } = build(model, wanting('high'))
      expect(body).to.include({ temperature: 0.2, top_p: 0.9 })
      expect(body).not.to.have.property('reasoning_effort')
      expect(rules).to.deep.equal(['reasoning-effort'])
    })
  }

  it('become the nearest that there is: the highest effort has another name here', () => {
    expect(build('gpt-5.2', wanting('max')).body).to.include({ reasoning_effort: 'xhigh' })
    expect(build('gpt-5.2', wanting('max')).rules).to.include('reasoning-effort')
    expect(build('gpt-5', wanting('minimal')).body).to.include({ reasoning_effort: 'minimal' })
    expect(build('o3', wanting('max')).body).to.include({ reasoning_effort: 'high' })
  })

  it('are left out of the own words of a client too, which may not know which model serves it; what is the usual value stays', () => {
    expect(build('o3', own({ temperature: 0, top_p: 1, reasoning_effort: 'low' }))).to.deep.include({ rules: ['sampling'] })
    expect(build('o3', own({ temperature: 0, top_p: 1 })).body)
      .to.include({ top_p: 1 })
      .and.not.to.have.property('temperature')
    expect(build('gpt-4o', own({ reasoning_effort: 'low', temperature: 0 })).body)
      .to.include({ temperature: 0 })
      .and.not.to.have.property('reasoning_effort')
  })

  it('are not known of others: there the model decides', () => {
    const { body, rules } = build('gpt-5', wanting('high'), PLAIN)
    expect(body).to.include({ temperature: 0.2, top_p: 0.9, reasoning_effort: 'high' })
    expect(rules).to.deep.equal([])
    expect(effortsOf('anything', {})).to.equal(undefined)
    expect(effortsOf('deployment-o3', { '*-o3': ['low'] })).to.deep.equal(['low'])
  })
})

describe('a body in the own words of a client', () => {
  it('has no member that the client did not send', () => {
    expect(build('gpt-4o', own({})).body).to.have.all.keys('model', 'messages')
    expect(build('gpt-4o', own({ stream: false })).body).to.include({ stream: false })
    expect(build('gpt-4o', { ...own({}), stream: true }).body).to.include({ stream: true })
  })
})

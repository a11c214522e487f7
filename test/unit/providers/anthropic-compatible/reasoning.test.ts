import { expect } from 'chai'
import type { ChatRequest, Message, Reasoning } from '../../../../core/index.ts'
import { MODELS } from '../../../../providers/anthropic-compatible/simulator/models.ts'
import { built, complaintOf } from '../../../support/anthropic-request.ts'

function asked(model: string, reasoning: Reasoning, request: Partial<ChatRequest> = {}) {
  const result = built({ maxTokens: 32_000, reasoning, ...request }, { model })
  expect(complaintOf(JSON.stringify(result.body)), JSON.stringify(result.body)).to.equal(undefined)
  const { thinking, output_config: config, temperature, top_p, top_k } = result.body
  return { thinking, effort: config?.effort, sampling: { temperature, top_p, top_k }, rules: result.rules }
}

const ADAPTIVE = { type: 'adaptive', display: 'summarized' }
const OLD = 'claude-sonnet-4-5-20250929'

describe('reasoning for the Messages API', () => {
  it('is taken by every model in whichever way it is asked for', () => {
    const wishes: Reasoning[] = [{ mode: 'off' }, { mode: 'on' }, { mode: 'adaptive' }]
    for (const { id } of MODELS) {
      for (const effort of ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const) wishes.push({ mode: 'on', effort }, { mode: 'adaptive', effort })
      for (const budgetTokens of [1, 1024, 20_000, 400_000]) wishes.push({ mode: 'on', budgetTokens })
      for (const wish of wishes) asked(id, wish)
    }
  })

  it('has a budget on older models: at least 1024, below max_tokens, half of it when only an effort is told', () => {
    const budget = (reasoning: Reasoning, maxTokens = 32_000) => asked(OLD, reasoning, { maxTokens }).thinking
    expect(budget({ mode: 'on', budgetTokens: 5000 })).to.deep.equal({ type: 'enabled', budget_tokens: 5000 })
    expect(budget({ mode: 'on', budgetTokens: 10 })).to.deep.equal({ type: 'enabled', budget_tokens: 1024 })
    expect(budget({ mode: 'on', budgetTokens: 50_000 })).to.deep.equal({ type: 'enabled', budget_tokens: 31_999 })
    expect(budget({ mode: 'on', effort: 'high' })).to.deep.equal({ type: 'enabled', budget_tokens: 16_000 })
    expect(budget({ mode: 'adaptive' })).to.deep.equal({ type: 'enabled', budget_tokens: 8192 })
    expect(asked(OLD, { mode: 'on', budgetTokens: 50_000 }).rules).to.deep.equal(['thinking-budget'])
  })

  it('is left out, and said to be, where max_tokens leaves no room for it', () => {
    expect(asked(OLD, { mode: 'on', effort: 'low' }, { maxTokens: 500 })).to.deep.include({ thinking: undefined, rules: ['thinking-budget'] })
  })

  it('is adaptive with an effort on newer models', () => {
    expect(asked('claude-opus-4-7', { mode: 'on', effort: 'xhigh' })).to.deep.include({ thinking: ADAPTIVE, effort: 'xhigh', rules: [] })
    expect(asked('claude-opus-4-6', { mode: 'on', effort: 'xhigh' })).to.deep.include({ thinking: ADAPTIVE, effort: 'high', rules: ['thinking-effort'] })
    expect(asked('claude-sonnet-5', { mode: 'on', budgetTokens: 8000 })).to.deep.include({ thinking: ADAPTIVE, effort: 'medium', rules: ['thinking-style'] })
    expect(asked('claude-sonnet-5', { mode: 'adaptive', display: 'omitted' }).thinking).to.deep.equal({ type: 'adaptive', display: 'omitted' })
  })

  it('keeps a budget where the model takes either', () => {
    expect(asked('claude-sonnet-4-6', { mode: 'on', budgetTokens: 8000 }).thinking).to.deep.equal({ type: 'enabled', budget_tokens: 8000 })
  })

  it('is switched off as each model can be', () => {
    expect(asked(OLD, { mode: 'off' })).to.deep.include({ thinking: undefined, rules: [] })
    expect(asked('claude-sonnet-5', { mode: 'off' }).thinking).to.deep.equal({ type: 'disabled' })
    expect(asked('claude-fable-5', { mode: 'off' })).to.deep.include({ thinking: undefined, rules: ['thinking-style'] })
  })

  it('gives way to a forced tool call', () => {
    const forced: Partial<ChatRequest> = { tools: [{ name: 'read', description: '', schema: { type: 'object' } }], toolChoice: { mode: 'required' } }
    expect(asked(OLD, { mode: 'on', effort: 'low' }, forced)).to.deep.include({ thinking: undefined, rules: ['thinking-and-tools'] })
    expect(asked('claude-opus-4-7', { mode: 'on', effort: 'low' }, forced).thinking).to.deep.equal(ADAPTIVE)
  })

  it('gives way in a tool loop that clients have sent back without it', () => {
    const loop: Message[] = [
      { role: 'user', parts: [{ type: 'text', text: 'Go' }] },
      { role: 'assistant', parts: [{ type: 'tool-call', id: 'a', name: 'read', input: {} }] },
      { role: 'user', parts: [{ type: 'tool-result', id: 'a', content: [], isError: false }] },
    ]
    expect(asked(OLD, { mode: 'on', effort: 'low' }, { messages: loop })).to.deep.include({ thinking: undefined, rules: ['thinking-and-tools'] })
    const done = [
      ...loop,
      { role: 'assistant' as const, parts: [{ type: 'text' as const, text: 'Done' }] },
      { role: 'user' as const, parts: [{ type: 'text' as const, text: 'And?' }] },
    ]
    expect(asked(OLD, { mode: 'on', effort: 'low' }, { messages: done }).thinking?.type).to.equal('enabled')
  })

  it('constrains the sampling settings', () => {
    const settings = { temperature: 0.5, topP: 0.9, topK: 5 }
    expect(asked(OLD, { mode: 'off' }, settings)).to.deep.include({ sampling: { temperature: 0.5, top_p: undefined, top_k: 5 }, rules: ['sampling'] })
    expect(asked(OLD, { mode: 'on' }, settings).sampling).to.deep.equal({ temperature: undefined, top_p: undefined, top_k: undefined })
    expect(asked(OLD, { mode: 'on' }, { topP: 0.97 }).sampling.top_p).to.equal(0.97)
    expect(asked('claude-opus-4-7', { mode: 'off' }, settings)).to.deep.include({ rules: ['sampling', 'sampling', 'sampling'] })
    expect(asked(OLD, { mode: 'off' }, { temperature: 1.8 }).sampling.temperature).to.equal(1)
  })
})

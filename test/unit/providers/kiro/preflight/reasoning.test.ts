import { expect } from 'chai'
import type { ModelCard, Reasoning, ReasoningPart } from '../../../../../core/index.ts'
import { assistant, call, chat, result, rulesOf, send, tool, user } from '../../../../support/kiro-request.ts'

const CLAUDE = { model: 'claude-sonnet-4.6', modelFields: ['output_config', 'thinking'] }
const GPT = { model: 'gpt-5.6-sol', modelFields: ['reasoning'] }
const asked = (reasoning: Reasoning, context: Parameters<typeof send>[1]) => send(chat([user('hi')], { reasoning }), context)
const card = (efforts: ModelCard['efforts'] & {}): ModelCard => ({ id: 'm', input: ['text'], features: [], efforts })
const thought = (more: Partial<ReasoningPart> = {}): ReasoningPart => ({ type: 'reasoning', text: 'hm', signature: 'sig', ...more })
const replay = (parts: readonly ReasoningPart[], context: Parameters<typeof send>[1]) =>
  send(chat([user('go'), assistant(...parts, call('t')), user(result('t'))], { tools: [tool('read_file')] }), context)

describe('asking a Kiro model to reason', () => {
  it('reasoning-request: native fields of Claude', () => {
    const sent = asked({ mode: 'on', effort: 'medium' }, CLAUDE)
    expect(sent.body['additionalModelRequestFields']).to.deep.equal({
      output_config: { effort: 'medium' },
      thinking: { type: 'adaptive', display: 'summarized' },
    })
    expect(sent.current.content).to.equal('hi')
    expect(sent.built.reasoningRequested).to.equal(true)
  })

  it('reasoning-request: sends "thinking" only where the schema lists it', () => {
    expect(asked({ mode: 'on', effort: 'low' }, { modelFields: ['output_config'] }).body['additionalModelRequestFields']).to.deep.equal({
      output_config: { effort: 'low' },
    })
  })

  it('reasoning-request: native field of GPT', () => {
    expect(asked({ mode: 'adaptive', effort: 'xhigh' }, GPT).body['additionalModelRequestFields']).to.deep.equal({ reasoning: { effort: 'xhigh' } })
  })

  it('reasoning-request: an effort that the model lacks becomes the next lower one, and is reported', () => {
    const sent = asked({ mode: 'on', effort: 'xhigh' }, { ...CLAUDE, card: card(['low', 'medium', 'high', 'max']) })
    expect(sent.body['additionalModelRequestFields']).to.deep.include({ output_config: { effort: 'high' } })
    expect(rulesOf(sent)).to.deep.equal(['reasoning-request'])
    expect(asked({ mode: 'on', effort: 'minimal' }, CLAUDE).body['additionalModelRequestFields']).to.deep.include({ output_config: { effort: 'low' } })
  })

  it('reasoning-request: a budget counts as the effort that it pays for, silently', () => {
    for (const [budgetTokens, effort] of [
      [1024, 'low'],
      [8192, 'medium'],
      [10_000, 'high'],
      [64_000, 'max'],
    ] as const) {
      const sent = asked({ mode: 'on', budgetTokens }, CLAUDE)
      expect(sent.body['additionalModelRequestFields']).to.deep.include({ output_config: { effort } })
      expect(sent.warnings).to.deep.equal([])
    }
  })

  it('reasoning-request: tags with a bounded budget for older Claude, before the system prompt', () => {
    const request = chat([user('hi'), assistant('yes'), user('go')], {
      system: [{ type: 'text', text: 'Be brief.' }],
      reasoning: { mode: 'on', budgetTokens: 4000 },
    })
    const sent = send(request)
    expect(sent.users[0]?.content).to.equal('<thinking_mode>enabled</thinking_mode><max_thinking_length>4000</max_thinking_length>\nBe brief.\n\nhi')
    expect(sent.current.content).to.equal('go')
    expect(sent.body).not.to.have.property('additionalModelRequestFields')
    expect(asked({ mode: 'on', budgetTokens: 1 }, {}).current.content).to.contain('>1024<')
    expect(asked({ mode: 'on', budgetTokens: 1e6 }, {}).current.content).to.contain('>24576<')
    expect(asked({ mode: 'on' }, {}).current.content).to.contain('>8192<')
  })

  it('reasoning-request: adaptive tags for Claude from 4.6 on when its fields were refused', () => {
    for (const model of ['claude-sonnet-4.6', 'claude-opus-5', 'claude-opus-4.10']) {
      const sent = asked({ mode: 'on', effort: 'max' }, { ...CLAUDE, model, remedies: new Set(['drop-model-fields']) })
      expect(sent.current.content).to.equal('<thinking_mode>adaptive</thinking_mode><thinking_effort>high</thinking_effort>\n\nhi')
      expect(sent.body).not.to.have.property('additionalModelRequestFields')
    }
  })

  it('reasoning-request: models that know neither are left alone, and it is reported', () => {
    const sent = asked({ mode: 'on' }, { model: 'deepseek-3.2' })
    expect(sent.current.content).to.equal('hi')
    expect(rulesOf(sent)).to.deep.equal(['reasoning-request'])
  })

  it('reasoning-request: nothing is sent when none is wanted', () => {
    for (const reasoning of [{ mode: 'off', effort: 'high' }, undefined] as const) {
      const sent = send(chat([user('hi')], reasoning === undefined ? {} : { reasoning }), CLAUDE)
      expect(sent.body).not.to.have.property('additionalModelRequestFields')
      expect(sent.current.content).to.equal('hi')
      expect(sent.built.reasoningRequested).to.equal(false)
    }
  })

  it('never puts tags into a turn with tool results, even when the conversation begins with one', () => {
    const sent = send(chat([assistant(call('t')), user(result('t'))], { tools: [tool('read_file')], reasoning: { mode: 'on' } }))
    expect(sent.users[0]?.content).to.contain('<thinking_mode>')
    expect(sent.current.content).to.equal('')
  })
})

describe('replaying reasoning to Kiro', () => {
  it('reasoning-replay: a complete, signed block goes back verbatim', () => {
    const sent = replay([thought()], CLAUDE)
    expect(sent.assistants[0]?.reasoningContent).to.deep.equal({ reasoningText: { text: 'hm', signature: 'sig' } })
    expect(sent.warnings).to.deep.equal([])
  })

  it('reasoning-replay: encrypted reasoning goes back as it came', () => {
    expect(replay([thought({ text: '', redacted: 'ZW5j' })], GPT).assistants[0]?.reasoningContent).to.deep.equal({ redactedContent: 'ZW5j' })
  })

  it('reasoning-replay: unsigned, empty, broken or several blocks are left out as a whole', () => {
    for (const parts of [
      [{ type: 'reasoning', text: 'hm' } as const],
      [thought({ text: '' })],
      [thought({ signature: '' })],
      [thought({ text: 'a\ud800' })],
      [thought(), thought()],
      [thought({ signature: 'gm1.ai.call.U0lH' })],
    ]) {
      const sent = replay(parts, CLAUDE)
      expect(sent.assistants[0]).not.to.have.property('reasoningContent')
      expect(sent.warnings.map(({ rule, where }) => [rule, where])).to.deep.equal([['reasoning-replay', 'messages.1']])
    }
  })

  it('reasoning-replay: nothing is replayed after a refused signature, or to models without native fields', () => {
    const refused = { ...CLAUDE, remedies: new Set(['drop-signatures']) }
    for (const [context, told] of [[refused, ['reasoning-replay']], [{ model: 'claude-sonnet-4.5' }, []]] as const) {
      const sent = replay([thought()], context)
      expect(sent.built.body).not.to.contain('sig"')
      // What the upstream refused is a loss like any other, and is named.
      expect(sent.warnings.map(({ rule }) => rule)).to.deep.equal(told)
    }
  })
})

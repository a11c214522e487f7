import Anthropic from '@anthropic-ai/sdk'
import { expect } from 'chai'
import OpenAI from 'openai'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'

/** Reasons by fields of the request; the other one by tags in the prompt. */
const NATIVE = 'claude-sonnet-4-6'
const TAGGED = 'claude-sonnet-4.5'
const thinking = { type: 'enabled' as const, budget_tokens: 8000 }

interface Sent {
  readonly additionalModelRequestFields?: { readonly output_config?: { readonly effort: string }; readonly thinking?: unknown }
  readonly conversationState: {
    readonly conversationId: string
    readonly currentMessage: unknown
    readonly history?: readonly {
      readonly assistantResponseMessage?: { readonly reasoningContent?: { readonly reasoningText?: { readonly text: string; readonly signature: string } } }
    }[]
  }
}

describe('reasoning through the gateway', () => {
  let gateway: TestGateway
  let client: Anthropic

  before(async () => {
    // Both accounts get turns of one conversation, as after an account has stepped aside.
    gateway = await startTestGateway({ accounts: ['social', 'social'], config: { providers: [{ use: 'kiro', options: { affinity: false } }] } })
    client = new Anthropic({ baseURL: gateway.url, apiKey: gateway.key, maxRetries: 0 })
  })
  after(() => gateway.close())
  beforeEach(() => gateway.simulator.reset())

  type Body = Partial<Omit<Anthropic.MessageCreateParamsNonStreaming, 'messages'>> & { readonly messages: Anthropic.MessageParam[] }
  const ask = (body: Body) => client.messages.stream({ model: NATIVE, max_tokens: 16_000, ...body } as Anthropic.MessageStreamParams).finalMessage()
  const user = (content: string): Anthropic.MessageParam => ({ role: 'user', content })
  const calls = () => gateway.simulator.journal.filter(entry => entry.path === '/generateAssistantResponse')
  const sent = () => calls().map(entry => entry.body as Sent)
  const replayed = (body: Sent | undefined) => body?.conversationState.history?.flatMap(entry => entry.assistantResponseMessage?.reasoningContent ?? []) ?? []
  const kinds = (message: Anthropic.Message) => message.content.map(block => block.type)

  const QUESTION = 'How much? [[reason:Let me think. Two and two.]] [[text:Four.]]'

  for (const stream of [true, false]) {
    it(`arrives as a signed thinking block, ${stream ? 'streamed' : 'whole'}, and goes back with its signature`, async () => {
      const messages = [user(QUESTION)]
      const first = stream ? await ask({ messages, thinking }) : await client.messages.create({ model: NATIVE, max_tokens: 16_000, messages, thinking })
      expect(kinds(first)).to.deep.equal(['thinking', 'text'])
      const block = first.content[0] as Anthropic.ThinkingBlock
      expect(block.thinking).to.equal('Let me think. Two and two.')
      expect(block.signature).to.have.length.greaterThan(100)

      // Four more turns, so that both accounts get some of them.
      for (let turn = 0; turn < 4; turn++) {
        await ask({ messages: [...messages, { role: 'assistant', content: first.content }, user('Sure?')], thinking })
      }
      expect(calls().map(entry => entry.status)).to.deep.equal([200, 200, 200, 200, 200])
      expect(new Set(calls().map(entry => entry.account)).size).to.equal(2)
      for (const body of sent().slice(1)) expect(replayed(body)).to.deep.equal([{ reasoningText: { text: block.thinking, signature: block.signature } }])
    })
  }

  it('stays signed around tool calls', async () => {
    const tools: Anthropic.Tool[] = [{ name: 'add', description: 'Adds', input_schema: { type: 'object', properties: { a: { type: 'number' } } } }]
    const messages = [user('How much? [[reason:I need a tool.]] [[tool:add {"a":2}]]')]
    const first = await ask({ messages, tools, thinking })
    expect(kinds(first)).to.deep.equal(['thinking', 'text', 'tool_use'])
    const call = first.content[2] as Anthropic.ToolUseBlock
    await ask({
      messages: [
        ...messages,
        { role: 'assistant', content: first.content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: '4' }] },
      ],
      tools,
      thinking,
    })
    expect(calls().map(entry => entry.status)).to.deep.equal([200, 200])
    expect(replayed(sent()[1]).length).to.equal(1)
  })

  it('arrives as a thinking block from tags in the text, which later turns survive', async () => {
    const messages = [user(QUESTION)]
    const first = await ask({ model: TAGGED, messages, thinking })
    expect(first.content).to.deep.equal([
      { type: 'thinking', thinking: 'Let me think. Two and two.\n', signature: '' },
      { type: 'text', text: 'Four.' },
    ])
    expect(JSON.stringify(sent()[0]?.conversationState)).to.contain('<thinking_mode>enabled</thinking_mode><max_thinking_length>8000</max_thinking_length>')
    expect(sent()[0]).to.not.have.property('additionalModelRequestFields')
    await ask({ model: TAGGED, messages: [...messages, { role: 'assistant', content: first.content }, user('Sure?')], thinking })
    expect(calls().map(entry => entry.status)).to.deep.equal([200, 200])
  })

  const wishes: readonly (readonly [string, Partial<Body>, string])[] = [
    ['a budget', { thinking: { type: 'enabled', budget_tokens: 1024 } }, 'low'],
    ['a large budget', { thinking: { type: 'enabled', budget_tokens: 15_000 } }, 'high'],
    ['adaptive reasoning', { thinking: { type: 'adaptive' } }, 'high'],
    ['an effort', { output_config: { effort: 'medium' } }, 'medium'],
    ['adaptive reasoning with an effort', { thinking: { type: 'adaptive' }, output_config: { effort: 'max' } }, 'max'],
  ]
  for (const [name, wish, effort] of wishes) {
    it(`is asked of the upstream for ${name}`, async () => {
      const message = await ask({ messages: [user(QUESTION)], ...wish })
      expect(sent()[0]?.additionalModelRequestFields).to.deep.equal({ output_config: { effort }, thinking: { type: 'adaptive', display: 'summarized' } })
      expect(kinds(message)).to.deep.equal(['thinking', 'text'])
    })
  }

  it('is asked for by tags when the upstream does not take the fields after all', async () => {
    gateway.simulator.script({ do: 'error', error: 'additional-fields-unsupported' })
    expect(kinds(await ask({ messages: [user(QUESTION)], thinking }))).to.deep.equal(['thinking', 'text'])
    expect(sent().map(body => body.additionalModelRequestFields !== undefined)).to.deep.equal([true, false])
    expect(JSON.stringify(sent()[1])).to.contain('<thinking_mode>')
  })

  for (const model of [NATIVE, TAGGED]) {
    it(`is hidden by ${model} when nobody asked for it, or asked for none`, async () => {
      for (const wish of [{}, { thinking: { type: 'disabled' as const } }])
        expect(kinds(await ask({ model, messages: [user(QUESTION)], ...wish }))).to.deep.equal(['text'])
      expect(sent().map(body => body.additionalModelRequestFields)).to.deep.equal([undefined, undefined])
      expect(JSON.stringify(sent())).to.not.contain('thinking_mode')
    })
  }

  describe('with a signature that is not its own', () => {
    const foreign: Anthropic.ContentBlockParam[] = [
      { type: 'thinking', thinking: 'Thought elsewhere.', signature: Buffer.from('somebody else signed this').toString('base64') },
      { type: 'text', text: 'Four.' },
    ]

    it('is stripped and the request repeated once', async () => {
      const message = await ask({ messages: [user('How much?'), { role: 'assistant', content: foreign }, user('[[text:Yes.]]')], thinking })
      expect(message.content.at(-1)).to.deep.include({ type: 'text', text: 'Yes.' })
      expect(calls().map(entry => entry.refusedBy ?? entry.status)).to.deep.equal(['reasoning-signature', 200])
      expect(sent().map(body => replayed(body).length)).to.deep.equal([1, 0])
      expect(new Set(calls().map(entry => entry.account)).size).to.equal(1)
    })

    it('costs no account its place', async () => {
      await ask({ messages: [user('How much?'), { role: 'assistant', content: foreign }, user('Sure?')], thinking })
      expect((await gateway.gateway.services.directory.list()).map(account => account.state.status)).to.deep.equal(['active', 'active'])
    })

    it('is stripped when another model signed it', async () => {
      const messages = [user(QUESTION)]
      const first = await ask({ messages, thinking })
      await ask({ model: 'claude-sonnet-5', messages: [...messages, { role: 'assistant', content: first.content }, user('Sure?')], thinking })
      expect(calls().map(entry => entry.refusedBy ?? entry.status)).to.deep.equal([200, 'reasoning-signature', 200])
    })
  })

  describe('by the name of the model', () => {
    it('is turned on, and the answer repeats the name as asked', async () => {
      const message = await ask({ model: `${NATIVE}-thinking`, messages: [user(QUESTION)] })
      expect(message.model).to.equal(`${NATIVE}-thinking`)
      expect(kinds(message)).to.deep.equal(['thinking', 'text'])
      expect(sent()[0]?.additionalModelRequestFields?.output_config).to.deep.equal({ effort: 'high' })
    })

    it("yields to the request's own word", async () => {
      const message = await ask({ model: `${NATIVE}-thinking`, messages: [user(QUESTION)], thinking: { type: 'disabled' } })
      expect(kinds(message)).to.deep.equal(['text'])
    })

    it('is turned on for clients of the Chat Completions API too', async () => {
      const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 })
      const answer = await openai.chat.completions.create({ model: `kiro/${NATIVE}-thinking`, messages: [{ role: 'user', content: QUESTION }] })
      expect(answer.model).to.equal(`kiro/${NATIVE}-thinking`)
      expect(answer.choices[0]?.message).to.have.property('reasoning_content', 'Let me think. Two and two.')
      expect(sent()[0]?.additionalModelRequestFields?.output_config).to.deep.equal({ effort: 'high' })
    })

    it("is turned on whatever plugins the configuration lists, and by a map's target", async () => {
      const own = await startTestGateway({ config: { plugins: [{ use: 'model-map', options: { smart: `${TAGGED}-thinking` } }] } })
      try {
        for (const model of ['claude-sonnet-4-5-thinking', 'smart']) {
          const answer = await own.post('/v1/messages', { model, max_tokens: 500, messages: [user(QUESTION)] })
          const message = (await answer.json()) as Anthropic.Message
          expect(kinds(message)).to.deep.equal(['thinking', 'text'])
          expect(message.model).to.equal(model)
        }
      } finally {
        await own.close()
      }
    })

    it('is no part of the name when tokens are counted', async () => {
      const counted = await client.messages.countTokens({ model: `${NATIVE}-thinking`, messages: [user('Hello')] })
      expect(counted.input_tokens).to.be.greaterThan(0)
    })
  })
})

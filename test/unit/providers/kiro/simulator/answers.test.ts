import { expect } from 'chai'
import fc from 'fast-check'
import { readDirectives } from '../../../../../providers/kiro/simulator/directives.ts'
import { type IssuedCredential, type KiroSimulator, type KiroSimulatorOptions, startKiroSimulator } from '../../../../../providers/kiro/simulator/index.ts'
import { ask, correctBody, framesOf, json, namesOf, stopReasonOf, textOf, toolCallsOf } from './client.ts'

describe('The simulator’s own answers', () => {
  let simulator: KiroSimulator
  let credential: IssuedCredential

  const start = async (options: KiroSimulatorOptions = {}) => {
    simulator = await startKiroSimulator(options)
    credential = simulator.issue('social')
  }

  afterEach(() => simulator.close())

  it('repeat what the user said after the marker, without the system prompt', async () => {
    await start({ marker: '[simulated] ' })
    const reply = await ask(simulator, credential, { content: 'You are a pirate.\n\nWhere is the gold?' })
    expect(textOf(reply)).to.equal('[simulated] You said: Where is the gold?')
    expect(namesOf(reply).slice(-3)).to.deep.equal(['metadataEvent', 'contextUsageEvent', 'meteringEvent'])
    expect(stopReasonOf(reply)).to.equal('END_TURN')
    expect(reply.headers['x-amzn-codewhisperer-conversation-id']).to.equal('5f0c5c52-6c8e-4a38-9d0e-0c8a2d0f8b11')
  })

  it('carry no metadata event for enterprise accounts', async () => {
    await start()
    const enterprise = simulator.issue('idc', { withProfileArn: true })
    expect(namesOf(await ask(simulator, enterprise))).not.to.include('metadataEvent')
  })

  it('quote tool results', async () => {
    await start()
    const body = correctBody('', credential.profileArn)
    const { currentMessage } = body.conversationState
    const tools = [{ toolSpecification: { name: 'look', description: 'Looks', inputSchema: { json: { type: 'object' } } } }]
    const toolResults = [
      { toolUseId: 'a', status: 'success', content: [{ text: 'blue sky' }] },
      { toolUseId: 'b', status: 'error', content: [{ json: { code: 7 } }] },
    ]
    currentMessage.userInputMessage.userInputMessageContext = { tools, toolResults }
    const toolUses = ['a', 'b'].map(toolUseId => ({ toolUseId, name: 'look', input: {} }))
    body.conversationState.history = [{ userInputMessage: { content: 'look [[tool:look]]' } }, { assistantResponseMessage: { content: '', toolUses } }]
    const reply = await ask(simulator, credential, { body })
    expect(textOf(reply)).to.equal('The tools answered: 1. it said "blue sky"; 2. it failed with "{"code":7}".')
    expect(toolCallsOf(reply), 'earlier directives are not followed again').to.have.length(0)
  })

  it('follow directives for tools, reasoning, text and its shape', async () => {
    await start()
    const tools = await ask(simulator, credential, { content: 'do [[tool:read {"a":[[1]]}]] and [[tool:list]]' })
    expect(toolCallsOf(tools).map(({ name, input, stopped }) => ({ name, input, stopped }))).to.deep.equal([
      { name: 'read', input: '{"a":[[1]]}', stopped: true },
      { name: 'list', input: '', stopped: true },
    ])
    expect(stopReasonOf(tools)).to.equal('TOOL_USE')
    const long = await ask(simulator, credential, { content: '[[chars:1000]][[events:7]]' })
    expect(textOf(long)).to.have.length(1000)
    expect(namesOf(long).filter(name => name === 'assistantResponseEvent')).to.have.length(7)
    const thought = await ask(simulator, credential, { content: '[[reason:hm]] [[text:Aha.]] [[stop:MAX_TOKENS]] [[usage:99.5]]' })
    expect(namesOf(thought)[0]).to.equal('reasoningContentEvent')
    expect(textOf(thought)).to.equal('Aha.')
    expect(stopReasonOf(thought)).to.equal('MAX_TOKENS')
    expect(framesOf(thought).find(frame => frame.name === 'contextUsageEvent')?.payload.contextUsagePercentage).to.equal(99.5)
  })

  it('reason in tags when the prompt asks for tags, and redacted for the GPT family', async () => {
    await start()
    const tagged = await ask(simulator, credential, { content: '<thinking_mode>enabled</thinking_mode>\n\n[[reason:hm]] hi' })
    expect(textOf(tagged)).to.equal('<thinking>\nhm\n</thinking>\n\nYou said: hi')
    const body = correctBody('[[reason:hm]]', credential.profileArn)
    body.conversationState.currentMessage.userInputMessage.modelId = 'gpt-5.6-luna'
    expect(framesOf(await ask(simulator, credential, { body }))[0]?.payload).to.deep.equal({ redactedContent: 'aG0=' })
  })

  it('fail as a directive says', async () => {
    await start()
    const error = await ask(simulator, credential, { content: '[[error:insufficient-model-capacity]]' })
    expect([error.status, json(error).reason]).to.deep.equal([429, 'INSUFFICIENT_MODEL_CAPACITY'])
    const broken = await ask(simulator, credential, { content: '[[exception:internal-server-error]]' })
    expect(namesOf(broken).at(-1)).to.equal('InternalServerException')
    const script = await ask(simulator, credential, { content: '[[script:max-tokens]]' })
    expect(stopReasonOf(script)).to.equal('MAX_TOKENS')
  })

  it('compute the used context from the size of the request and the model’s window', async () => {
    await start()
    const usage = async (content: string, modelId: string) => {
      const body = correctBody(content, credential.profileArn)
      body.conversationState.currentMessage.userInputMessage.modelId = modelId
      const reply = await ask(simulator, credential, { body })
      return framesOf(reply).find(frame => frame.name === 'contextUsageEvent')?.payload.contextUsagePercentage
    }
    const small = await usage('hi', 'claude-haiku-4.5')
    expect(small).to.be.within(1, 1.2)
    expect(await usage('x'.repeat(400_000), 'claude-haiku-4.5')).to.be.within(51, 52)
    expect(await usage('x'.repeat(400_000), 'claude-sonnet-4.6')).to.be.within(10, 11)
  })

  it('share one window between all models when told so', async () => {
    await start({ contextWindow: 3000 })
    const reply = await ask(simulator, credential, { content: 'x'.repeat(5000) })
    expect([reply.status, json(reply).reason]).to.deep.equal([400, 'CONTENT_LENGTH_EXCEEDS_THRESHOLD'])
  })

  it('are fixed when an option fixes them', async () => {
    await start({ answer: { events: 100, chunking: 'one-write' }, marker: '' })
    const [first, second] = [await ask(simulator, credential), await ask(simulator, credential, { content: '[[chars:3]]' })]
    const deltas = framesOf(first).filter(frame => frame.name === 'assistantResponseEvent')
    expect(deltas.map(({ payload }) => payload.content.length)).to.deep.equal(Array(100).fill(24))
    expect(first.bytes.equals(second.bytes)).to.equal(true)
    expect(first.headers['transfer-encoding']).to.equal('chunked')
    expect(first.headers).not.to.have.property('content-length')
  })
})

describe('The simulator’s directives', () => {
  it('leave the rest of the text as it was', () => {
    const { directives, rest } = readDirectives('a [[unknown:x]] b [[delay:5]] c [[error:no-such]] d [[tool:t {"x":"]]"}]]')
    expect(rest).to.equal('a [[unknown:x]] b  c [[error:no-such]] d')
    expect(directives).to.deep.equal({ tools: [{ name: 't', input: { x: ']]' } }], delayMs: 5 })
  })

  it('hold together whatever the text is', () => {
    const piece = fc.oneof(fc.string(), fc.constantFrom('[[', ']]', '[[tool:', '[[tool:a {', '{"a":1}', '[[chars:', '9', '[[reason:'))
    fc.assert(
      fc.property(fc.array(piece), parts => {
        const text = parts.join('')
        const { rest, directives } = readDirectives(text)
        expect(rest.length).to.be.at.most(text.length)
        if (!text.includes('[[')) expect([rest, directives]).to.deep.equal([text.trim(), { tools: [] }])
      }),
    )
  })

  it('carry any JSON as a tool’s input', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), input => {
        const expected: unknown = JSON.parse(JSON.stringify(input))
        const { directives, rest } = readDirectives(`before [[tool:t ${JSON.stringify(input)}]] after`)
        expect(directives.tools).to.deep.equal([{ name: 't', input: expected }])
        expect(rest).to.equal('before  after')
      }),
    )
  })
})

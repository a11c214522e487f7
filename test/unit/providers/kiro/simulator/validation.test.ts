import { expect } from 'chai'
import { type KiroSimulator, startKiroSimulator, type ValidationProfile } from '../../../../../providers/kiro/simulator/index.ts'
import { RULES } from '../../../../../providers/kiro/simulator/validation/rules.ts'
import { ask, correctBody, framesOf, ideHeaders, json, send } from './client.ts'
import { BREAKAGES, fullBody } from './broken-requests.ts'

const PROFILES = ['strict', 'lenient', 'kirodev'] as const

describe('The simulator’s validation', () => {
  const simulators = new Map<ValidationProfile, KiroSimulator>()

  before(async () => {
    for (const validation of PROFILES) simulators.set(validation, await startKiroSimulator({ validation, bodyLimit: 8_000_000 }))
  })

  after(async () => {
    for (const simulator of simulators.values()) await simulator.close()
  })

  const simulatorFor = (profile: ValidationProfile): KiroSimulator => {
    const simulator = simulators.get(profile)
    if (simulator === undefined) throw new Error('not started')
    return simulator
  }

  for (const profile of PROFILES) {
    it(`lets a correct request with tools, images and history pass (${profile})`, async () => {
      const simulator = simulatorFor(profile)
      const credential = simulator.issue('social')
      const reply = await ask(simulator, credential, { body: fullBody(credential.profileArn) })
      expect(simulator.journal.at(-1)?.refusedBy).to.equal(undefined)
      expect(reply.status).to.equal(200)
    })
  }

  it('has a breaking request for every rule', () => {
    expect(BREAKAGES.map(({ rule }) => rule).sort()).to.deep.equal(RULES.map(({ name }) => name).sort())
  })

  for (const { rule, status = 400, reason, message, profile = 'strict', mutate, headers } of BREAKAGES) {
    it(`refuses by the rule ${rule}`, async () => {
      const simulator = simulatorFor(profile)
      const credential = simulator.issue('social')
      const body = fullBody(credential.profileArn)
      const changed = mutate?.(body) ?? body
      const reply = await ask(simulator, credential, { body: changed, headers: { ...headers } })
      const entry = simulator.journal.at(-1)
      expect(entry?.refusedBy, entry?.refusal).to.equal(rule)
      expect(entry?.refusal).to.be.a('string')
      expect(reply.status).to.equal(status)
      const answer = json(reply)
      expect(answer.reason).to.equal(reason ?? null)
      if (message !== undefined) expect(answer.message).to.include(message)
      expect(reply.headers['x-amzn-errortype']).to.match(/Exception/)
    })
  }

  it('forgives in the lenient profile what the amazonaws.com hosts forgive', async () => {
    const simulator = simulatorFor('lenient')
    const credential = simulator.issue('social')
    const forgiven = BREAKAGES.filter(({ forgiven: forgivenByLenient }) => forgivenByLenient === true)
    expect(forgiven.length).to.be.greaterThan(4)
    for (const { rule, mutate, headers } of forgiven) {
      const body = fullBody(credential.profileArn)
      const reply = await ask(simulator, credential, { body: mutate?.(body) ?? body, headers: { ...headers } })
      expect(reply.status, rule).to.equal(200)
    }
  })

  it('takes a property named like a forbidden keyword for what it is', async () => {
    const simulator = simulatorFor('kirodev')
    const credential = simulator.issue('social')
    const body = fullBody(credential.profileArn)
    const [tool] = body.conversationState.currentMessage.userInputMessage.userInputMessageContext.tools
    tool.toolSpecification.inputSchema.json.properties = { format: { type: 'string' }, pattern: { type: 'string' } }
    expect((await ask(simulator, credential, { body })).status).to.equal(200)
  })

  it('asks for an ARN of OAuth accounts, but not of API keys, nor of a Builder ID on the CLI’s request line', async () => {
    const simulator = simulatorFor('strict')
    const body = correctBody()
    const idc = simulator.issue('idc')
    const missing = await ask(simulator, idc, { body })
    expect([missing.status, json(missing).message]).to.deep.equal([400, 'profileArn is required for this request.'])
    expect((await ask(simulator, simulator.issue('api-key'), { body })).status).to.equal(200)

    const builderId = simulator.issue('builder-id')
    const target = 'AmazonCodeWhispererStreamingService.GenerateAssistantResponse'
    const rpc = { ...ideHeaders(builderId), 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target }
    expect((await ask(simulator, builderId, { body })).status).to.equal(400)
    expect((await send(simulator, { path: '/', headers: rpc, body: JSON.stringify(body) })).status).to.equal(200)
  })

  it('refuses an ARN of another region than the host’s', async () => {
    const simulator = simulatorFor('strict')
    const credential = simulator.issue('idc', { apiRegion: 'eu-central-1', withProfileArn: true })
    const at = (host: string) => ask(simulator, credential, { headers: { host } })
    expect((await at('q.eu-central-1.amazonaws.com')).status).to.equal(200)
    const wrong = await at('q.us-east-1.amazonaws.com')
    expect([wrong.status, json(wrong)]).to.deep.equal([400, { message: 'Improperly formed request.', reason: null }])
    expect(simulator.journal.at(-1)?.refusedBy).to.equal('profile-arn-region')
  })

  it('accepts a replayed signature in its conversation and refuses it changed or elsewhere', async () => {
    const simulator = simulatorFor('strict')
    const credential = simulator.issue('social')
    const first = await ask(simulator, credential, { content: 'think [[reason:because of this]]' })
    const reasoning = framesOf(first).filter(frame => frame.name === 'reasoningContentEvent')
    const signature = reasoning.map(frame => frame.payload.signature ?? '').join('')
    const replay = (text: string, sent: string, change: (body: any) => void = () => {}) => {
      const body = correctBody('and now?', credential.profileArn)
      body.conversationState.history = [
        { userInputMessage: { content: 'think [[reason:because of this]]' } },
        { assistantResponseMessage: { content: 'ok', reasoningContent: { reasoningText: { text, signature: sent } } } },
      ]
      change(body)
      return ask(simulator, credential, { body })
    }
    expect(reasoning.filter(frame => frame.payload.signature !== undefined)).to.have.length(3)
    expect((await replay('because of this', signature)).status).to.equal(200)
    for (const [text, sent] of [
      ['because of this', 'made up'],
      ['because of that', signature],
    ] as const) {
      const refused = await replay(text, sent)
      expect([refused.status, json(refused).reason]).to.deep.equal([400, 'THINKING_SIGNATURE_INVALID'])
    }
    const elsewhere = await replay('because of this', signature, body => {
      body.conversationState.conversationId = 'another'
      body.conversationState.history[0].userInputMessage.content = 'something else'
    })
    expect(json(elsewhere).reason).to.equal('THINKING_SIGNATURE_INVALID')
    const otherId = await replay('because of this', signature, body => {
      body.conversationState.conversationId = 'another'
    })
    expect(otherId.status, 'a new id for the same conversation').to.equal(200)
  })

  it('refuses paid models on the free plan', async () => {
    const simulator = simulatorFor('strict')
    const credential = simulator.issue('social', { plan: 'free' })
    const body = correctBody('hello', credential.profileArn)
    body.conversationState.currentMessage.userInputMessage.modelId = 'claude-opus-4.6'
    const reply = await ask(simulator, credential, { body })
    expect([reply.status, json(reply).reason]).to.deep.equal([400, 'INVALID_MODEL_ID'])
  })

  it('asks nothing of the body when it is switched off', async () => {
    const simulator = await startKiroSimulator({ validation: 'off', answer: { events: 100, chunking: 'one-write' } })
    const reply = await ask(simulator, simulator.issue('api-key'), { body: 'nonsense', headers: { tokentype: '' } })
    await simulator.close()
    expect(reply.status).to.equal(200)
    expect(framesOf(reply).filter(frame => frame.name === 'assistantResponseEvent')).to.have.length(100)
  })
})

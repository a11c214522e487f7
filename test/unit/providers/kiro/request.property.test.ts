import { expect } from 'chai'
import fc from 'fast-check'
import { type ChatRequest, GatewayError, type ReasoningEffort } from '../../../../core/index.ts'
import { BODY_RULES, DRAFT_RULES } from '../../../../providers/kiro/preflight/rules.ts'
import { buildKiroRequest, type KiroRequestContext } from '../../../../providers/kiro/request.ts'
import { arbitraryChatRequest } from '../../../support/arbitrary-conversation.ts'
import { checkKiroBody } from '../../../support/kiro-body-checker.ts'

const RULES = [...DRAFT_RULES, ...BODY_RULES].map(rule => rule.name)

const targets: fc.Arbitrary<Pick<KiroRequestContext, 'model' | 'modelFields'>> = fc.constantFrom(
  { model: 'claude-sonnet-4.5' },
  { model: 'claude-sonnet-4.6', modelFields: ['output_config', 'thinking'] },
  { model: 'claude-opus-4.7' },
  { model: 'gpt-5.6-sol', modelFields: ['reasoning'] },
  { model: 'deepseek-3.2' },
)
const contexts: fc.Arbitrary<KiroRequestContext> = fc
  .record({ target: targets, remedies: fc.subarray(['drop-signatures', 'drop-model-fields', 'new-conversation']), small: fc.boolean() })
  .map(({ target, remedies, small }) => ({
    ...target,
    origin: 'AI_EDITOR',
    conversationId: '11111111-2222-4333-8444-555555555555',
    agentContinuationId: '66666666-7777-4888-8999-aaaaaaaaaaaa',
    remedies: new Set(remedies),
    card: { id: target.model, input: ['text', 'image'], features: ['tools'], efforts: ['low', 'medium', 'high'] satisfies ReasoningEffort[] },
    ...(small
      ? {
          limits: {
            imagesPerMessage: 1,
            imageCharacters: 90,
            bodyBytes: 100,
            toolCharacters: 100,
            tools: 1,
            messageCharacters: 5,
            resultCharacters: 5,
            descriptionUnits: 7,
          },
        }
      : {}),
  }))

describe('any conversation for the Kiro upstream', () => {
  it('becomes a body that the upstream takes, or is refused with the name of a rule and an index', () => {
    fc.assert(
      fc.property(arbitraryChatRequest(), contexts, (request, context) => {
        const built = attempt(request, context)
        if (GatewayError.is(built)) {
          expect(built.code).to.equal('bad_request')
          const [rule] = built.message.split(':')
          expect(RULES).to.include(rule)
          expect(built.message).to.match(/\(messages\.\d+\)/)
          expect(built.param).to.match(/^messages\.\d+$/)
          return
        }
        expect(checkKiroBody(built.body)).to.deep.equal([])
        for (const warning of built.warnings) expect(RULES).to.include(warning.rule)
        expect(built.estimatedInputTokens).to.be.greaterThan(0)
      }),
      { numRuns: 700 },
    )
  })

  it('is built the same every time and left as it was', () => {
    fc.assert(
      fc.property(arbitraryChatRequest(), contexts, (request, context) => {
        const before = JSON.stringify(request)
        const kept = { ...context, remedies: new Set([...context.remedies].filter(remedy => remedy !== 'new-conversation')) }
        expect(outcome(request, kept)).to.equal(outcome(request, kept))
        expect(JSON.stringify(request)).to.equal(before)
      }),
      { numRuns: 150 },
    )
  })

  it('keeps every tool name reversible', () => {
    fc.assert(
      fc.property(arbitraryChatRequest(), contexts, (request, context) => {
        const built = attempt(request, context)
        if (GatewayError.is(built)) return
        for (const { name, hosted } of request.tools)
          if (hosted === undefined && request.toolChoice?.mode !== 'none') expect(built.toolNames.original(built.toolNames.upstream(name))).to.equal(name)
      }),
      { numRuns: 150 },
    )
  })
})

function attempt(request: ChatRequest, context: KiroRequestContext) {
  try {
    return buildKiroRequest(request, context)
  } catch (error) {
    if (GatewayError.is(error)) return error
    throw error
  }
}

function outcome(request: ChatRequest, context: KiroRequestContext): string {
  const built = attempt(request, context)
  return GatewayError.is(built) ? built.message : JSON.stringify([built.body, built.warnings])
}

import { expect } from 'chai'
import fc from 'fast-check'
import { type ChatRequest, GatewayError } from '../../../../core/index.ts'
import { LOSS_RULES } from '../../../../providers/gemini/losses.ts'
import { buildGeminiRequest, type GeminiRequestContext } from '../../../../providers/gemini/request.ts'
import { SignatureMemory } from '../../../../providers/gemini/signatures.ts'
import { requestFault, Signer } from '../../../../providers/gemini/simulator/index.ts'
import { arbitraryChatRequest } from '../../../support/arbitrary-conversation.ts'

const RULES = Object.keys(LOSS_RULES)
const signer = new Signer('simulated')
const MODELS = [
  'gemini-2.5-pro',
  'gemini-2.5-flash',
  'gemini-2.5-flash-lite',
  'gemini-2.5-flash-image',
  'gemini-3-pro-preview',
  'gemini-3.1-pro-preview',
  'gemini-3.1-flash-lite-preview',
  'gemini-3.7-flash',
  'gemini-2.0-flash',
]
const contexts: fc.Arbitrary<GeminiRequestContext> = fc
  .record({ model: fc.constantFrom(...MODELS), remedies: fc.subarray(['drop-signatures']) })
  .map(({ model, remedies }) => ({
    model,
    memory: new SignatureMemory(),
    remedies: new Set(remedies),
    filesRoot: 'https://generativelanguage.googleapis.com/v1beta',
  }))

describe('any conversation for the Gemini API', () => {
  it('becomes a body that the API takes, or is refused with the name of a rule and an index', () => {
    fc.assert(
      fc.property(arbitraryChatRequest(), contexts, (request, context) => {
        const built = attempt(request, context)
        if (GatewayError.is(built)) {
          expect(built.code).to.equal('bad_request')
          expect(RULES).to.include(built.message.split(':')[0])
          expect(built.param).to.match(/^messages\.\d+$/)
          return
        }
        expect(requestFault(JSON.parse(built.body), { model: context.model, signer })).to.equal(undefined)
        for (const { rule } of built.warnings) expect(RULES).to.include(rule)
      }),
      { numRuns: 1_000 },
    )
  })

  it('is built the same every time and left as it was', () => {
    fc.assert(
      fc.property(arbitraryChatRequest(), contexts, (request, context) => {
        const before = JSON.stringify(request)
        expect(outcome(request, context)).to.equal(outcome(request, context))
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
        for (const { name, hosted } of request.tools) if (hosted === undefined) expect(built.toolNames.original(built.toolNames.upstream(name))).to.equal(name)
      }),
      { numRuns: 150 },
    )
  })
})

function attempt(request: ChatRequest, context: GeminiRequestContext) {
  try {
    return buildGeminiRequest(request, context)
  } catch (error) {
    if (GatewayError.is(error)) return error
    throw error
  }
}

function outcome(request: ChatRequest, context: GeminiRequestContext): string {
  const built = attempt(request, context)
  return GatewayError.is(built) ? built.message : JSON.stringify([built.body, built.warnings])
}

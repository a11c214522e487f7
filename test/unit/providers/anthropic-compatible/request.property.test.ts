import { expect } from 'chai'
import fc from 'fast-check'
import { type ChatRequest, GatewayError } from '../../../../core/index.ts'
import { cardOf } from '../../../../providers/anthropic-compatible/known-models.ts'
import { RULES } from '../../../../providers/anthropic-compatible/preflight/rules.ts'
import { MODELS } from '../../../../providers/anthropic-compatible/simulator/models.ts'
import { buildCount, buildMessages } from '../../../../providers/anthropic-compatible/request.ts'
import { readRequest } from '../../../../providers/anthropic-compatible/simulator/validation/request.ts'
import { complaintOf, requestContext } from '../../../support/anthropic-request.ts'
import { arbitraryChatRequest } from '../../../support/arbitrary-conversation.ts'

const contexts = fc
  .record({ model: fc.constantFrom(...MODELS), remedies: fc.subarray(['drop-signatures']), official: fc.boolean() })
  .map(({ model: { id, window, output }, remedies, official }) =>
    requestContext({ model: id, card: cardOf({ id, inputTokens: window, outputTokens: output }), remedies: new Set(remedies), official }),
  )

function attempt(request: ChatRequest, context: ReturnType<typeof requestContext>) {
  try {
    return buildMessages(request, context)
  } catch (error) {
    if (GatewayError.is(error)) return error
    throw error
  }
}

describe('any conversation for an Anthropic-compatible upstream', () => {
  it('becomes a body that the strict upstream takes, or is refused with the name of a rule and an index', () => {
    fc.assert(
      fc.property(arbitraryChatRequest(), contexts, (request, context) => {
        const result = attempt(request, context)
        if (GatewayError.is(result)) {
          expect(result.code).to.equal('bad_request')
          expect(Object.keys(RULES)).to.include(result.message.split(':')[0])
          expect(result.message).to.match(/\(messages\.\d+\)/)
          return
        }
        expect(complaintOf(result.body), result.body).to.equal(undefined)
        for (const { rule } of result.warnings) expect(Object.keys(RULES)).to.include(rule)
      }),
      { numRuns: 700 },
    )
  })

  it('can be counted wherever it can be sent', () => {
    fc.assert(
      fc.property(arbitraryChatRequest(), contexts, (request, context) => {
        if (GatewayError.is(attempt(request, context))) return
        const read = readRequest(buildCount(request, context), { betas: new Set(), signed: () => true, future: new Set() }, 'count')
        expect('message' in read ? read.message : undefined).to.equal(undefined)
      }),
      { numRuns: 150 },
    )
  })

  it('is built the same every time and left as it was', () => {
    fc.assert(
      fc.property(arbitraryChatRequest(), contexts, (request, context) => {
        const before = JSON.stringify(request)
        const told = () => {
          const result = attempt(request, context)
          return GatewayError.is(result) ? result.message : JSON.stringify([result.body, result.warnings])
        }
        expect(told()).to.equal(told())
        expect(JSON.stringify(request)).to.equal(before)
      }),
      { numRuns: 150 },
    )
  })

  it('keeps every tool name reversible', () => {
    fc.assert(
      fc.property(arbitraryChatRequest(), contexts, (request, context) => {
        const result = attempt(request, context)
        if (GatewayError.is(result)) return
        for (const { name, hosted } of request.tools)
          if (hosted === undefined) expect(result.toolNames.original(result.toolNames.upstream(name))).to.equal(name)
      }),
      { numRuns: 150 },
    )
  })
})

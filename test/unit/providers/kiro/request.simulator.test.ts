import { expect } from 'chai'
import fc from 'fast-check'
import { type ChatRequest, GatewayError } from '../../../../core/index.ts'
import { buildKiroRequest } from '../../../../providers/kiro/request.ts'
import { type IssuedCredential, type KiroSimulator, startKiroSimulator, type ValidationProfile } from '../../../../providers/kiro/simulator/index.ts'
import { arbitraryChatRequest } from '../../../support/arbitrary-conversation.ts'
import { CONVERSATION_ID } from '../../../support/kiro-request.ts'
import { ideHeaders, send } from './simulator/client.ts'

const TARGETS = [
  { model: 'claude-sonnet-4.5' },
  { model: 'claude-sonnet-4.6', modelFields: ['output_config', 'thinking'] },
  { model: 'gpt-5.6-luna', modelFields: ['reasoning'] },
  { model: 'qwen3-coder-next' },
] as const

const PROFILES: readonly ValidationProfile[] = ['strict', 'kirodev']

for (const validation of PROFILES) {
  describe(`any conversation before the simulator, validation ${validation}`, () => {
    let simulator: KiroSimulator
    let credential: IssuedCredential

    before(async () => {
      simulator = await startKiroSimulator({ validation, journalBodies: false })
      credential = simulator.issue('social')
    })

    after(() => simulator.close())

    it('is answered, or was refused by ourselves', async () => {
      let answered = 0
      await fc.assert(
        fc.asyncProperty(arbitraryChatRequest(), fc.constantFrom(...TARGETS), async (request, target) => {
          const body = bodyFor(request, target, credential.profileArn ?? '')
          if (body === undefined) return
          const reply = await send(simulator, { path: '/generateAssistantResponse', headers: ideHeaders(credential), body })
          expect(reply.status, `${simulator.journal.at(-1)?.refusal}`).to.equal(200)
          answered += 1
        }),
        { numRuns: 120 },
      )
      expect(answered).to.be.greaterThan(60)
    })
  })
}

/** Signatures of a made-up conversation were never given out by anybody: they are left out as after their refusal. */
function bodyFor(request: ChatRequest, target: (typeof TARGETS)[number], profileArn: string): string | undefined {
  try {
    return buildKiroRequest(request, {
      ...target,
      profileArn,
      origin: 'AI_EDITOR',
      conversationId: CONVERSATION_ID,
      agentContinuationId: '66666666-7777-4888-8999-aaaaaaaaaaaa',
      remedies: new Set(['drop-signatures']),
    }).body
  } catch (error) {
    if (GatewayError.is(error)) return undefined
    throw error
  }
}

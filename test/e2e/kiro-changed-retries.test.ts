import { expect } from 'chai'
import type { AccountState } from '../../core/index.ts'
import type { AccountKind, ErrorName } from '../../providers/kiro/simulator/index.ts'
import { ask, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { calls, type Sent, sent, talk, tell, toolNamed, toolResult } from '../support/kiro-traps.ts'

const NATIVE = { model: 'claude-sonnet-4-6', thinking: { type: 'adaptive' }, max_tokens: 4_000, tools: [toolNamed('read_file')] }

interface Case {
  readonly remedy: string
  readonly kind: AccountKind
  readonly errors: readonly ErrorName[]
  /** A request in which the remedy changes something. */
  readonly request: (gateway: TestGateway) => Promise<unknown>
  readonly changed: (before: Sent, after: Sent, gateway: TestGateway) => void
  /** What a client is told when the change did not help. */
  readonly failed: readonly number[]
}

const CASES: readonly Case[] = [
  {
    remedy: 'drop-signatures',
    kind: 'social',
    errors: ['thinking-signature-invalid'],
    request: thoughtful,
    changed(before, after) {
      expect(before.raw).to.contain('reasoningContent')
      expect(after.raw).not.to.contain('reasoningContent')
      expect(after.turns).to.have.length(before.turns.length)
    },
    failed: [400],
  },
  {
    remedy: 'drop-model-fields',
    kind: 'social',
    errors: ['additional-fields-unsupported', 'additional-fields-invalid'],
    request: async () => ask('hi', NATIVE),
    changed(before, after) {
      expect(before.body.additionalModelRequestFields).to.be.an('object')
      expect(after.body.additionalModelRequestFields).to.equal(undefined)
      expect(after.current.content).to.contain('<thinking_mode>')
    },
    failed: [400],
  },
  {
    remedy: 'resolve-profile',
    kind: 'idc',
    errors: ['profile-arn-required', 'not-authorized'],
    request: async () => ask('hi'),
    changed(before, after, gateway) {
      expect(after.body.profileArn).to.equal(before.body.profileArn)
      // Once before the first call of all, once more for the remedy.
      expect(calls(gateway, 'profiles')).to.have.length(2)
    },
    failed: [502, 503],
  },
  {
    remedy: 'new-conversation',
    kind: 'social',
    errors: ['invalid-conversation-id', 'conversation-limit-exceeded'],
    request: async () => ask('hi'),
    changed(before, after) {
      expect(after.body.conversationState.conversationId).not.to.equal(before.body.conversationState.conversationId)
    },
    failed: [502],
  },
  {
    remedy: 'refresh-token',
    kind: 'builder-id',
    errors: ['invalid-bearer', 'token-rejected', 'invalid-token'],
    request: async () => ask('hi'),
    changed(before, after, gateway) {
      expect(after.entry.headers.authorization).not.to.equal(before.entry.headers.authorization)
      expect(gateway.simulator.stats().refreshes).to.equal(1)
    },
    failed: [502, 503],
  },
  {
    remedy: 'fewer-tools',
    kind: 'social',
    errors: [],
    request: async () => ask('hi [[script:content-filtered]]', { tools: Array.from({ length: 60 }, (_, index) => toolNamed(`tool_${index}`)) }),
    changed(before, after) {
      expect([before.tools.length, after.tools.length]).to.deep.equal([60, 49])
    },
    failed: [200],
  },
]

describe('one changed try, end to end', () => {
  for (const { remedy, kind, errors, request, changed, failed } of CASES) {
    for (const error of errors) {
      it(`${remedy}: after ${error} the request is sent once more, changed, and the account is not punished`, async () => {
        const { gateway, states } = await open(kind)
        try {
          const body = await request(gateway)
          const before = sent(gateway).length
          gateway.simulator.script({ do: 'error', error })
          const told = await tell(gateway, body)
          expect([told.status, told.attempts], told.error).to.deep.equal([200, 2])
          const [first, second, ...more] = sent(gateway).slice(before)
          expect(more).to.deep.equal([])
          changed(first as Sent, second as Sent, gateway)
          expect(states).to.deep.equal([])
        } finally {
          await gateway.close()
        }
      })
    }

    it(`${remedy}: is tried once in a request, however often the upstream says the same`, async () => {
      const { gateway } = await open(kind, { plugins: [] })
      try {
        const body = await request(gateway)
        const before = sent(gateway).length
        if (errors[0] !== undefined) gateway.simulator.script({ do: 'error', error: errors[0], times: 99 })
        expect((await tell(gateway, body)).status).to.be.oneOf([...failed])
        const [first, second, ...more] = sent(gateway).slice(before)
        expect(more).to.deep.equal([])
        changed(first as Sent, second as Sent, gateway)
      } finally {
        await gateway.close()
      }
    })
  }
})

/** A gateway that knows its account's models, with what its accounts' states become. */
async function open(kind: AccountKind, config?: unknown): Promise<{ gateway: TestGateway; states: AccountState[] }> {
  const gateway = await startTestGateway({ accounts: [kind], config })
  await fetch(`${gateway.url}/v1/models`, { headers: { 'x-api-key': gateway.key } })
  const states: AccountState[] = []
  gateway.gateway.services.events.on('account.state', ({ to }) => void states.push(to))
  return { gateway, states }
}

/** A conversation in whose history the model thought, with a signature of its own. */
async function thoughtful(gateway: TestGateway): Promise<unknown> {
  const first = { role: 'user', content: 'go [[reason:I must read it.]] [[tool:read_file {"path":"a"}]]' }
  const { content } = await tell(gateway, talk([first], NATIVE))
  const call = content.find(block => block.type === 'tool_use')
  return talk([first, { role: 'assistant', content }, { role: 'user', content: [toolResult(call?.id ?? '')] }], NATIVE)
}

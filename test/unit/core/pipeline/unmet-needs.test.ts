import { expect } from 'chai'
import { openaiChat } from '../../../../core/dialects/openai-chat/index.ts'
import type { Dialect } from '../../../../core/index.ts'
import { GatewayError } from '../../../../core/errors/gateway-error.ts'
import { refuseUnmetNeeds } from '../../../../core/pipeline/unmet-needs.ts'
import { engineOver, untrackedCall } from '../../../support/calls.ts'
import { FakePool } from '../../../support/fake-pool.ts'
import { answers, ScriptedProvider } from '../../../support/scripted-provider.ts'

const chat = openaiChat.chat as NonNullable<Dialect['chat']>
const user = { role: 'user', content: 'Hello' }
const parse = (changes: object) => chat.parse({ model: 'm', messages: [user], ...changes }, { headers: {}, params: {}, query: new URLSearchParams() })

const CASES: readonly (readonly [what: string, changes: object, field: string])[] = [
  ['several answers', { n: 2 }, 'n'],
  ['token probabilities', { logprobs: true }, 'logprobs'],
  [
    'audio in a message',
    { messages: [user, { role: 'user', content: [{ type: 'input_audio', input_audio: { data: '', format: 'wav' } }] }] },
    'messages.1.content.0',
  ],
  ['an old function call', { messages: [user, { role: 'assistant', function_call: { name: 'f', arguments: '{}' } }] }, 'messages.1.function_call'],
  ['an old function result', { messages: [user, { role: 'function', name: 'f', content: 'x' }] }, 'messages.1.role'],
]

describe('what only an upstream of the same wire can give', () => {
  for (const [what, changes, field] of CASES) {
    it(`is refused by every other for ${what}, and passes there`, () => {
      const request = parse(changes)
      expect(() => refuseUnmetNeeds({ wire: 'openai-chat' }, request)).not.to.throw()
      for (const wire of ['anthropic', undefined]) {
        expect(() => refuseUnmetNeeds(wire === undefined ? {} : { wire }, request))
          .to.throw(GatewayError, new RegExp(`^${field}: `))
          .that.includes({ code: 'unsupported', param: field })
      }
    })
  }

  it('asks nothing of anybody when a request has no such wish', () => {
    expect(() => refuseUnmetNeeds({}, parse({ n: 1 }))).not.to.throw()
  })

  it('is refused before the provider is asked', async () => {
    const provider = new ScriptedProvider([answers('Hi')])
    const { engine } = engineOver(new FakePool({ providers: [provider] }))
    const error = await engine.run(untrackedCall({ request: parse({ n: 2 }) })).catch((thrown: unknown) => thrown)
    expect(error).to.include({ code: 'unsupported', param: 'n' })
  })
})

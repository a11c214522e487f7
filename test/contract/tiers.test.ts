import { expect } from 'chai'
import type { TestGateway } from '../support/gateway.ts'
import { startTestGateway } from '../support/gateway.ts'
import { ShiftedClock } from '../support/shifted-clock.ts'
import type { Told } from './matrix/client.ts'
import { DIALECTS } from './matrix/gateway.ts'
import { openAnthropicCompatible } from './upstreams/anthropic-compatible.ts'
import { openKiro, type KiroUpstream } from './upstreams/kiro.ts'
import { openOpenaiCompatible } from './upstreams/openai-compatible.ts'
import type { SimulatedUpstream } from './upstreams/simulated-upstream.ts'

/** One name, which the subscription serves first. */
const MODEL = 'claude-sonnet-4.5'
const HOUR_MS = 3_600_000

interface SecondTier {
  open(): Promise<SimulatedUpstream>
  readonly options: Readonly<Record<string, unknown>>
  /** What the second tier calls the model. */
  readonly model: string
}

/** Providers that stand behind Kiro in the list, each with a model by that name. */
const SECOND: Readonly<Record<string, SecondTier>> = {
  'openai-compatible': { open: openOpenaiCompatible, options: { models: [{ id: 'gpt-simulated', aliases: [MODEL] }] }, model: 'gpt-simulated' },
  'anthropic-compatible': { open: openAnthropicCompatible, options: { models: [{ id: 'claude-sonnet-4-6', aliases: [MODEL] }] }, model: 'claude-sonnet-4-6' },
}

for (const [name, second] of Object.entries(SECOND)) {
  describe(`a subscription first, then a key of ${name}`, () => {
    let gateway: TestGateway
    let subscription: KiroUpstream
    let key: SimulatedUpstream
    const clock = new ShiftedClock()

    before(async () => {
      key = await second.open()
      const config = { providers: [{ use: 'kiro' }, { use: name, options: { ...key.options, ...second.options } }], plugins: [{ use: 'retry' }] }
      gateway = await startTestGateway({ config, clock })
      subscription = await openKiro(gateway.simulator)
    })
    after(async () => {
      await gateway.close()
      await key.close()
    })

    for (const [dialect, connect] of Object.entries(DIALECTS)) {
      for (const stream of [false, true]) {
        it(`serves ${dialect} from the key while the subscription is used up, ${stream ? 'streamed' : 'in one piece'}, and comes back to it`, async () => {
          const client = connect({ url: gateway.url, key: gateway.key })
          const asked = () => [subscription.asked().length, key.asked().length]
          const ask = (from: SimulatedUpstream, text: string): Promise<Told> =>
            client.ask({ model: MODEL, turns: [{ kind: 'user', text: from.cue({ text, reason: 'stop' }, stream) }] }, stream)
          const said = (told: Told, text: string) => expect([told.text.trim(), told.model, told.stop]).to.deep.equal([text, MODEL, 'stop'])
          for (const upstream of [subscription, key]) upstream.reset()

          said(await ask(subscription, 'From the subscription.'), 'From the subscription.')
          expect(asked()).to.deep.equal([1, 0])

          gateway.simulator.exhaust(gateway.credentials[0]!)
          said(await ask(key, 'From the key.'), 'From the key.')
          expect(asked()).to.deep.equal([2, 1])
          expect(key.asked().at(-1)).to.have.property('model', second.model)
          said(await ask(key, 'From the key again.'), 'From the key again.')
          expect(asked()).to.deep.equal([2, 2])

          gateway.simulator.restore(gateway.credentials[0]!)
          clock.skip(32 * 24 * HOUR_MS)
          said(await ask(subscription, 'Back.'), 'Back.')
          expect(asked()).to.deep.equal([3, 2])
        })
      }
    }

    it('keeps a conversation whole when it changes tiers in the middle of a round of tools', async () => {
      const client = DIALECTS['anthropic']({ url: gateway.url, key: gateway.key })
      const tools = [{ name: 'weather', description: 'Weather', schema: { type: 'object', properties: { city: { type: 'string' } } } }]
      for (const upstream of [subscription, key]) upstream.reset()
      const calls = { text: 'Let me look.', calls: [{ name: 'weather', input: { city: 'Oslo' } }], reason: 'tool-calls' } as const
      const question = { kind: 'user', text: subscription.cue(calls, true) } as const
      const first = await client.ask({ model: MODEL, tools, turns: [question] }, true)
      gateway.simulator.exhaust(gateway.credentials[0]!)
      const results = {
        kind: 'results',
        results: first.calls.map(({ id }) => ({ id, text: '3 degrees' })),
        text: key.cue({ text: 'Cold.', reason: 'stop' }, true),
      } as const
      const told = await client.ask({ model: MODEL, tools, turns: [question, { kind: 'assistant', message: first.message }, results] }, true)
      expect(told.text).to.equal('Cold.')
      expect(JSON.stringify(key.asked().at(-1)))
        .to.contain('3 degrees')
        .and.to.contain('Oslo')
    })
  })
}

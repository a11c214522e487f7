import { expect } from 'chai'
import fc from 'fast-check'
import type { Hooks, Reasoning } from '../../../../core/index.ts'
import { aroundPlugins, reasonByName } from '../../../../core/routing/reasoning-by-name.ts'
import { modelMap } from '../../../../plugins/index.ts'
import { chatRequest, engineOver, untrackedCall } from '../../../support/calls.ts'
import { FakePool } from '../../../support/fake-pool.ts'
import { pluginHost } from '../../../support/plugin-host.ts'
import { answers, ScriptedProvider } from '../../../support/scripted-provider.ts'

const nothing = () => false
const mapping = async (map: Record<string, string>): Promise<Hooks> => modelMap().setup(map, pluginHost())
const ask = (model: string, reasoning?: Reasoning) => reasonByName(chatRequest({ model, ...(reasoning === undefined ? {} : { reasoning }) }), nothing)

describe('asking for reasoning by the model name', () => {
  const names: readonly (readonly [string, string])[] = [
    ['claude-sonnet-4-5-thinking', 'claude-sonnet-4-5'],
    ['claude-sonnet-4-5-20250929-thinking', 'claude-sonnet-4-5-20250929'],
    ['claude-sonnet-4-5-thinking-20250929', 'claude-sonnet-4-5-20250929'],
    ['claude-sonnet-4-5-thinking-latest', 'claude-sonnet-4-5-latest'],
    ['claude-opus-4-6-thinking[1m]', 'claude-opus-4-6[1m]'],
    ['kiro/Claude-Opus-4.6-THINKING', 'kiro/Claude-Opus-4.6'],
    ['anything-at-all-thinking', 'anything-at-all'],
  ]
  for (const [asked, served] of names) {
    it(`takes the suffix off ${asked} and turns reasoning on`, () => {
      const { model, reasoning } = ask(asked)
      expect(model).to.equal(served)
      expect(reasoning).to.deep.equal({ mode: 'on' })
    })
  }

  for (const name of ['claude-sonnet-4-5', 'thinking', 'deep-thinking-model', 'x-thinkings', `${'x'.repeat(260)}-thinking`]) {
    it(`leaves ${name.slice(0, 30)} alone`, () => {
      const request = chatRequest({ model: name })
      expect(reasonByName(request, nothing)).to.equal(request)
    })
  }

  it("lets the request's own wish win, to the contrary too", () => {
    expect(ask('m-thinking', { mode: 'off' }))
      .to.include({ model: 'm' })
      .and.to.have.deep.property('reasoning', { mode: 'off' })
    expect(ask('m-thinking', { mode: 'on', budgetTokens: 2000 }).reasoning).to.deep.equal({ mode: 'on', budgetTokens: 2000 })
  })

  it('leaves a model alone whose name really is that', () => {
    const request = chatRequest({ model: 'qwen3-thinking' })
    expect(reasonByName(request, name => name === 'qwen3-thinking')).to.equal(request)
  })

  it('never leaves an empty name where there was one', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.constantFrom('', '-thinking', '-thinking-thinking', '-thinking-latest'), (name, suffix) => {
        expect(ask(name + suffix).model).to.not.equal('')
      }),
    )
  })

  describe('around the plugins of a configuration', () => {
    async function served(plugins: readonly Hooks[], model: string) {
      const provider = new ScriptedProvider([answers('ok')])
      const { engine } = engineOver(new FakePool({ providers: [provider] }), { hooks: aroundPlugins(plugins, { isModel: nothing, learn: () => undefined }) })
      await engine.run(untrackedCall({ request: chatRequest({ model }) }))
      return provider.requests[0]
    }

    it('works without any plugin', async () => {
      const request = await served([], 'model-1-thinking')
      expect([request?.model, request?.reasoning]).to.deep.equal(['model-1', { mode: 'on' }])
    })

    it('shows plugins the plain name', async () => {
      const request = await served([await mapping({ 'gpt-4': 'claude' })], 'gpt-4-thinking')
      expect([request?.model, request?.reasoning]).to.deep.equal(['claude', { mode: 'on' }])
    })

    it("heeds the suffix of a map's target", async () => {
      const request = await served([await mapping({ smart: 'claude-thinking' })], 'smart')
      expect([request?.model, request?.reasoning]).to.deep.equal(['claude', { mode: 'on' }])
    })
  })
})

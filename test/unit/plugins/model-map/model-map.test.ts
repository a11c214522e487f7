import { expect } from 'chai'
import fc from 'fast-check'
import type { Call, Reply } from '../../../../core/index.ts'
import { modelMap } from '../../../../plugins/index.ts'
import { matcher } from '../../../../plugins/model-map/pattern.ts'
import { chatRequest, trackedCall } from '../../../support/calls.ts'
import { pluginHost } from '../../../support/plugin-host.ts'

async function mapped(options: Record<string, unknown>, model: string): Promise<Call> {
  const hooks = await modelMap(options as never).setup(options, pluginHost())
  const passed = Promise.withResolvers<Call>()
  await hooks.request?.(trackedCall({ request: chatRequest({ model }) }), call => {
    passed.resolve(call)
    return Promise.resolve({} as Reply)
  })
  return passed.promise
}

describe('model-map', () => {
  for (const [options, model, to] of [
    [{ 'gpt-4*': 'kiro/claude-sonnet-4.5' }, 'gpt-4o-mini', 'kiro/claude-sonnet-4.5'],
    [{ 'gpt-4*': 'x', 'gpt-4o': 'y' }, 'gpt-4o', 'x'],
    [{ 'gpt-4': 'x' }, 'GPT-4', 'x'],
    [{ 'gpt-4': 'x' }, 'gpt-4o', 'gpt-4o'],
    [{ 'gemini-*': 'gemini/*' }, 'gemini-2.5-pro', 'gemini/gemini-2.5-pro'],
    [{ '*': 'p/*' }, 'a$&b$1', 'p/a$&b$1'],
    [{ map: { a: 'b' } }, 'a', 'b'],
    [{ map: 'b' }, 'map', 'b'],
    [{}, 'a', 'a'],
  ] as const) {
    it(`makes ${to} of ${model} with ${JSON.stringify(options)}`, async () => {
      expect((await mapped(options, model)).request.model).to.equal(to)
    })
  }

  it('passes a copy on, and the same call when no rule matches', async () => {
    const call = trackedCall({ request: chatRequest({ model: 'a' }) })
    const seen: Call[] = []
    for (const options of [{ a: 'b' }, { c: 'd' }]) {
      const hooks = await modelMap(options).setup(options, pluginHost())
      await hooks.request?.(call, passed => (seen.push(passed), Promise.resolve({} as Reply)))
    }
    expect(seen[0]?.trail).to.equal(call.trail)
    expect(seen[0]?.requestedModel).to.equal('a')
    expect(seen[1]).to.equal(call)
    expect(call.request.model).to.equal('a')
  })
})

describe('matcher', () => {
  for (const [pattern, name, expected] of [
    ['a*b', 'ab', true],
    ['a*b', 'axxb', true],
    ['a*b', 'a', false],
    ['a*a', 'a', false],
    ['*', '', true],
    ['*a*', 'bab', true],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'acb', false],
    ['a*bc*c', 'abc', false],
    ['a.c', 'abc', false],
    ['A*', 'abc', true],
  ] as const) {
    it(`${expected ? 'takes' : 'does not take'} ${name || 'nothing'} for ${pattern}`, () => {
      expect(matcher(pattern)(name)).to.equal(expected)
    })
  }

  it('agrees with the obvious expression', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 })
    fc.assert(
      fc.property(letters, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 }), (pattern, name) => {
        expect(matcher(pattern)(name)).to.equal(new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name))
      }),
      { numRuns: 500 },
    )
  })

  it('takes linear time where that expression would not', () => {
    const started = performance.now()
    expect(matcher(`${'*a'.repeat(50)}*b`)('a'.repeat(5_000))).to.equal(false)
    expect(performance.now() - started).to.be.lessThan(200)
  })
})

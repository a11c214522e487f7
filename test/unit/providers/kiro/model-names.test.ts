import { expect } from 'chai'
import fc from 'fast-check'
import { ModelDirectory } from '../../../../providers/kiro/model-directory.ts'
import { canonicalName } from '../../../../providers/kiro/model-names.ts'

const NAMES: readonly [string, string][] = [
  ['auto', 'auto'],
  ['claude-opus-4-5', 'claude-opus-4.5'],
  ['claude-opus-4-5-20251101', 'claude-opus-4.5'],
  ['claude-sonnet-4-5', 'claude-sonnet-4.5'],
  ['claude-sonnet-4-5-20250929', 'claude-sonnet-4.5'],
  ['claude-sonnet-4-5-20250929-thinking', 'claude-sonnet-4.5'],
  ['claude-sonnet-4.5', 'claude-sonnet-4.5'],
  ['claude-sonnet-4', 'claude-sonnet-4'],
  ['claude-sonnet-4-0', 'claude-sonnet-4'],
  ['claude-sonnet-4.0', 'claude-sonnet-4'],
  ['claude-sonnet-4-20250514', 'claude-sonnet-4'],
  ['claude-sonnet-4-20250514-thinking', 'claude-sonnet-4'],
  ['claude-sonnet-4-latest', 'claude-sonnet-4'],
  ['claude-haiku-4-5', 'claude-haiku-4.5'],
  ['claude-haiku-4-5-latest', 'claude-haiku-4.5'],
  ['claude-3-5-haiku-20241022', 'claude-haiku-4.5'],
  ['claude-3-5-haiku-latest', 'claude-haiku-4.5'],
  ['claude-3-haiku-20240307', 'claude-haiku-4.5'],
  ['claude-3-7-sonnet-20250219', 'CLAUDE_3_7_SONNET_20250219_V1_0'],
  ['claude-3-7-sonnet-latest', 'CLAUDE_3_7_SONNET_20250219_V1_0'],
  ['anthropic.claude-sonnet-4-20250514-v1:0', 'claude-sonnet-4'],
  ['us.anthropic.claude-sonnet-4-20250514-v1:0', 'claude-sonnet-4'],
  ['eu.anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude-sonnet-4.5'],
  ['global.anthropic.claude-opus-4-6-v1', 'claude-opus-4.6'],
  ['anthropic/claude-opus-4.5', 'claude-opus-4.5'],
  ['claude-opus-4-5@20251101', 'claude-opus-4.5'],
  ['claude-sonnet-4-6[1m]', 'claude-sonnet-4.6'],
  ['claude-opus-4-8-thinking', 'claude-opus-4.8'],
  ['claude-sonnet-5', 'claude-sonnet-5'],
  ['claude-fable-5', 'claude-fable-5'],
  ['CLAUDE_SONNET_4_20250514_V1_0', 'claude-sonnet-4'],
  ['CLAUDE_SONNET_4_5_20250929_V1_0', 'claude-sonnet-4.5'],
  ['Claude-Sonnet-4-5', 'claude-sonnet-4.5'],
  ['gpt-5.6-sol', 'gpt-5.6-sol'],
  ['qwen3-coder-next', 'qwen3-coder-next'],
]

function listed(...ids: readonly string[]) {
  return ids.map(id => ({ card: { id, input: ['text'], features: [] } as const, fields: [] }))
}

describe('kiro model names', () => {
  for (const [name, id] of NAMES) {
    it(`take ${name} for ${id}`, () => {
      expect(new ModelDirectory().resolve(name)).to.equal(id)
    })
  }

  for (const name of [
    'gpt-4o',
    'gemini-2.5-pro',
    'claude-2.1',
    'claude-3-5-sonnet-20241022',
    'claude',
    '',
    '  ',
    'kiro/claude-sonnet-4.5',
    'a b',
    '-thinking',
    'constructor',
    '__proto__',
  ]) {
    it(`do not take ${JSON.stringify(name)} for a model`, () => {
      expect(new ModelDirectory().resolve(name)).to.equal(undefined)
    })
  }

  it('cost nothing, however long a client makes them', () => {
    expect(canonicalName(`claude-sonnet-4${'-latest'.repeat(1_000_000)}`)).to.equal(undefined)
  })

  it('include what any account lists, under the id that it has there', () => {
    const directory = new ModelDirectory()
    directory.remember('a', listed('Kimi-K3', 'claude-sonnet-4.0', 'claude-opus-4.9'))
    expect(directory.resolve('kimi-k3-latest')).to.equal('Kimi-K3')
    expect(directory.resolve('claude-opus-4-9')).to.equal('claude-opus-4.9')
    expect(directory.resolve('claude-sonnet-4-20250514')).to.equal('claude-sonnet-4.0')
    directory.remember('b', listed('claude-sonnet-4'))
    expect(directory.resolve('claude-sonnet-4-20250514')).to.equal('claude-sonnet-4')
  })

  it('tell the request fields of known models until the account has a list, which then decides', () => {
    const directory = new ModelDirectory()
    expect(directory.fields('a', 'claude-sonnet-4.6')).to.deep.equal(['output_config', 'thinking'])
    expect(directory.fields('a', 'gpt-5.6-terra')).to.deep.equal(['reasoning'])
    expect(directory.fields('a', 'claude-sonnet-4.5')).to.deep.equal([])
    directory.remember('a', listed('claude-sonnet-4.6'))
    expect(directory.fields('a', 'claude-sonnet-4.6')).to.deep.equal([])
    expect(directory.fields('b', 'claude-sonnet-4.6')).to.deep.equal(['output_config', 'thinking'])
  })

  it('leave unheard-of Claude names to the upstream only while no list is known', () => {
    const directory = new ModelDirectory()
    expect(directory.resolve('claude-opus-9-1')).to.equal('claude-opus-9.1')
    directory.remember('a', listed('auto'))
    expect(directory.resolve('claude-opus-9-1')).to.equal(undefined)
    expect(directory.resolve('claude-opus-4-5')).to.equal('claude-opus-4.5')
  })

  it('are shown without a list only as far as every plan has them', () => {
    const ids = new ModelDirectory().models.map(({ id }) => id)
    expect(ids).to.include.members(['auto', 'claude-sonnet-4', 'claude-sonnet-4.5', 'claude-haiku-4.5'])
    expect(ids.filter(id => id.includes('opus'))).to.deep.equal([])
  })

  it('have one canonical form, which is its own', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom(...NAMES.map(([name]) => name)), fc.stringMatching(/^claude-(sonnet|opus)-\d{1,3}(-\d{1,3})?(-\d{8})?$/)),
        name => {
          const once = canonicalName(name)
          if (once !== undefined) expect(canonicalName(once)).to.equal(once)
        },
      ),
    )
  })
})

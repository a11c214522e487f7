import { expect } from 'chai'
import { GatewayError, type ImportContext } from '../../../../core/index.ts'
import { createAnthropicImporter } from '../../../../providers/anthropic-compatible/importer.ts'

const context: ImportContext = { source: 'keys.txt', companion: async () => undefined, companions: async () => [] }
const importer = createAnthropicImporter({ accounts: [], apiKeyVariable: 'RELAY_KEYS' })
const read = (text: string) => importer.parse(text, context)

describe('anthropic-compatible importer', () => {
  it('reads one key, a list, a wrapper, lines of an environment file, and bare keys', async () => {
    const keys = async (text: string) => (await read(text)).accounts.map(({ credential }) => credential)
    expect(await keys('{"apiKey":"sk-ant-1","baseUrl":"https://a.b"}')).to.deep.equal([{ apiKey: 'sk-ant-1', baseUrl: 'https://a.b' }])
    expect(await keys('[{"api_key":"sk-ant-1"},"sk-ant-2"]')).to.deep.equal([{ apiKey: 'sk-ant-1' }, { apiKey: 'sk-ant-2' }])
    expect(await keys('{"accounts":[{"key":"sk-ant-1","auth":"bearer"}]}')).to.deep.equal([{ apiKey: 'sk-ant-1', auth: 'bearer' }])
    expect(await keys('# mine\nexport ANTHROPIC_AUTH_TOKEN="sk-1"\nANTHROPIC_BASE_URL=https://a.b/v1\n')).to.deep.equal([
      { apiKey: 'sk-1', auth: 'bearer', baseUrl: 'https://a.b/v1' },
    ])
    expect(await keys('sk-ant-1\nsk-ant-2\n')).to.deep.equal([{ apiKey: 'sk-ant-1' }, { apiKey: 'sk-ant-2' }])
  })

  it('keeps label and proxy', async () => {
    expect((await read('{"apiKey":"sk-ant-1","name":"work","proxy":"direct"}')).accounts[0]).to.deep.include({ label: 'work', settings: { proxy: 'direct' } })
  })

  it('says what is wrong with an entry, and refuses a source that holds none', async () => {
    const { accounts, rejected } = await read(
      '[{"apiKey":"sk-ant-1"},{"apiKey":"sk-ant-1"},{},{"apiKey":"two words"},{"apiKey":"sk-ant-2","baseUrl":"ftp://x"}]',
    )
    expect(accounts).to.have.length(1)
    expect(rejected.map(({ index, reason }) => `${index}: ${reason}`)).to.deep.equal([
      '1: it is in there twice',
      '2: it names no apiKey',
      '3: its key is no API key; it may have been cut',
      '4: its address does not begin with https://',
    ])
    const error: unknown = await read('{}').catch((thrown: unknown) => thrown)
    expect(GatewayError.is(error) && error.message).to.equal('the API key in keys.txt cannot be used: it names no apiKey')
  })

  it('takes keys from the variable that the configuration names, and from no other', () => {
    const from = (variables: Record<string, string>) => importer.environment?.(variables, context).map(({ label, credential }) => [label, credential.apiKey])
    expect(from({ RELAY_KEYS: 'sk-1, sk-2,sk-1' })).to.deep.equal([
      ['RELAY_KEYS 1', 'sk-1'],
      ['RELAY_KEYS 2', 'sk-2'],
    ])
    expect(from({ ANTHROPIC_API_KEY: 'sk-1' })).to.deep.equal([])
    expect(() => from({ RELAY_KEYS: 'a key' })).to.throw('RELAY_KEYS holds no API key at place 1')
    expect(createAnthropicImporter({ accounts: [{ apiKey: 'x' }], apiKeyVariable: 'RELAY_KEYS' }).environment?.({ RELAY_KEYS: 'sk-1' }, context)).to.deep.equal(
      [],
    )
  })
})

import { expect } from 'chai'
import { createImporter } from '../../../../providers/openai-compatible/importer.ts'

const context = { source: 'keys.txt', companion: () => Promise.resolve(undefined), companions: () => Promise.resolve([]) }
const parse = (text: string) => createImporter(undefined).parse(text, context)
const KEY = 'sk-example-0001'
const OTHER = 'sk-example-0002'

describe('importing keys', () => {
  for (const [what, text, expected] of [
    ['a bare key', KEY, [['key 1', { apiKey: KEY }]]],
    [
      'a key on each line, with a comment',
      `# mine\n${KEY}\n\n${OTHER}`,
      [
        ['key 1', { apiKey: KEY }],
        ['key 2', { apiKey: OTHER }],
      ],
    ],
    [
      'lines of a shell',
      `export WORK_API_KEY="${KEY}"\nhome: ${OTHER}`,
      [
        ['work', { apiKey: KEY }],
        ['home', { apiKey: OTHER }],
      ],
    ],
    [
      'one object',
      JSON.stringify({ api_key: KEY, base_url: 'https://a.example/v1', label: 'mine' }),
      [['mine', { apiKey: KEY, baseUrl: 'https://a.example/v1' }]],
    ],
    [
      'a list',
      JSON.stringify([{ key: KEY }, OTHER]),
      [
        ['key 1', { apiKey: KEY }],
        ['key 2', { apiKey: OTHER }],
      ],
    ],
    ['a place that asks for no key', JSON.stringify({ baseUrl: 'http://127.0.0.1:1/v1' }), [['key 1', { baseUrl: 'http://127.0.0.1:1/v1' }]]],
  ] as const) {
    it(`takes ${what}`, async () => expect((await parse(text)).accounts.map(({ label, credential }) => [label, credential])).to.deep.equal(expected))
  }

  it('says what it passed over and why', async () => {
    const { accounts, rejected } = await parse(
      JSON.stringify([{ key: KEY }, { key: KEY }, { key: 'has space' }, { label: 'x' }, { key: OTHER, baseUrl: 'ftp://x' }]),
    )
    expect(accounts).to.have.length(1)
    expect(rejected.map(({ index }) => index)).to.deep.equal([1, 2, 3, 4])
  })

  it('refuses what holds no key, without repeating it', async () => {
    for (const text of ['', '{broken', 'two words', '{}']) {
      const error: unknown = await parse(text).catch((thrown: unknown) => thrown)
      expect(error).to.include({ code: 'bad_request' })
      expect((error as Error).message).not.to.contain('words')
    }
  })

  it('reads a variable with several keys', () => {
    const importer = createImporter('MY_KEYS')
    expect(importer.environment?.({ MY_KEYS: `${KEY}, ${OTHER}` }, context)).to.deep.equal([
      { label: 'MY_KEYS 1', credential: { apiKey: KEY } },
      { label: 'MY_KEYS 2', credential: { apiKey: OTHER } },
    ])
    expect(importer.environment?.({}, context)).to.deep.equal([])
    expect(createImporter(undefined).environment).to.equal(undefined)
  })
})

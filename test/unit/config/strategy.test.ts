import { expect } from 'chai'
import { ConfigFolder } from '../../support/config-folder.ts'

describe('a strategy in the configuration', () => {
  let folder: ConfigFolder
  afterEach(() => folder.remove())

  const load = async (strategy: unknown, environment: Readonly<Record<string, string>> = {}) => {
    folder = await ConfigFolder.make({
      'kiro-gateway.config.json': JSON.stringify({ providers: [{ use: 'kiro', options: strategy === undefined ? {} : { strategy } }] }),
    })
    const settings = await folder.load(environment, {})
    return (settings.providers[0]?.options as { readonly strategy?: string }).strategy
  }
  const complaint = (...args: Parameters<typeof load>) =>
    load(...args).then(
      () => 'none',
      (error: unknown) => String(error),
    )

  for (const word of ['round-robin', 'round_robin', 'leastUsed', 'sequential-exhaust', 'SCORE_BASED', 'quota']) {
    it(`may be written ${word}`, async () => {
      expect(await load(word)).to.equal(word)
    })
  }

  it('is round-robin where none is given', async () => {
    expect(await load(undefined)).to.equal('round-robin')
  })

  it('that there is not stops the start and names the nearest', async () => {
    expect(await complaint('least-usd')).to.contain('providers[0] (kiro).strategy: there is no "least-usd"; did you mean "least-used"?')
  })

  it('that is like none stops the start and names all', async () => {
    expect(await complaint('by-the-stars')).to.match(/there is no "by-the-stars"; there are round-robin, random, least-used, /)
  })

  it('is checked in the environment as well', async () => {
    expect(await complaint(undefined, { TOKEN_ALLOCATION_STRATEGY: 'roundrobbin' })).to.contain('did you mean "round-robin"?')
  })
})

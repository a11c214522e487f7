import Anthropic from '@anthropic-ai/sdk'
import { expect } from 'chai'
import OpenAI from 'openai'
import { type MatrixGateway, startMatrix } from './matrix/gateway.ts'
import { type ProviderName, PROVIDERS } from './upstreams/simulated-upstream.ts'

/** A model that only this provider lists. */
const OWN: Readonly<Record<ProviderName, string>> = {
  kiro: 'claude-sonnet-4.5',
  'openai-compatible': 'o-simulated',
  'anthropic-compatible': 'claude-sonnet-4-6',
  gemini: 'gemini-3-pro-preview',
}

describe('the models of all providers together', () => {
  let running: MatrixGateway
  let openai: OpenAI
  let anthropic: Anthropic

  before(async () => {
    running = await startMatrix()
    const { url, key } = running.gateway
    openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 })
    anthropic = new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0 })
  })
  after(() => running.close())

  it('are one list in the form of OpenAI, each with its provider', async () => {
    const owners = new Map((await openai.models.list()).data.map(({ id, owned_by: owner }) => [id, owner]))
    for (const provider of PROVIDERS) expect(owners.get(OWN[provider])).to.equal(provider)
  })

  it('are the same list in the form of Anthropic', async () => {
    const ids: string[] = []
    for await (const { id, type } of anthropic.models.list()) {
      expect(type).to.equal('model')
      ids.push(id)
    }
    expect(ids).to.have.members((await openai.models.list()).data.map(({ id }) => id))
    expect(new Set(ids).size).to.equal(ids.length)
  })

  for (const provider of PROVIDERS) {
    it(`can be asked for by the name alone and behind the prefix ${provider}/`, async () => {
      const upstream = running.upstreams[provider]
      for (const model of [OWN[provider], `${provider}/${OWN[provider]}`]) {
        const content = upstream.cue({ text: `I am ${model}.`, reason: 'stop' }, false)
        const answer = await openai.chat.completions.create({ model, messages: [{ role: 'user', content }] })
        expect([answer.model, answer.choices[0]?.message.content]).to.deep.equal([model, `I am ${model}.`])
        expect((await openai.models.retrieve(model)).object).to.equal('model')
        expect((await anthropic.models.retrieve(model)).type).to.equal('model')
      }
    })

    it(`are not found behind the prefix ${provider}/ when that provider has none such`, async () => {
      const other = OWN[provider === 'gemini' ? 'kiro' : 'gemini']
      const failure: unknown = await openai.chat.completions
        .create({ model: `${provider}/${other}`, messages: [{ role: 'user', content: 'Hi' }] })
        .catch((error: unknown) => error)
      expect(failure).to.be.instanceOf(OpenAI.NotFoundError).and.to.have.property('code', 'model_not_found')
    })
  }
})

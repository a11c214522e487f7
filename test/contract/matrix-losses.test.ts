import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { DialectName } from './matrix/client.ts'
import { DIALECTS, type MatrixGateway, startMatrix } from './matrix/gateway.ts'
import { type Fate, WISHES } from './matrix/losses.ts'
import { type ProviderName, PROVIDERS } from './upstreams/simulated-upstream.ts'

/** Where each provider's users read what it changes. */
const PAGES: Readonly<Record<ProviderName, string>> = {
  kiro: 'preflight.md',
  'openai-compatible': 'openai-compatible.md',
  'anthropic-compatible': 'anthropic-compatible.md',
  gemini: 'gemini.md',
}

describe('what a provider cannot carry', () => {
  let running: MatrixGateway
  before(async () => {
    running = await startMatrix()
  })
  after(() => running.close())
  beforeEach(() => Object.values(running.upstreams).forEach(upstream => upstream.reset()))

  for (const { name, fields, fates } of WISHES) {
    for (const [dialect, connect] of Object.entries(DIALECTS) as [DialectName, (typeof DIALECTS)[DialectName]][]) {
      const more = fields[dialect]
      if (more === undefined) continue
      for (const provider of PROVIDERS) {
        const fate = fates[`${dialect} to ${provider}`] ?? fates[provider]
        it(`${provider} ${wordsFor(fate)} ${name}, asked for by ${dialect}`, async () => {
          const client = connect({ url: running.gateway.url, key: running.gateway.key })
          const upstream = running.upstreams[provider]
          for (const stream of [false, true]) {
            const turn = { kind: 'user', text: upstream.cue({ text: 'Hi', reason: 'stop' }, stream) } as const
            const question = { model: `${provider}/${upstream.model}`, turns: [turn], more }
            if (typeof fate === 'object')
              expect(await client.refused(question, stream))
                .to.include({ status: 400 })
                .and.to.have.property('message')
                .that.contains(fate.refusal)
            else expect((await client.ask(question, stream)).changes).to.deep.equal(fate === undefined ? [] : [fate])
          }
          if (typeof fate === 'string') expect(readFileSync(join(import.meta.dirname, '../../docs', PAGES[provider]), 'utf8')).to.contain(`\`${fate}\``)
        })
      }
    }
  }
})

function wordsFor(fate: Fate | undefined): string {
  if (fate === undefined) return 'carries'
  return typeof fate === 'string' ? `reports as "${fate}" what became of` : 'refuses'
}

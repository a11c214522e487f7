import { expect } from 'chai'
import { CASES, type MatrixCase } from './matrix/cases.ts'
import type { MatrixClient, Told, Turn } from './matrix/client.ts'
import { DIALECTS, type MatrixGateway, startMatrix } from './matrix/gateway.ts'
import { type ProviderName, PROVIDERS } from './upstreams/simulated-upstream.ts'

describe('every dialect to every provider', () => {
  let running: MatrixGateway
  before(async () => {
    running = await startMatrix()
  })
  after(() => running.close())
  beforeEach(() => Object.values(running.upstreams).forEach(upstream => upstream.reset()))

  for (const [dialect, connect] of Object.entries(DIALECTS)) {
    for (const provider of PROVIDERS) {
      for (const stream of [false, true]) {
        describe(`${dialect} to ${provider}, ${stream ? 'streamed' : 'in one piece'}`, () => {
          for (const each of CASES.filter(({ dialects = ['anthropic', 'openai-chat'] }) => dialects.includes(dialect as 'anthropic'))) {
            it(`carries ${each.name}`, () => carry(each, connect({ url: running.gateway.url, key: running.gateway.key }), { provider, stream }))
          }
        })
      }
    }
  }

  async function carry(
    { question, rounds }: MatrixCase,
    client: MatrixClient,
    { provider, stream }: { provider: ProviderName; stream: boolean },
  ): Promise<void> {
    const upstream = running.upstreams[provider]
    const model = `${provider}/${upstream.model}`
    const turns: Turn[] = []
    let told: Told | undefined
    for (const { turn, wanted, carries = [], changes = {} } of rounds) {
      if (told) turns.push({ kind: 'assistant', message: told.message })
      turns.push(turn(upstream.cue(wanted, stream), told?.calls ?? []))
      told = await client.ask({ ...question, model, turns }, stream)

      const { text, reasoning, calls, stop, tokens } = told
      expect({ text: text.trim(), reasoning: reasoning.trim(), stop }).to.deep.equal({
        text: wanted.text ?? '',
        reasoning: wanted.reasoning ?? '',
        stop: wanted.reason,
      })
      expect(calls.map(({ name, input }) => ({ name, input }))).to.deep.equal(wanted.calls ?? [])
      expect(new Set(calls.map(({ id }) => id)).size).to.equal(calls.length)
      expect(told.model).to.equal(model)
      expect(tokens.input).to.be.greaterThan(0)
      expect(tokens.output).to.be.greaterThan(0)
      expect(told.changes).to.deep.equal(changes[`${client.dialect} to ${provider}`] ?? [])
      const sent = JSON.stringify(upstream.asked().at(-1))
      for (const part of carries) expect(sent).to.contain(part)
    }
    expect(upstream.asked().length).to.equal(rounds.length)
  }
})

import { expect } from 'chai'
import type { DialectName, Refusal } from './matrix/client.ts'
import { DIALECTS, type MatrixGateway, startMatrix } from './matrix/gateway.ts'
import { type Fault, type ProviderName, PROVIDERS } from './upstreams/simulated-upstream.ts'

/** How a client must learn of it, by dialect: what its own tools act upon (`reliability.md` §3.1). */
type Words = (told: Refusal, dialect: DialectName) => void

const both =
  (anthropic: string, openai: string, ...statuses: readonly number[]): Words =>
  (told, dialect) => {
    expect(told.status).to.be.oneOf(statuses)
    expect([told.type, told.code].filter(word => word !== null).join(' ')).to.equal(dialect === 'anthropic' ? anthropic : openai)
  }

const FAULTS: Readonly<Record<Fault, Words>> = {
  'rate-limit': (told, dialect) => {
    both('rate_limit_error', 'rate_limit_error rate_limit_exceeded', 429)(told, dialect)
    expect(told.retryAfter).to.match(/^[1-9]\d*$/)
  },
  // 401 and 403 would make it throw away its own key, which is good.
  'bad-key': (told, dialect) => {
    expect(told.status).to.be.oneOf([502, 503])
    expect([told.type, told.code]).to.deep.equal(
      dialect === 'anthropic' ? ['api_error', null] : ['server_error', told.status === 502 ? 'upstream_error' : 'no_account'],
    )
  },
  'context-too-long': (told, dialect) => {
    both('invalid_request_error', 'invalid_request_error context_length_exceeded', 400)(told, dialect)
    if (dialect === 'anthropic') expect(told.message).to.match(/^prompt is too long/)
  },
  overloaded: both('overloaded_error', 'server_error server_is_overloaded', 503, 529),
  cut: (told, dialect) => {
    expect(told.text === '' ? 502 : undefined).to.equal(told.status)
    expect([told.type, told.code].filter(word => word !== null).join(' ')).to.equal(dialect === 'anthropic' ? 'api_error' : 'server_error upstream_error')
  },
}

const VARIANTS = (Object.keys(DIALECTS) as DialectName[]).flatMap(dialect => [false, true].map(stream => ({ dialect, stream })))
/** An account of its own for each case: none meets what another did to one. */
const placeOf = (kind: ProviderName, fault: Fault, { dialect, stream }: (typeof VARIANTS)[number]) => `${kind}-${fault}-${dialect}${stream ? '-streamed' : ''}`

describe('what goes wrong at any provider, told by any dialect', () => {
  let running: MatrixGateway
  before(async () => {
    running = await startMatrix({
      alsoAs: kind => (Object.keys(FAULTS) as Fault[]).flatMap(fault => VARIANTS.map(variant => placeOf(kind, fault, variant))),
      plugins: [{ use: 'retry', options: { attempts: 1 } }],
    })
  })
  after(() => running.close())
  beforeEach(() => Object.values(running.upstreams).forEach(upstream => upstream.reset()))

  for (const [fault, check] of Object.entries(FAULTS) as [Fault, Words][]) {
    for (const provider of PROVIDERS) {
      for (const variant of VARIANTS) {
        const { dialect, stream } = variant
        it(`${provider}: ${fault}, told by ${dialect}, ${stream ? 'streamed' : 'in one piece'}`, async () => {
          const { gateway, upstreams } = running
          const upstream = upstreams[provider]
          const key = provider === 'kiro' ? gateway.caller() : gateway.key
          const client = DIALECTS[dialect]({ url: gateway.url, key })
          const sameWire = dialect === 'anthropic' && provider === 'anthropic-compatible'
          const text = upstream.fail(fault, { stream, sameWire })
          const place = provider === 'kiro' ? provider : placeOf(provider, fault, variant)
          const ask = () => client.refused({ model: `${place}/${upstream.model}`, turns: [{ kind: 'user', text }] }, stream)
          const told = await ask()
          check(told, dialect)
          // Nor is it told otherwise while the account rests, or for good.
          if (fault === 'bad-key' || fault === 'rate-limit') check(await ask(), dialect)
          // Which of our keys it was, and whose, is nobody's business.
          expect(told.message).not.to.match(/sk-|AIza|org-|arn:|req_/)
        })
      }
    }
  }
})

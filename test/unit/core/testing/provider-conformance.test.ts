import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import {
  type Attempt,
  BaseProvider,
  type BuiltRequest,
  type ChatRequest,
  defineProvider,
  GatewayError,
  type ModelCard,
  type ProviderDeps,
  type ResponseParser,
  type StreamEvent,
  Type,
  type UpstreamFailure,
} from '../../../../core/index.ts'
import { type ConformanceUpstream, providerConformance } from '../../../../core/testing/index.ts'

/** Ways to be wrong, each of which some check must find. */
const FLAWS = {
  'broken-characters': 'answers a long answer',
  'repeated-deltas': 'answers a question',
  'key-in-address': 'keeps credentials out of addresses',
  'key-in-error': 'word of the error table for every refusal',
  'thrown-by-classify': 'word of the error table for every refusal',
  'own-key-blamed': 'blames a refused key on the account',
  'cut-is-finished': 'never tells an answer as finished',
  'request-changed': 'which it leaves as it was',
  'two-endings': 'answers a question',
  'negative-usage': 'answers a question',
  'nameless-loss': 'names the rule',
  'shared-state': 'keeps answers apart',
  deaf: 'lets go of the connection',
  'two-lanes-of-one-id': 'names the lanes',
  'model-twice': 'lists its models',
  'any-credential': 'has a schema that its own credentials fit',
} as const
type Flaw = keyof typeof FLAWS

const KEY = 'lines-secret-key-0123456789'
const Credential = Type.Object({ apiKey: Type.String() })
const Options = Type.Object({ url: Type.String(), flaw: Type.Optional(Type.String()) })

/** Speaks a made-up wire: the text's lines as JSON, a line each, and a dot at the end. */
class LinesProvider extends BaseProvider {
  readonly name = 'lines'
  readonly streams = 'text/lines'
  readonly credential
  readonly #url: string
  readonly #flaw: string | undefined
  #shared = ''

  constructor({ options: { url, flaw } }: ProviderDeps<{ readonly url: string; readonly flaw?: string }>) {
    super()
    this.#url = url
    this.#flaw = flaw
    this.credential = flaw === 'any-credential' ? Type.Unknown() : Credential
  }

  lanes() {
    const lane = { id: 'a', origin: this.#url }
    return this.#flaw === 'two-lanes-of-one-id' ? [lane, lane] : [lane]
  }

  models(): Promise<readonly ModelCard[]> {
    const card = { id: 'lines-1', input: ['text'], features: [] } as const
    return Promise.resolve(this.#flaw === 'model-twice' ? [card, card] : [card])
  }

  buildRequest(request: ChatRequest): BuiltRequest {
    if (this.#flaw === 'request-changed') Object.assign(request, { stop: [] })
    const warnings = this.#flaw === 'nameless-loss' ? [{ rule: 'Some thing', message: '' }] : []
    return {
      method: 'POST',
      url: `${this.#url}/say${this.#flaw === 'key-in-address' ? `?key=${KEY}` : ''}`,
      body: JSON.stringify(request.messages.at(-1)),
      warnings,
    }
  }

  buildHeaders() {
    return { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' }
  }

  override stream(request: ChatRequest, attempt: Attempt) {
    const events = super.stream(request, attempt)
    if (this.#flaw !== 'deaf') return events
    // Its reader may leave; the connection does not.
    const reading = events[Symbol.asyncIterator]()
    return { [Symbol.asyncIterator]: () => ({ next: () => reading.next(), return: () => Promise.resolve({ done: true as const, value: undefined }) }) }
  }

  parseResponse(attempt: Attempt): ResponseParser {
    const flaw = this.#flaw
    const shared = (text?: string) => (text === undefined ? this.#shared : (this.#shared = text))
    let own = ''
    const kept = flaw === 'shared-state' ? shared : (text?: string) => (text === undefined ? own : (own = text))
    const decoder = new TextDecoder()
    let begun = false
    let ended = false
    const start = (): readonly StreamEvent[] => {
      if (begun) return []
      begun = true
      return [
        { type: 'start', id: '1', model: attempt.model },
        { type: 'text-start', block: 0 },
      ]
    }
    const finish = (): readonly StreamEvent[] => {
      if (ended) return []
      ended = true
      const usage = { output: flaw === 'negative-usage' ? -1 : 1 }
      const finish: StreamEvent = { type: 'finish', reason: 'stop', usage }
      return [...start(), { type: 'block-end', block: 0 }, finish, ...(flaw === 'two-endings' ? [finish] : [])]
    }
    return {
      push(chunk) {
        const lines = (kept() + (flaw === 'broken-characters' ? chunk.toString('utf8') : decoder.decode(chunk, { stream: true }))).split('\n')
        kept(lines.pop() ?? '')
        return lines.flatMap((line): readonly StreamEvent[] => {
          if (ended) return []
          if (line === '.') return finish()
          if (!line.startsWith('"') || !line.endsWith('"')) {
            ended = true
            return [...start(), { type: 'failure', error: new GatewayError('upstream_nonsense', 'the upstream said nonsense') }]
          }
          const text = JSON.parse(line) as string
          const delta: StreamEvent = { type: 'text-delta', block: 0, text }
          return [...start(), delta, ...(flaw === 'repeated-deltas' ? [delta] : [])]
        })
      },
      end() {
        if (ended) return []
        return flaw === 'cut-is-finished'
          ? finish()
          : [...start(), { type: 'failure', error: new GatewayError('upstream_cut', 'the upstream stopped in the middle') }]
      },
      get complete() {
        return flaw === 'cut-is-finished' || ended
      },
    }
  }

  classify({ status, body }: UpstreamFailure): GatewayError {
    if (this.#flaw === 'thrown-by-classify') JSON.parse(body)
    if (this.#flaw === 'key-in-error') return new GatewayError('upstream_failed', `the upstream said: ${body}`)
    if (status !== 401) return new GatewayError('upstream_failed', 'the upstream failed')
    return new GatewayError(this.#flaw === 'own-key-blamed' ? 'unauthorized' : 'token_rejected', 'the upstream refuses the key')
  }
}

const lines = defineProvider('lines', LinesProvider, Options)

async function open(flaw?: Flaw): Promise<ConformanceUpstream> {
  let wanted = ''
  const server: Server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/lines' })
    response.end(
      `${(wanted.match(/[^ ]* ?/g) ?? [])
        .filter(word => word !== '')
        .map(word => `${JSON.stringify(word)}\n`)
        .join('')}.\n`,
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    provider: lines({ url, ...(flaw === undefined ? {} : { flaw }) }),
    accounts: [{ label: 'one', credential: { apiKey: KEY } }],
    model: 'lines-1',
    cue: ({ text = '' }) => {
      wanted = text
      return undefined
    },
    close: () => {
      server.closeAllConnections()
      return new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}

/** Those of the checks whose name has this in it that a provider with this flaw does not pass. */
async function failing(flaw?: Flaw, part = ''): Promise<readonly string[]> {
  const { checks, close } = providerConformance({ open: () => open(flaw), without: ['image', 'tools', 'reasoning', 'limits'] })
  const names: string[] = []
  for (const { name, run } of checks.filter(({ name }) => name.includes(part))) await run().catch((error: unknown) => names.push(`${name}: ${String(error)}`))
  await close()
  return names
}

describe('the conformance suite for providers', () => {
  it('passes a provider that does everything right', async () => {
    expect(await failing()).to.deep.equal([])
  })

  for (const [flaw, check] of Object.entries(FLAWS) as [Flaw, string][]) {
    it(`finds ${flaw}`, async () => {
      expect(await failing(flaw, check)).not.to.deep.equal([])
    })
  }

  it('says what it cannot do without an account', async () => {
    const upstream = await open()
    const { checks, close } = providerConformance({ open: () => Promise.resolve({ ...upstream, accounts: [] }) })
    const failure: unknown = await checks[0]?.run().catch((error: unknown) => error)
    expect(String(failure)).to.contain('no account')
    await upstream.close()
    await close().catch(() => undefined)
  })
})

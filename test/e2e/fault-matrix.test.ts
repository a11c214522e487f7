import { expect } from 'chai'
import { ERRORS, type ErrorName, STREAM_SCRIPTS, type StreamScriptName } from '../../providers/kiro/simulator/index.ts'
import type { GenerateStep } from '../../providers/kiro/simulator/index.ts'
import { askAs, FAULT_CLIENTS, type FaultClient, inTurn, type Outcome } from '../support/fault-clients.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'

/** How both dialects tell one class of failure, `reliability.md` §3.1: status and words, for Anthropic's clients and for OpenAI's. */
interface Told {
  readonly anthropic: string
  readonly 'openai-chat': string
}

const BAD: Told = { anthropic: '400 invalid_request_error', 'openai-chat': '400 invalid_request_error' }
const LONG: Told = { anthropic: '400 invalid_request_error', 'openai-chat': '400 invalid_request_error context_length_exceeded' }
const HUGE: Told = { anthropic: '413 request_too_large', 'openai-chat': '413 invalid_request_error request_too_large' }
const UNKNOWN: Told = { anthropic: '404 not_found_error', 'openai-chat': '404 invalid_request_error model_not_found' }
const LIMITED: Told = { anthropic: '429 rate_limit_error', 'openai-chat': '429 rate_limit_error rate_limit_exceeded' }
const QUOTA: Told = { anthropic: '429 rate_limit_error', 'openai-chat': '429 insufficient_quota insufficient_quota' }
const AWAY: Told = { anthropic: '502 api_error', 'openai-chat': '502 server_error upstream_error' }
/** The account's fault: never 401 or 403, for a client would throw its own key away. Those who come after find nobody. */
const ACCOUNT: Told = { ...AWAY }
const NOBODY: Told = { anthropic: '503 api_error', 'openai-chat': '503 server_error no_account' }
const BUSY: Told = { anthropic: '529 overloaded_error', 'openai-chat': '503 server_error server_is_overloaded' }
const OVERLOADED: Told = { anthropic: '529 overloaded_error', 'openai-chat': '503 server_error server_is_overloaded' }

/** What a client of a single account sees for each upstream error. */
const EXPECTED: Readonly<Record<ErrorName, Told>> = {
  'improperly-formed': BAD,
  'request-body-invalid': BAD,
  'invalid-tool-use-format': BAD,
  'tool-use-without-result': BAD,
  'tool-result-without-use': BAD,
  'tool-schema-root': BAD,
  'tool-schema-combinators': BAD,
  'thinking-signature-invalid': BAD,
  'image-mime-mismatch': BAD,
  'image-too-large': BAD,
  'image-dimensions': BAD,
  'content-length-exceeds-threshold': LONG,
  'additional-fields-unsupported': BAD,
  'additional-fields-invalid': BAD,
  'payload-too-large': HUGE,
  'invalid-model-id': UNKNOWN,
  'profile-arn-required': ACCOUNT,
  'invalid-conversation-id': AWAY,
  'invalid-kms-grant': ACCOUNT,
  'conversation-limit-exceeded': AWAY,
  'monthly-request-count': QUOTA,
  'monthly-request-count-402': QUOTA,
  'monthly-request-count-429': QUOTA,
  'daily-request-count': QUOTA,
  'overage-request-limit-exceeded': QUOTA,
  'overage-request-limit-exceeded-402': QUOTA,
  'maximum-request-reached': QUOTA,
  'token-rejected': ACCOUNT,
  'invalid-bearer': ACCOUNT,
  'invalid-token': ACCOUNT,
  'not-authorized': ACCOUNT,
  'builder-id-unsupported': ACCOUNT,
  suspended: ACCOUNT,
  'suspended-without-reason': ACCOUNT,
  'feature-not-supported': ACCOUNT,
  'unauthorized-resource': ACCOUNT,
  'unknown-operation': AWAY,
  'method-not-allowed': AWAY,
  'insufficient-model-capacity': BUSY,
  'insufficient-throughput': BUSY,
  'model-temporarily-unavailable': BUSY,
  'model-temporarily-unavailable-503': BUSY,
  'user-request-rate-exceeded': LIMITED,
  'suspicious-activity': LIMITED,
  'internal-server-error': OVERLOADED,
  'service-unavailable': OVERLOADED,
  'bad-gateway': AWAY,
  'gateway-timeout': AWAY,
  'front-door-timeout': AWAY,
}

/** How each scripted stream ends where it is not a whole answer: before the first byte, or inside the stream. */
const ENDINGS: Partial<Record<StreamScriptName, 'refused' | 'broken'>> = {
  'truncated-tool-call': 'broken',
  'truncated-tool-call-mid-frame': 'broken',
  'truncated-tool-call-cut': 'broken',
  'truncated-tool-call-reset': 'broken',
  'truncated-tool-call-stall': 'broken',
  'malformed-tool-use': 'refused',
  'text-in-tool-call': 'refused',
  'reasoning-only': 'refused',
  'error-frame': 'broken',
  'error-event': 'broken',
  'invalid-state': 'refused',
  'corrupt-prelude': 'broken',
  'corrupt-message': 'broken',
  'slow-first-byte': 'refused',
  stall: 'broken',
  'cut-mid-frame': 'broken',
  'clean-cut-mid-frame': 'broken',
  'reset-mid-stream': 'broken',
  'error-frame-first': 'refused',
  'corrupt-first-frame': 'refused',
  'stall-before-text': 'refused',
  'reset-before-text': 'refused',
  empty: 'refused',
  'no-frames': 'refused',
}

/** Streams that fall silent. */
const SILENT: ReadonlySet<string> = new Set<StreamScriptName>(['stall', 'stall-before-text', 'truncated-tool-call-stall', 'slow-first-byte'])

interface Variant {
  readonly client: FaultClient
  readonly stream: boolean
}

const VARIANTS: readonly Variant[] = FAULT_CLIENTS.flatMap(client => [false, true].map(stream => ({ client, stream })))
const AT_ONCE = 32

/**
 * One gateway for all cases. Each request brings a fresh account of its own, so that none feels what was done to another;
 * therefore all are asked side by side, and the cases that wait for a time-out wait together.
 */
describe('every upstream fault, over HTTP, in every dialect, streamed or not', function () {
  this.timeout(60_000)
  /** For each case what each variant got, request by request. */
  const asked = new Map<string, Promise<readonly (readonly Outcome[])[]>>()
  const gateways: TestGateway[] = []

  before(async () => {
    const config = { sandbox: false, plugins: [{ use: 'retry', options: { attempts: 2 } }] }
    const patient = await startTestGateway({ accounts: [], config })
    gateways.push(patient)
    // Only what waits for a time-out meets a short one: on a busy machine everything else may take its time.
    const hasty = await startTestGateway({ accounts: [], config, environment: { FIRST_TOKEN_TIMEOUT: '2', STREAM_READ_TIMEOUT: '2', NON_STREAM_TIMEOUT: '20' } })
    gateways.push(hasty)
    const turn = inTurn(AT_ONCE)
    const askAll = (name: string, step: GenerateStep, times: number) => {
      const gateway = SILENT.has(name) ? hasty : patient
      const outcomes = Promise.all(VARIANTS.map(variant => turn(() => outcomesOf(gateway, variant, { step, times }))))
      // Who waits for it comes later.
      outcomes.catch(() => undefined)
      asked.set(name, outcomes)
    }
    for (const script of slowestFirst(STREAM_SCRIPTS)) askAll(script, { do: 'stream', script, times: 100 }, 1)
    for (const error of Object.keys(ERRORS) as ErrorName[]) askAll(error, { do: 'error', error, times: 100 }, 2)
  })
  after(() => Promise.all(gateways.map(gateway => gateway.close())))

  for (const error of Object.keys(ERRORS) as ErrorName[]) {
    it(`${error} is told as ${EXPECTED[error].anthropic}, or ${EXPECTED[error]['openai-chat']}`, async () => {
      const outcomes = (await asked.get(error)) ?? []
      const told = outcomes.map(each => each.map(outcome => (outcome.kind === 'refused' ? `${outcome.status} ${outcome.told}` : outcome.kind)))
      const first = EXPECTED[error]
      const second = first === ACCOUNT ? NOBODY : first
      expect(told).to.deep.equal(VARIANTS.map(({ client: { dialect } }) => [first[dialect], second[dialect]]))
    })
  }

  for (const script of STREAM_SCRIPTS) {
    const ending = ENDINGS[script] ?? 'answer'
    it(`the stream "${script}" ends as ${ending}`, async () => {
      const outcomes = ((await asked.get(script)) ?? []).flat()
      // Nobody has seen anything of an answer that is not streamed: it is an ordinary error.
      expect(outcomes.map(({ kind }) => kind)).to.deep.equal(VARIANTS.map(({ stream }) => (ending === 'broken' && !stream ? 'refused' : ending)))
      if (ending === 'answer') for (const outcome of outcomes) expect(outcome).to.deep.equal(outcomes[0])
      // What was seen until then is the same through each.
      const seen = outcomes.flatMap(outcome => (outcome.kind === 'broken' ? [outcome.text] : []))
      expect(new Set(seen).size).to.equal(ending === 'broken' ? 1 : 0)
    })
  }
})

async function outcomesOf(
  { url, simulator, caller }: TestGateway,
  { client, stream }: Variant,
  { step, times }: { readonly step: GenerateStep; readonly times: number },
): Promise<readonly Outcome[]> {
  const key = caller()
  simulator.scriptFor(key.slice(key.indexOf(':') + 1), step)
  const outcomes: Outcome[] = []
  while (outcomes.length < times) outcomes.push(await askAs(client, { url, key, stream }))
  return outcomes
}

/** Those that end in a time-out first: the others are done before they are. */
function slowestFirst(scripts: readonly StreamScriptName[]): readonly StreamScriptName[] {
  const slow = (script: string) => /stall|slow/.test(script)
  return [...scripts.filter(slow), ...scripts.filter(script => !slow(script))]
}

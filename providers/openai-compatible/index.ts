import { randomUUID } from 'node:crypto'
import {
  type Account,
  type Attempt,
  BaseProvider,
  type BuiltRequest,
  type ChatRequest,
  type CredentialImporter,
  defineProvider,
  GatewayError,
  type HttpClient,
  type ImportedAccount,
  type Lane,
  type ModelCard,
  type ProviderDeps,
  type Quota,
  ReasoningMemory,
  type ResponseParser,
  type StaticCatalog,
  type UpstreamFailure,
} from '../../core/index.ts'
import { OpenaiCompatibleCredential } from './credential.ts'
import { endpoint } from './endpoints.ts'
import { classifyFailure } from './faults.ts'
import { chatHeaders } from './identity.ts'
import { createImporter } from './importer.ts'
import { configuredCards, listModels, mergeCards, staticCatalog } from './models.ts'
import { type ConfiguredAccount, OpenaiCompatibleOptions } from './options.ts'
import { PLAIN, type Quirks } from './quirks.ts'
import { quotaOf } from './quota.ts'
import type { KeptReasoning } from './reasoning-trace.ts'
import { type BuiltChatRequest, buildChatRequest, WIRE } from './request.ts'
import { createParser } from './stream.ts'
import { type Vendor, VENDORS } from './vendors.ts'

type KeyAccount = Account<OpenaiCompatibleCredential>
type KeyAttempt = Attempt<OpenaiCompatibleCredential>

/** A request with what the parser of its answer must know. */
interface BuiltOpenaiRequest extends BuiltRequest {
  readonly body: string
  readonly chat: Omit<BuiltChatRequest, 'body' | 'warnings'>
}

/** Events where they were asked for; several servers send one document all the same, and some name neither for what it is. */
const MEDIA_TYPES = ['text/event-stream', 'application/json', 'text/plain']

/** Any upstream that speaks OpenAI's Chat Completions, with an account for each key (`docs/openai-compatible.md`). */
export class OpenaiCompatibleProvider extends BaseProvider<typeof OpenaiCompatibleCredential> {
  readonly name: string
  readonly credential = OpenaiCompatibleCredential
  readonly wire = WIRE
  readonly streams = 'text/event-stream'
  readonly accounts: readonly ImportedAccount<OpenaiCompatibleCredential>[]
  readonly importer: CredentialImporter<OpenaiCompatibleCredential>
  declare readonly catalog?: StaticCatalog
  readonly #deps: ProviderDeps<OpenaiCompatibleOptions>
  readonly #base: string
  readonly #quirks: Quirks
  readonly #cards: readonly ModelCard[]
  readonly #reasoning = new ReasoningMemory<KeptReasoning>()

  constructor(deps: ProviderDeps<OpenaiCompatibleOptions>) {
    super()
    // Plain values: what the container hands over looks each name up whenever it is read.
    const { name, options, log, clock } = deps
    this.#deps = { name, options, log, clock }
    this.name = name
    const vendor: Vendor | undefined = options.vendor === undefined ? undefined : VENDORS[options.vendor]
    this.#base = baseOf(name, options, vendor)
    this.#quirks = { ...PLAIN, ...vendor?.quirks, ...options.quirks }
    this.accounts = accountsOf(options, vendor)
    this.importer = createImporter(options.accounts.length > 0 ? undefined : (options.apiKeyVariable ?? vendor?.apiKeyVariable))
    this.#cards = configuredCards(options.models)
    const catalog = staticCatalog(this.#cards)
    if (catalog !== undefined) this.catalog = catalog
  }

  lanes({ credential }: KeyAccount): readonly Lane[] {
    const { origin, host } = new URL(this.#baseUrl(credential))
    return [{ id: host, origin }]
  }

  identity({ apiKey, baseUrl }: OpenaiCompatibleCredential): string | undefined {
    return apiKey === undefined ? baseUrl : `${baseUrl ?? ''} ${apiKey}`
  }

  async models(account: KeyAccount, http: HttpClient): Promise<readonly ModelCard[]> {
    if (!this.#deps.options.listModels) return this.#cards
    const { headers = {} } = this.#deps.options
    const listed = await listModels({ account, http, headers, baseUrl: this.#baseUrl(account.credential), classify: failure => this.classify(failure) })
    return mergeCards(listed, this.#cards)
  }

  override rateLimits(headers: Readonly<Record<string, string>>, now: number): Quota | undefined {
    return quotaOf(headers, now)
  }

  answersWhole({ stream }: ChatRequest): boolean {
    return !stream
  }

  buildRequest(request: ChatRequest, { model, account, remedies, call }: KeyAttempt): BuiltOpenaiRequest {
    const recall = (id: string) => this.#reasoning.recall(call.principal, id)
    const { body, warnings, ...chat } = buildChatRequest(request, { ...{ model, remedies, recall }, quirks: this.#quirks })
    return { method: 'POST', url: endpoint(this.#baseUrl(account.credential), 'chat/completions'), body, warnings, answers: MEDIA_TYPES, chat }
  }

  buildHeaders(attempt: KeyAttempt): Record<string, string> {
    return chatHeaders(attempt, { wire: WIRE, headers: this.#deps.options.headers ?? {} })
  }

  parseResponse({ model, call }: KeyAttempt, { body, warnings, chat }: BuiltOpenaiRequest): ResponseParser {
    const { toolNames, sameWire, wantsUsage, choices, reasoningRequested } = chat
    return createParser({
      ...{ model, toolNames, sameWire, wantsUsage, choices, warnings },
      requestedModel: call.requestedModel,
      requestBody: body,
      thinkTags: this.#quirks.thinkTags,
      repair: this.#quirks.repair,
      reasoning: reasoningRequested ? 'visible' : 'hidden',
      newId: randomUUID,
      ...(this.#quirks.reasoningHistory === 'none' ? {} : { remember: (calls, kept) => this.#reasoning.remember(call.principal, calls, kept) }),
      classify: text => this.classify({ status: 0, headers: {}, body: text, requestBytes: 0 }),
    })
  }

  classify(failure: UpstreamFailure): GatewayError {
    return classifyFailure(failure, this.#deps.clock.now())
  }

  #baseUrl({ baseUrl }: OpenaiCompatibleCredential): string {
    return baseUrl ?? this.#base
  }
}

/** Where accounts are served that do not say it themselves. */
function baseOf(name: string, { baseUrl, accounts }: OpenaiCompatibleOptions, vendor: Vendor | undefined): string {
  const found = baseUrl ?? vendor?.baseUrl ?? accounts.find(account => account.baseUrl !== undefined)?.baseUrl
  if (found !== undefined) return found
  throw new GatewayError('internal', `the provider "${name}" has no address; set its "baseUrl", or its "vendor" to a well-known one`)
}

/** The accounts that the configuration names; a server that asks for no key is one account by itself. */
function accountsOf(options: OpenaiCompatibleOptions, vendor: Vendor | undefined): readonly ImportedAccount<OpenaiCompatibleCredential>[] {
  const { accounts, apiKeyVariable } = options
  if (accounts.length === 0) return vendor?.keyless === true && apiKeyVariable === undefined ? [{ label: 'no key', credential: {} }] : []
  return accounts.map((account, index) => imported(account, index))
}

function imported(account: ConfiguredAccount, index: number): ImportedAccount<OpenaiCompatibleCredential> {
  const { apiKey, baseUrl, headers, label = `key ${index + 1}`, ...settings } = account
  return {
    label,
    credential: { ...(apiKey === undefined ? {} : { apiKey }), ...(baseUrl === undefined ? {} : { baseUrl }), ...(headers === undefined ? {} : { headers }) },
    settings,
  }
}

/** Any OpenAI-compatible upstream, for a configuration's list. */
export const openaiCompatible = defineProvider('openai-compatible', OpenaiCompatibleProvider, OpenaiCompatibleOptions)

import { randomUUID } from 'node:crypto'
import {
  type Account,
  type Attempt,
  BaseProvider,
  type BuiltRequest,
  type ChatRequest,
  defineProvider,
  GatewayError,
  type HttpClient,
  type ImportedAccount,
  type Lane,
  type ModelCard,
  type ProviderDeps,
  type ResponseParser,
  type StaticCatalog,
  type UpstreamFailure,
} from '../../core/index.ts'
import type { GeminiSafetySetting } from '../../core/wire/gemini.ts'
import { configuredAccounts, GeminiCredential } from './credential.ts'
import { filesRoot, headersFor, methodUrl, originOf, resourceName } from './endpoints.ts'
import { classifyGeminiFailure } from './faults.ts'
import { geminiImporter } from './importer.ts'
import { listModels } from './models.ts'
import { GeminiOptions } from './options.ts'
import { type BuiltGeminiRequest, buildGeminiRequest } from './request.ts'
import { safetySettings } from './safety.ts'
import { SignatureMemory } from './signatures.ts'
import { staticCatalog } from './static-models.ts'
import { createGeminiParser } from './stream.ts'
import { countOf, fieldsOf, parseJson } from './untrusted.ts'

type GeminiAccount = Account<GeminiCredential>
type GeminiAttempt = Attempt<GeminiCredential>

/** A request with what the parser of its answer must know. */
interface GeminiBuiltRequest extends BuiltRequest {
  readonly gemini: BuiltGeminiRequest
}

/** Keys of the Gemini API (`docs/gemini.md`). */
export class GeminiProvider extends BaseProvider<typeof GeminiCredential> {
  readonly name: string
  readonly credential = GeminiCredential
  readonly streams = 'text/event-stream'
  readonly catalog: StaticCatalog
  readonly accounts: readonly ImportedAccount<GeminiCredential>[]
  readonly importer = geminiImporter
  readonly #options: GeminiOptions
  readonly #clock: ProviderDeps<GeminiOptions>['clock']
  readonly #safetySettings: readonly GeminiSafetySetting[]
  readonly #memory = new SignatureMemory()
  /** Most tokens that a model answers with, as the lists say. */
  readonly #outputTokens = new Map<string, number>()

  constructor({ name, options, clock }: ProviderDeps<GeminiOptions>) {
    super()
    this.name = name
    this.#options = options
    this.#clock = clock
    this.#safetySettings = safetySettings(options.safety)
    this.accounts = configuredAccounts(options)
    this.catalog = staticCatalog(options.models)
    this.#learn(this.catalog.models)
  }

  lanes({ credential }: GeminiAccount): readonly Lane[] {
    return [{ id: 'api', origin: originOf(credential, this.#options) }]
  }

  identity({ apiKey }: GeminiCredential): string {
    return apiKey
  }

  async models({ credential }: GeminiAccount, http: HttpClient): Promise<readonly ModelCard[]> {
    if (this.#options.models !== undefined) return this.catalog.models
    const cards = await listModels({ credential, http, options: this.#options, now: this.#clock.now() })
    this.#learn(cards)
    return cards
  }

  /** Tokens of the whole request: system prompt and tools count only in this form of the call. */
  async countTokens(request: ChatRequest, attempt: GeminiAttempt): Promise<number> {
    const { model, account, http, signal } = attempt
    const { request: generateContentRequest } = this.#build(request, attempt)
    const { status, headers, body } = await http.send(
      {
        method: 'POST',
        url: methodUrl(account.credential, this.#options, { model, method: 'countTokens' }),
        headers: this.buildHeaders(attempt),
        body: JSON.stringify({ generateContentRequest: { model: decodeURIComponent(resourceName(model)), ...generateContentRequest } }),
      },
      { signal },
    )
    const text = body.toString('utf8')
    if (status !== 200) throw this.classify({ status, headers, body: text, requestBytes: 0 })
    const tokens = countOf(fieldsOf(parseJson(text))['totalTokens'])
    if (tokens === undefined) throw new GatewayError('upstream_nonsense', 'the Gemini API counted tokens and did not say how many')
    return tokens
  }

  answersWhole({ stream }: ChatRequest): boolean {
    return !stream
  }

  buildRequest(request: ChatRequest, attempt: GeminiAttempt): GeminiBuiltRequest {
    const gemini = this.#build(request, attempt)
    const method = request.stream ? 'streamGenerateContent' : 'generateContent'
    return {
      method: 'POST',
      url: methodUrl(attempt.account.credential, this.#options, { model: attempt.model, method }),
      body: gemini.body,
      // Relays answer with a JSON array that grows where events were asked for, and the other way round.
      answers: ['text/event-stream', 'application/json'],
      warnings: gemini.warnings,
      gemini,
    }
  }

  buildHeaders({ account }: GeminiAttempt): Record<string, string> {
    return headersFor(account.credential)
  }

  parseResponse({ model }: GeminiAttempt, { gemini }: GeminiBuiltRequest): ResponseParser {
    const { toolNames, argumentTypes, watchedStops, warnings, reasoningRequested } = gemini
    return createGeminiParser({
      ...{ model, toolNames, argumentTypes, watchedStops, warnings },
      memory: this.#memory,
      reasoning: reasoningRequested ? 'visible' : 'hidden',
      newId: randomUUID,
      now: () => this.#clock.now(),
    })
  }

  classify(failure: UpstreamFailure): GatewayError {
    return classifyGeminiFailure(failure, this.#clock.now())
  }

  #build(request: ChatRequest, { model, remedies }: GeminiAttempt): BuiltGeminiRequest {
    const outputTokens = this.#outputTokens.get(model)
    return buildGeminiRequest(request, {
      ...{ model, remedies },
      memory: this.#memory,
      filesRoot: filesRoot(this.#options),
      safetySettings: this.#safetySettings,
      ...(outputTokens === undefined ? {} : { outputTokens }),
    })
  }

  #learn(cards: readonly ModelCard[]): void {
    for (const { id, limits } of cards) if (limits?.outputTokens !== undefined) this.#outputTokens.set(id, limits.outputTokens)
  }
}

/** The Gemini provider, for a configuration's list. */
export const gemini = defineProvider('gemini', GeminiProvider, GeminiOptions)

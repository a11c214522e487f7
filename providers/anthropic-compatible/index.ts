import {
  type Account,
  type Attempt,
  BaseProvider,
  type BuiltRequest,
  type ChatRequest,
  type CredentialImporter,
  defineProvider,
  type GatewayError,
  type HttpClient,
  type ImportedAccount,
  type Lane,
  type ModelCard,
  type ProviderDeps,
  type Quota,
  ReasoningMemory,
  type ReasoningPart,
  type ResponseParser,
  type UpstreamFailure,
} from '../../core/index.ts'
import { cameIn } from '../../core/wire/original-body.ts'
import { configuredAccounts } from './configured-accounts.ts'
import { countTokens } from './count-tokens.ts'
import { AnthropicCredential } from './credential.ts'
import { createDocumentParser } from './document.ts'
import { baseOf, isOfficial, lanesFor, normalBase, urlOf } from './endpoints.ts'
import { classifyAnthropicFailure } from './faults.ts'
import { headersFor } from './headers.ts'
import type { RequestContext } from './hub-body.ts'
import { createAnthropicImporter } from './importer.ts'
import { ModelDirectory } from './model-directory.ts'
import { listModels } from './models.ts'
import { AnthropicOptions } from './options.ts'
import type { ToolNames } from './preflight/tool-identifiers.ts'
import { readRateLimits } from './rate-limits.ts'
import { buildMessages, WIRE } from './request.ts'
import { createAnthropicParser } from './stream.ts'

type AnthropicAccount = Account<AnthropicCredential>
type AnthropicAttempt = Attempt<AnthropicCredential>

/** A request with what the parser of its answer must know. */
interface AnthropicBuiltRequest extends BuiltRequest {
  readonly toolNames: ToolNames
}

/** Any API that speaks Anthropic's Messages wire, paid by key (`docs/anthropic-compatible.md`). */
export class AnthropicCompatibleProvider extends BaseProvider<typeof AnthropicCredential> {
  readonly name: string
  readonly credential = AnthropicCredential
  readonly streams = 'text/event-stream'
  readonly wire = WIRE
  readonly accounts: readonly ImportedAccount<AnthropicCredential>[]
  readonly catalog: ModelDirectory
  readonly importer: CredentialImporter<AnthropicCredential>
  readonly #deps: ProviderDeps<AnthropicOptions>
  readonly #reasoning = new ReasoningMemory<readonly ReasoningPart[]>()

  constructor(deps: ProviderDeps<AnthropicOptions>) {
    super()
    // Plain values: what the container hands over looks each name up whenever it is read.
    const { name, options, log, clock } = deps
    this.#deps = { name, options, log, clock }
    this.name = name
    this.importer = createAnthropicImporter(options)
    this.accounts = configuredAccounts(options.accounts)
    this.catalog = new ModelDirectory(options.models, isOfficial(normalBase(options.baseUrl)))
  }

  lanes({ credential }: AnthropicAccount): readonly Lane[] {
    return lanesFor(this.#base(credential))
  }

  /** One key is one account, wherever it is written down; the same word at two addresses is two keys. */
  identity(credential: AnthropicCredential): string {
    return `${this.#base(credential)} ${credential.apiKey}`
  }

  answersWhole(request: ChatRequest): boolean {
    return cameIn(WIRE, request) && !request.stream
  }

  async models(account: AnthropicAccount, http: HttpClient): Promise<readonly ModelCard[]> {
    const { options, clock } = this.#deps
    return this.catalog.remember(account.id, options.listModels ? await listModels({ account, http, options, now: clock.now() }) : [])
  }

  countTokens(request: ChatRequest, attempt: AnthropicAttempt): Promise<number> {
    const { account, http, signal } = attempt
    return countTokens(request, this.#context(attempt), { account, http, signal, options: this.#deps.options, now: this.#deps.clock.now() })
  }

  buildRequest(request: ChatRequest, attempt: AnthropicAttempt): AnthropicBuiltRequest {
    const { body, warnings, toolNames } = buildMessages(request, this.#context(attempt))
    const whole = this.answersWhole(request) ? { answers: ['application/json'] } : {}
    return { method: 'POST', url: urlOf(this.#base(attempt.account.credential), '/v1/messages'), body, warnings, toolNames, ...whole }
  }

  buildHeaders({ account, call: { request } }: AnthropicAttempt): Record<string, string> {
    const { original } = request
    return headersFor({ account, streams: !this.answersWhole(request), ...(original === undefined ? {} : { original }) }, this.#deps.options)
  }

  parseResponse({ model, call }: AnthropicAttempt, { toolNames, warnings }: AnthropicBuiltRequest, request: ChatRequest): ResponseParser {
    const create = this.answersWhole(request) ? createDocumentParser : createAnthropicParser
    return create({
      model,
      toolNames,
      warnings,
      requestedModel: call.requestedModel,
      verbatim: cameIn(WIRE, request),
      // Clients of this API keep it themselves.
      ...(cameIn(WIRE, request) ? {} : { remember: (id, reasoning) => this.#reasoning.remember(call.principal, [id], reasoning) }),
      passedOver: kind => call.log.info('a block of the answer was passed over: only clients of its own API can read it', { kind }),
    })
  }

  classify(failure: UpstreamFailure): GatewayError {
    return classifyAnthropicFailure(failure, this.#deps.clock.now())
  }

  override rateLimits(headers: Readonly<Record<string, string>>): Quota | undefined {
    return readRateLimits(headers)
  }

  #base(credential: AnthropicCredential): string {
    return baseOf(credential, this.#deps.options.baseUrl)
  }

  #context({ account, model, remedies, call }: AnthropicAttempt): RequestContext {
    const card = this.catalog.card(account.id, model)
    return {
      ...{ model, remedies },
      official: isOfficial(this.#base(account.credential)),
      recall: id => this.#reasoning.recall(call.principal, id),
      ...(card === undefined ? {} : { card }),
    }
  }
}

/** The Anthropic-compatible provider, for a configuration's list. */
export const anthropicCompatible = defineProvider('anthropic-compatible', AnthropicCompatibleProvider, AnthropicOptions)

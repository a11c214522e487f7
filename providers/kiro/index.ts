import { randomUUID } from 'node:crypto'
import {
  type Account,
  type Attempt,
  BaseProvider,
  type BuiltRequest,
  type ChatRequest,
  type CredentialImporter,
  type CredentialLifetime,
  defineProvider,
  type Facts,
  GatewayError,
  type HttpClient,
  type ModelCard,
  type ProviderDeps,
  type Quota,
  type ResponseParser,
  type Sandbox,
  type SandboxOptions,
  type SignIn,
  type UpstreamFailure,
} from '../../core/index.ts'
import { AUTH } from './auth/index.ts'
import { conversationIdFor } from './conversation-id.ts'
import { KiroCredential } from './credential.ts'
import { type KiroLane, originsFor } from './endpoints.ts'
import { classifyKiroFailure } from './faults.ts'
import { createKiroImporter } from './importer.ts'
import { LaneBook } from './lane-book.ts'
import { kiroVersionOf } from './local-version.ts'
import { derivedMachineId } from './machine-id.ts'
import { ModelDirectory } from './model-directory.ts'
import { listModels } from './models.ts'
import { KiroOptions } from './options.ts'
import { mayChangeProfile, resolveProfile } from './profile.ts'
import { lacksProfile, profileArnForLane } from './profile-arn.ts'
import { readQuota } from './quota.ts'
import { type BuiltKiroRequest, buildKiroRequest } from './request.ts'
import { createKiroSignIn } from './sign-in/index.ts'
import { createKiroParser } from './stream.ts'

type KiroAccount = Account<KiroCredential>
type KiroAttempt = Attempt<KiroCredential>

/** A request with what the parser of its answer must know. */
interface KiroBuiltRequest extends BuiltRequest {
  readonly kiro: Omit<BuiltKiroRequest, 'body' | 'warnings'>
}

/** Kiro and Amazon Q accounts, over the protocol of their own clients (`docs/kiro.md`). */
export class KiroProvider extends BaseProvider<typeof KiroCredential> {
  readonly name = 'kiro'
  readonly credential = KiroCredential
  readonly streams = 'application/vnd.amazon.eventstream'
  readonly catalog = new ModelDirectory()
  readonly importer: CredentialImporter<KiroCredential>
  readonly signIn: SignIn<KiroCredential>
  readonly hosts: readonly (string | readonly string[])[]
  readonly #deps: ProviderDeps<KiroOptions>
  readonly #lanes: LaneBook

  constructor(deps: ProviderDeps<KiroOptions>) {
    super()
    // Plain values: what the container hands over looks each name up whenever it is read.
    const { name, options, log, clock } = deps
    this.#deps = { name, options: { ...options, kiroVersion: kiroVersionOf(options.kiroVersion) }, log, clock }
    this.#lanes = new LaneBook(this.#deps.options)
    this.importer = createKiroImporter(deps.clock)
    this.hosts = originsFor(options)
    this.signIn = createKiroSignIn(this.#deps)
  }

  lanes(account: KiroAccount): readonly KiroLane[] {
    return this.#lanes.lanes(account)
  }

  lifetime(credential: KiroCredential): CredentialLifetime {
    const { refresh, replayable } = AUTH[credential.kind]
    if (refresh === undefined) return { expiresAt: Number.POSITIVE_INFINITY, replayable }
    return { expiresAt: credential.accessToken === undefined ? undefined : credential.expiresAt, replayable }
  }

  identity({ refreshToken, apiKey }: KiroCredential): string | undefined {
    return refreshToken ?? apiKey
  }

  refreshToken(account: KiroAccount, http: HttpClient): Promise<KiroCredential> {
    const { refresh } = AUTH[account.credential.kind]
    if (refresh !== undefined) return refresh({ account, http, ...this.#deps })
    return Promise.reject(
      new GatewayError('needs_login', 'the Kiro API key is not accepted and cannot be renewed; add a new one', { reason: 'api_key_rejected' }),
    )
  }

  prepare(account: KiroAccount, http: HttpClient, remedies: ReadonlySet<string>): Promise<Facts> | undefined {
    const needsProfile = lacksProfile(account) || (remedies.has('resolve-profile') && mayChangeProfile(account.credential.kind))
    if (!needsProfile && account.facts.machineId !== undefined) return undefined
    const facts: Facts = { machineId: derivedMachineId(account.id), ...account.facts }
    return needsProfile ? resolveProfile(this.#caller(account, http)).then(found => ({ ...facts, ...found })) : Promise.resolve(facts)
  }

  async models(account: KiroAccount, http: HttpClient): Promise<readonly ModelCard[]> {
    const models = await listModels(this.#caller(account, http))
    this.catalog.remember(account.id, models)
    return models.map(model => model.card)
  }

  quota(account: KiroAccount, http: HttpClient): Promise<Quota> {
    return readQuota(this.#caller(account, http))
  }

  buildRequest(request: ChatRequest, attempt: KiroAttempt): KiroBuiltRequest {
    const { account, call, model, remedies } = attempt
    const { origin, profile } = this.#lane(attempt)
    const profileArn = profileArnForLane(account, profile)
    const card = this.catalog.card(account.id, model)
    const { body, warnings, ...kiro } = buildKiroRequest(request, {
      model,
      origin: profile.origin,
      // Part of it is the account: an id seen at two accounts would tie them together.
      conversationId: conversationIdFor(request, `${call.principal.tenant ?? call.principal.keyId}/${account.id}`),
      agentContinuationId: randomUUID(),
      remedies,
      modelFields: this.catalog.fields(account.id, model),
      limits: this.#deps.options.limits,
      ...(card === undefined ? {} : { card }),
      ...(profileArn === undefined ? {} : { profileArn }),
    })
    return { method: 'POST', url: `${origin}${profile.path}`, body, warnings, kiro }
  }

  buildHeaders(attempt: KiroAttempt): Record<string, string> {
    return this.#lanes.headers(attempt.account, this.#lane(attempt))
  }

  parseResponse(attempt: KiroAttempt, built: KiroBuiltRequest, request: ChatRequest): ResponseParser {
    const { toolNames, estimatedInputTokens, reasoningRequested, manyTools } = built.kiro
    const contextWindow = this.catalog.card(attempt.account.id, attempt.model)?.limits?.inputTokens
    return createKiroParser({
      model: attempt.model,
      toolNames,
      stop: request.stop,
      estimatedInputTokens,
      manyTools,
      warnings: built.warnings,
      reasoning: reasoningRequested ? 'visible' : 'hidden',
      newId: randomUUID,
      ...(contextWindow === undefined ? {} : { contextWindow }),
      ...(request.maxTokens === undefined ? {} : { maxTokens: request.maxTokens }),
    })
  }

  classify(failure: UpstreamFailure): GatewayError {
    return classifyKiroFailure(failure, this.#deps.clock.now())
  }

  /** Loaded on demand: most gateways have accounts and never run it. */
  readonly sandbox = async (options: SandboxOptions): Promise<Sandbox<KiroCredential>> => {
    const { startSandbox } = await import('./simulator/sandbox.ts')
    return startSandbox(options)
  }

  #caller(account: KiroAccount, http: HttpClient) {
    return { account, http, options: this.#deps.options }
  }

  #lane({ account, lane }: KiroAttempt): KiroLane {
    const found = this.#lanes.find(account, lane.id)
    if (found === undefined) throw new GatewayError('internal', 'the Kiro account has no endpoint')
    return found
  }
}

/** The Kiro provider, for a configuration's list. */
export const kiro = defineProvider('kiro', KiroProvider, KiroOptions)

import { randomUUID } from 'node:crypto'
import { Value } from 'typebox/value'
import type { Account, ImportedAccount } from '../contract/account.ts'
import type { Attempt } from '../contract/call.ts'
import type { ProviderEntry, ProviderClass } from '../contract/config.ts'
import type { HttpClient } from '../contract/http-client.ts'
import type { Logger } from '../contract/log.ts'
import type { Provider } from '../contract/provider.ts'
import type { ProviderSeams } from '../contract/seams.ts'
import { GatewayError, type Remedy } from '../errors/gateway-error.ts'
import type { StreamEvent } from '../model/event.ts'
import type { ChatRequest } from '../model/request.ts'
import { systemClock } from '../telemetry/system-clock.ts'
import { Agents } from '../transport/agents.ts'
import { createHttpClient } from '../transport/http-client.ts'
import { RecordingHttp } from './recorded-http.ts'
import type { SampleConversation, WantedAnswer } from './sample-conversations.ts'

/** A simulated upstream that runs, with everything that a provider needs for it. */
export interface ConformanceUpstream {
  /** The provider as it stands in a configuration, with the settings that send its calls there: `gemini({ apiUrl })`. */
  readonly provider: ProviderEntry
  /** Accounts that work there; left out: those that the settings name. */
  readonly accounts?: readonly ImportedAccount[]
  /** Members of a credential that are no secrets; those that are short or an address are never taken for one. */
  readonly notSecret?: readonly string[]
  /** The model that is asked. */
  readonly model: string
  /**
   * Makes the upstream give this answer next.
   * @returns what must stand in the user's message for it; undefined: the upstream was told in another way
   */
  cue(wanted: WantedAnswer, stream: boolean): string | undefined
  close(): Promise<void>
}

/** Opens an upstream once, and holds the provider that is measured against it. */
export class ProviderBench {
  readonly #open: () => Promise<ConformanceUpstream>
  #opened: Promise<OpenBench> | undefined

  constructor(open: () => Promise<ConformanceUpstream>) {
    this.#open = open
  }

  opened(): Promise<OpenBench> {
    this.#opened ??= this.#open().then(openBench)
    return this.#opened
  }

  async close(): Promise<void> {
    const bench = await this.#opened
    if (bench === undefined) return
    await bench.provider.close?.()
    await bench.agents.close()
    await bench.upstream.close()
  }
}

export interface OpenBench {
  readonly upstream: ConformanceUpstream
  readonly entry: ProviderEntry
  readonly provider: Provider
  readonly accounts: readonly [Account, ...Account[]]
  /** The seams of a provider that extends BaseProvider. */
  readonly seams: ProviderSeams<unknown> | undefined
  readonly agents: Agents
  /** Records every call since the start. */
  readonly http: RecordingHttp
  /** What was logged so far. */
  readonly logged: () => string
  /** Texts that nobody may read anywhere but in a credential and in the headers of upstream calls. */
  readonly secrets: readonly string[]
}

async function openBench(upstream: ConformanceUpstream): Promise<OpenBench> {
  const { provider: entry } = upstream
  const lines: string[] = []
  const log = loggerInto(lines)
  const options: unknown = Value.Parse(entry.schema, Value.Default(entry.schema, structuredClone(entry.options)))
  const type = entry.type as unknown as ProviderClass<unknown>
  const provider = new type({ name: entry.name, options, log, clock: systemClock })
  const agents = new Agents()
  const http = new RecordingHttp(createHttpClient({ dispatcher: agents.for('direct'), proxy: 'direct', clock: systemClock }))
  const imported = upstream.accounts ?? provider.accounts ?? []
  const accounts: Account[] = []
  for (const [index, account] of imported.entries()) accounts.push(await ready(provider, http, accountOf(entry.name, account, index)))
  const [first, ...others] = accounts
  if (first === undefined) throw new Error('the upstream gives no account, and the settings name none')
  return {
    ...{ upstream, entry, provider, agents, http },
    accounts: [first, ...others],
    seams: 'buildRequest' in provider && 'classify' in provider ? (provider as unknown as ProviderSeams<unknown>) : undefined,
    logged: () => lines.join('\n'),
    secrets: accounts.flatMap(({ credential }) => secretsOf(credential, upstream.notSecret ?? [])),
  }
}

function accountOf(provider: string, { label, credential, facts = {}, settings = {} }: ImportedAccount, index: number): Account {
  return { id: `account-${index + 1}`, provider, label, credential, generation: 1, facts, settings }
}

/** As core makes an account ready: a credential that is valid now, and what the provider says is lacking. */
async function ready(provider: Provider, http: HttpClient, account: Account): Promise<Account> {
  const { expiresAt = 0 } = provider.lifetime?.(account.credential as never) ?? { expiresAt: Number.POSITIVE_INFINITY }
  const renewed: Account =
    expiresAt > systemClock.now() || provider.refreshToken === undefined
      ? account
      : { ...account, credential: await provider.refreshToken(account as never, http), generation: 2 }
  const facts = await provider.prepare?.(renewed as never, http, new Set())
  return facts === undefined ? renewed : { ...renewed, facts }
}

/** Long texts of a credential: tokens, keys, client secrets. Addresses and words for kinds are none. */
function secretsOf(credential: unknown, notSecret: readonly string[]): readonly string[] {
  if (typeof credential === 'string') return credential.length >= 16 && !/^https?:/.test(credential) ? [credential] : []
  if (typeof credential !== 'object' || credential === null) return []
  return Object.entries(credential).flatMap(([name, value]) => (notSecret.includes(name) ? [] : secretsOf(value, notSecret)))
}

function loggerInto(lines: string[]): Logger {
  const note = (message: string, fields: unknown = {}) =>
    void lines.push(`${message} ${JSON.stringify(fields, (_name, value: unknown) => (value instanceof Error ? String(value) : value))}`)
  const log: Logger = { debug: note, info: note, warn: note, error: note, child: () => log }
  return log
}

/** A request as routing hands it to the provider. */
export function requestFor({ upstream }: OpenBench, { request, wanted }: SampleConversation, stream = true): ChatRequest {
  const cue = upstream.cue(wanted, stream) ?? 'Go on.'
  return { ...request(cue), model: upstream.model, stream }
}

export interface AttemptSettings {
  readonly http?: HttpClient
  readonly account?: Account
  readonly signal?: AbortSignal
  readonly remedies?: ReadonlySet<Remedy>
}

export function attemptFor(bench: OpenBench, request: ChatRequest, settings: AttemptSettings = {}): Attempt {
  const { http = bench.http, account = bench.accounts[0], signal = new AbortController().signal, remedies = new Set() } = settings
  const log = loggerInto([])
  const [lane = { id: bench.provider.name, origin: 'http://127.0.0.1' }] = bench.provider.lanes?.(account as never) ?? []
  return {
    call: { id: `req_${randomUUID()}`, dialect: 'test', principal: { keyId: 'key-1' }, request, requestedModel: request.model, trail: [], signal, log },
    ...{ number: 1, account, lane, model: request.model, http, clock: systemClock, remedies, signal },
  }
}

/** All events of an answer. What is thrown instead of an answer is its failure; a changed retry that it asks for is made once, as the engine does. */
export async function ask(bench: OpenBench, request: ChatRequest, settings: AttemptSettings = {}): Promise<readonly StreamEvent[]> {
  const events = await askOnce(bench, request, settings)
  const [first] = events
  const remedy = first?.type === 'failure' ? first.error.remedy : undefined
  if (remedy === undefined || settings.http !== undefined) return events
  return askOnce(bench, request, { ...settings, remedies: new Set([remedy]) })
}

async function askOnce(bench: OpenBench, request: ChatRequest, settings: AttemptSettings): Promise<readonly StreamEvent[]> {
  const events: StreamEvent[] = []
  try {
    for await (const batch of bench.provider.stream(request, attemptFor(bench, request, settings) as never)) events.push(...batch)
  } catch (error) {
    events.push({ type: 'failure', error: GatewayError.from(error) })
  }
  return events
}

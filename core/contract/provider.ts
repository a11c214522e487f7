import type { Static, TSchema } from 'typebox'
import type { GatewayError } from '../errors/gateway-error.ts'
import type { Batch } from '../model/event.ts'
import type { ModelCard } from '../model/model-card.ts'
import type { ChatRequest } from '../model/request.ts'
import type { Account, Facts, ImportedAccount, Lane, Quota } from './account.ts'
import type { Attempt } from './call.ts'
import type { HttpClient } from './http-client.ts'
import type { BuiltRequest, ProviderSeams, ResponseParser, UpstreamFailure } from './seams.ts'
import type { SignIn } from './sign-in.ts'
import { streamReply } from './stream-reply.ts'

/** Who answers chat requests. This much is enough for an echo; a provider that speaks HTTP extends BaseProvider. */
export interface Provider<C extends TSchema = TSchema> {
  readonly name: string
  /** One account's secret, as a schema: what the store validates and the vault seals. */
  readonly credential: C
  models(account: Account<Static<C>>, http: HttpClient): Promise<readonly ModelCard[]>
  stream(request: ChatRequest, attempt: Attempt<Static<C>>): AsyncIterable<Batch>
  readonly catalog?: StaticCatalog
  /** Origins that it calls whatever the account, for `doctor` to try; of a list among them any one will do. */
  readonly hosts?: readonly (string | readonly string[])[]
  /** The wire that it speaks with its upstream, where that is one that clients speak too: such a client's words go on as they are. */
  readonly wire?: string
  /** Whether the answer to this request comes in one piece at its end: silence before that is then no sign of trouble. */
  answersWhole?(request: ChatRequest): boolean

  /** Endpoints in the order of preference; one lane named after the provider when absent. */
  lanes?(account: Account<Static<C>>): readonly Lane[]
  /** A new credential for one that is used up. Core owns when, who and how it is kept (`docs/accounts.md`). */
  refreshToken?(account: Account<Static<C>>, http: HttpClient): Promise<Static<C>>
  /** When the credential must be renewed; absent: never. */
  lifetime?(credential: Static<C>): CredentialLifetime
  /** The part of a credential that two notes of one account share, such as its refresh token: keeps an import from adding it twice. */
  identity?(credential: Static<C>): string | undefined
  /** What the account still lacks to be used; core keeps the answer. Undefined, at once, when nothing is lacking. */
  prepare?(account: Account<Static<C>>, http: HttpClient, remedies: ReadonlySet<string>): Promise<Facts> | undefined
  quota?(account: Account<Static<C>>, http: HttpClient): Promise<Quota>
  countTokens?(request: ChatRequest, attempt: Attempt<Static<C>>): Promise<number>
  /** Accounts that the configuration names, with their secrets; kept like any other. */
  readonly accounts?: readonly ImportedAccount<Static<C>>[]
  readonly importer?: CredentialImporter<Static<C>>
  /** How people sign in; absent: accounts come from elsewhere. */
  readonly signIn?: SignIn<Static<C>>
  readonly sandbox?: (options: SandboxOptions) => Promise<Sandbox<Static<C>>>
  close?(): Promise<void>
}

/** Names that hold without asking the upstream: fallback list, aliases, and a rule for names not listed. */
export interface StaticCatalog {
  readonly models: readonly ModelCard[]
  /** The provider's id for a client's word, or undefined when it is none of its models' names. */
  resolve(name: string): string | undefined
}

export interface CredentialLifetime {
  /** Wall clock, milliseconds; undefined: unknown, refresh before first use; Infinity: never. */
  readonly expiresAt: number | undefined
  /** Whether a spent refresh token may be presented once more after an answer was lost without harm. */
  readonly replayable: boolean
}

export interface CredentialImporter<C = unknown> {
  /**
   * Reads whatever credential shape `text` holds.
   * @throws GatewayError `bad_request` that says what is wrong with it
   */
  parse(text: string, context: ImportContext): Promise<ImportedCredentials<C>>
  /** Accounts that the environment describes. */
  environment?(variables: Variables, context: ImportContext): readonly ImportedAccount<C>[]
  /**
   * What a SQLite file of the provider's own programs holds, as text for `parse`; absent: they have none.
   * @param variables the environment: some of them seal what they keep with a key that stands there
   * @throws Error when it is none of theirs
   */
  readDatabase?(path: string, variables: Variables): string
  /** For each of the provider's own programs the files in which it may keep its sign-in, likeliest first. */
  places?(machine: Machine): readonly (readonly string[])[]
  /** An account as the provider's own programs write it down, which `parse` reads back; absent: they have no such form. */
  write?(account: ImportedAccount<C>): unknown
  /** A source's text with the renewed credential in the place of the one it holds, all else as it was; undefined: it has no such place. */
  renew?(text: string, change: RenewedCredential<C>): string | undefined
}

export type Variables = Readonly<Record<string, string | undefined>>

export interface RenewedCredential<C = unknown> {
  /** As `parse` read it from the text. */
  readonly from: C
  readonly to: C
}

/** The computer that a command runs on. */
export interface Machine {
  readonly platform: string
  readonly home: string
  readonly variables: Variables
}

export interface ImportContext {
  /** Where the text came from, for labels and messages: a path, `-`, a URL. */
  readonly source: string
  /** Reads a file beside the source; undefined when there is none. */
  readonly companion: (name: string) => Promise<string | undefined>
  /** Names of the files beside the source. */
  readonly companions: () => Promise<readonly string[]>
  /** The file that the source names by its path; absent: nothing that the source says is followed. */
  readonly linked?: (path: string) => Promise<CredentialText | undefined>
}

/** What a place holds, with what is beside it. */
export interface CredentialText {
  readonly text: string
  readonly context: ImportContext
}

export interface ImportedCredentials<C = unknown> {
  readonly accounts: readonly ImportedAccount<C>[]
  /** Entries that were passed over, each with its reason. */
  readonly rejected: readonly RejectedEntry[]
}

export interface RejectedEntry {
  readonly index: number
  readonly reason: string
  /** The entry's own name for itself. */
  readonly label?: string
}

export interface SandboxOptions {
  readonly port?: number
  /** For people who test with it: strict, with a journal and faults that can be scripted over HTTP. Else a lenient stand-in. */
  readonly scripted?: boolean
}

/** A running imitation of the upstream, with an account that works there. */
export interface Sandbox<C = unknown> {
  readonly origin: string
  readonly accounts: readonly ImportedAccount<C>[]
  /** Settings of the provider that send its calls there. */
  readonly options: Readonly<Record<string, unknown>>
  /** How to use it from elsewhere, a line each. */
  readonly usage: readonly string[]
  close(): Promise<void>
}

/** A provider that speaks HTTP: fill in the seams, the template runs them. */
export abstract class BaseProvider<C extends TSchema = TSchema> implements Provider<C>, ProviderSeams<Static<C>> {
  abstract readonly name: string
  abstract readonly credential: C
  abstract models(account: Account<Static<C>>, http: HttpClient): Promise<readonly ModelCard[]>

  /**
   * The upstream's request for a client's.
   * @throws GatewayError `bad_request` naming the rule and the message index when no repair helps
   */
  abstract buildRequest(request: ChatRequest, attempt: Attempt<Static<C>>): BuiltRequest
  abstract buildHeaders(attempt: Attempt<Static<C>>): Record<string, string>
  abstract parseResponse(attempt: Attempt<Static<C>>, built: BuiltRequest, request: ChatRequest): ResponseParser
  abstract classify(failure: UpstreamFailure): GatewayError
  rateLimits?(headers: Readonly<Record<string, string>>, now: number): Quota | undefined

  /** Media type that a streamed answer must have, as a prefix; anything else of status 200 is nonsense. */
  abstract readonly streams: string

  stream(request: ChatRequest, attempt: Attempt<Static<C>>): AsyncIterable<Batch> {
    return streamReply(this, request, attempt)
  }
}

import type { ImportedAccount } from './account.ts'
import type { HttpClient } from './http-client.ts'

/**
 * How people add accounts of a provider by signing in. The provider knows addresses, secrets and tokens; core shows
 * things, listens, waits and keeps what comes of it, so that a terminal and a web page can drive the same flow.
 */
export interface SignIn<C = unknown> {
  readonly methods: readonly SignInMethod[]
  /**
   * Begins a sign-in with one of the methods; `finished` at once where nobody has to be asked anything.
   * @throws GatewayError `bad_request` for inputs that cannot be right, or what the upstream answered
   */
  begin(method: string, start: SignInStart): Promise<SignInFlow<C>>
  /** Names of the person behind an account, as far as it tells: two accounts that share one are the same person's. */
  persons(account: Pick<ImportedAccount<C>, 'credential' | 'facts'>): readonly string[]
}

export interface SignInMethod {
  /** As on the command line: `google`. */
  readonly name: string
  /** For people: `Google`. */
  readonly title: string
  /** What must be known before it begins. */
  readonly inputs: readonly SignInInput[]
  /** Set where the browser comes back to an address on the machine that it runs on. */
  readonly callback?: CallbackAddress
}

export interface SignInInput {
  readonly name: string
  /** For people: `Start URL`. */
  readonly title: string
  /** Never on a command line, never shown while it is typed. */
  readonly secret: boolean
  readonly optional: boolean
}

/** Where the upstream agrees to send a browser back to. */
export interface CallbackAddress {
  /** As the browser must name it; what listens does so on 127.0.0.1. */
  readonly host: string
  /** Any of them, best first. */
  readonly ports: readonly number[]
  readonly paths: readonly string[]
}

export interface SignInStart {
  /** By the names of the method's inputs. */
  readonly inputs: Readonly<Record<string, string>>
  readonly http: HttpClient
  /** One of the method's callback ports; only where it has some. */
  readonly port?: number
}

export type SignInFlow<C = unknown> = CallbackFlow<C> | DeviceFlow<C> | FinishedFlow<C>

/** A person signs in at `url`, and the browser comes back with a code. */
export interface CallbackFlow<C = unknown> {
  readonly kind: 'callback'
  /** Holds nothing that would let somebody else finish. */
  readonly url: string
  /** Wall clock, milliseconds. */
  readonly expiresAt: number
  /** Whether a callback belongs to this flow; one that does not must change nothing. */
  recognises(callback: CallbackParameters): boolean
  /**
   * Ends the flow, whatever comes of it.
   * @throws GatewayError `forbidden` when the person or the upstream refused
   */
  finish(callback: CallbackParameters): Promise<SignedIn<C>>
}

/** The query of a callback, with the path that the browser came back to where that is known. */
export interface CallbackParameters {
  readonly query: URLSearchParams
  readonly path?: string
}

/** A person signs in at `url` with a short code, on any machine, while we ask whether they have. */
export interface DeviceFlow<C = unknown> {
  readonly kind: 'device'
  readonly url: string
  /** To be compared with the one at `url`, or typed there. */
  readonly userCode: string
  /** Wall clock, milliseconds. */
  readonly expiresAt: number
  /** To be kept between two polls, the first one included. */
  readonly intervalMs: number
  /** @throws GatewayError `forbidden` when the person refused or the code ran out */
  poll(): Promise<DevicePoll<C>>
}

export type DevicePoll<C = unknown> =
  | { readonly kind: 'pending' }
  | { readonly kind: 'slow-down' }
  | { readonly kind: 'signed-in'; readonly signedIn: SignedIn<C> }

export interface FinishedFlow<C = unknown> {
  readonly kind: 'finished'
  readonly signedIn: SignedIn<C>
}

/** An account that the upstream has accepted. */
export interface SignedIn<C = unknown> {
  /** Named after the person where the upstream tells, else after the method. */
  readonly account: ImportedAccount<C>
  /** The plan's name. */
  readonly plan?: string
  /** What could not be checked, in a sentence for people. */
  readonly doubt?: string
}

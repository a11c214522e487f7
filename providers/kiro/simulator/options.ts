import type { RotationMode } from './tokens.ts'
import type { AnswerOptions } from './steps.ts'
import type { ValidationProfile } from './validation/rule.ts'

/** How the imitated service is set up. */
export interface KiroSimulatorOptions {
  /** Default 0: any free port. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default `strict`. */
  readonly validation?: ValidationProfile
  /** Default `strict`: every refresh token works once. */
  readonly rotation?: RotationMode
  /** Default 3600. */
  readonly accessTokenSeconds?: number
  /** Put before the text of every answer. */
  readonly marker?: string
  /** What is answered without a script. */
  readonly answer?: AnswerOptions
  /** Wall clock for expiry and for the journal, milliseconds; waits are real. */
  readonly now?: () => number
  /** One window for all models; without it each has its own, 200000 or more. */
  readonly contextWindow?: number
  /** Bytes of a request's body; default 8 MiB. */
  readonly bodyLimit?: number
  /** Region that the listener's hosts stand for; without it the `Host` header says so, or any region is right. */
  readonly region?: string
  /** Start URLs of organisations, each with the region of its Identity Center; any other https address is one in every region. */
  readonly identityCenters?: Readonly<Record<string, string>>
  /** Most models on one page of the list; default as the client asks. */
  readonly pageSize?: number
  /** Default true. */
  readonly journal?: boolean
  /** Default true. */
  readonly journalBodies?: boolean
  /** Whether other processes may steer it through `/__simulator/…`; default true. */
  readonly remoteControl?: boolean
}

type Defaulted =
  | 'host'
  | 'port'
  | 'validation'
  | 'rotation'
  | 'accessTokenSeconds'
  | 'marker'
  | 'now'
  | 'bodyLimit'
  | 'journal'
  | 'journalBodies'
  | 'remoteControl'

export type SimulatorSettings = Required<Pick<KiroSimulatorOptions, Defaulted>> & Omit<KiroSimulatorOptions, Defaulted>

export function settingsOf(options: KiroSimulatorOptions): SimulatorSettings {
  return {
    port: 0,
    host: '127.0.0.1',
    validation: 'strict',
    rotation: 'strict',
    accessTokenSeconds: 3600,
    marker: '',
    now: Date.now,
    bodyLimit: 8 * 1024 * 1024,
    journal: true,
    journalBodies: true,
    remoteControl: true,
    ...options,
  }
}

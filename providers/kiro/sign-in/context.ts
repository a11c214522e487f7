import type { Clock, HttpClient } from '../../../core/index.ts'
import type { KiroOptions } from '../options.ts'

/** What a sign-in works with. */
export interface SignInContext {
  readonly http: HttpClient
  readonly clock: Clock
  readonly options: KiroOptions
}

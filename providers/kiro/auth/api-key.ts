import type { AuthStrategy } from './strategy.ts'

/** A key is the bearer token itself and has no end that we could know of. */
export const apiKeyAuth: AuthStrategy = { replayable: false }

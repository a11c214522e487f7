import type { SendOptions } from '../../../core/index.ts'

/**
 * Limits of every call to a token endpoint. No abort signal is among them: the answer may hold the only copy of a rotated
 * token, so nobody cancels it; and its end must come well before a lock on the refresh does.
 */
export const TOKEN_CALL: SendOptions = { timeoutMs: 15_000, maxBytes: 64 * 1024 }

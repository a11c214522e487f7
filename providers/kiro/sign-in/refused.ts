import { GatewayError, redactText, type UpstreamResponse } from '../../../core/index.ts'
import { readRefusal } from '../auth/refusal.ts'

/** A sign-in that the person, or whoever decides for them, did not allow. */
export function refusedSignIn(word: string): GatewayError {
  const shown = plainWord(word)
  if (shown === 'access_denied') return new GatewayError('forbidden', 'the sign-in was refused in the browser; sign in again and agree')
  return new GatewayError('forbidden', `the sign-in ended with an error (${shown}); sign in again`, { reason: shown })
}

/** An answer of a sign-in host that is no success. */
export function unusableAnswer(response: UpstreamResponse, what: string): GatewayError {
  const { status, word, foreign } = readRefusal(response)
  if (status === 429) return new GatewayError('rate_limited', 'the sign-in service asks to wait; try again in a few minutes')
  if (status >= 500 || foreign)
    return new GatewayError('upstream_failed', `the sign-in service failed with HTTP ${status}, or something between answered in its place; try again later`)
  const reason = word === undefined ? `HTTP ${status}` : plainWord(word)
  return new GatewayError('forbidden', `the sign-in service does not accept ${what} (${reason}); sign in again`, { reason })
}

/** Of an upstream's word what can be shown in a terminal, where it may come from anybody's link. */
function plainWord(word: string): string {
  return redactText(word)
    .replace(/[^\w .-]/g, '')
    .slice(0, 60)
}

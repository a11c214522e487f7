import type { KiroCredential } from '../credential.ts'
import { oidcOrigin } from '../endpoints.ts'
import { authRegion } from '../regions.ts'
import { incomplete, needsLogin, readRefusal, type Refusal, transient } from './refusal.ts'
import type { AuthStrategy, RefreshContext } from './strategy.ts'
import { renewedCredential } from './token-answer.ts'
import { TOKEN_CALL } from './token-call.ts'

/** Builder ID and IAM Identity Center (`kiro.md` §3.2): OAuth in JSON with camelCase members, not as a form. */
export const oidcAuth: AuthStrategy = { refresh, replayable: true }

const PERMANENT = new Set([
  'invalid_grant',
  // The client registration ends after some ninety days and takes its refresh tokens with it.
  'invalid_client',
  'unauthorized_client',
  'access_denied',
  'expired_token',
  'invalid_request',
])

async function refresh({ account, http, clock, options }: RefreshContext): Promise<KiroCredential> {
  const { refreshToken, clientId, clientSecret } = account.credential
  if (refreshToken === undefined) throw incomplete('refresh token')
  if (clientId === undefined || clientSecret === undefined) throw incomplete('client registration (clientId and clientSecret)')
  const response = await http.send(
    {
      method: 'POST',
      url: `${oidcOrigin(authRegion(account.credential, options), options)}/token`,
      headers: { 'content-type': 'application/json', accept: 'application/json', 'user-agent': 'node' },
      body: JSON.stringify({ clientId, clientSecret, refreshToken, grantType: 'refresh_token' }),
    },
    TOKEN_CALL,
  )
  if (response.status === 200) return renewedCredential(account.credential, response, clock.now())
  const refusal = readRefusal(response)
  throw isPermanent(refusal) ? needsLogin(refusal.word ?? `refresh_http_${refusal.status}`) : transient(response, clock.now())
}

function isPermanent({ status, word, foreign }: Refusal): boolean {
  if (status !== 400 && status !== 401 && status !== 403) return false
  return word === undefined ? status === 401 && !foreign : PERMANENT.has(word)
}

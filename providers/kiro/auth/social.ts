import type { KiroCredential } from '../credential.ts'
import { socialOrigin } from '../endpoints.ts'
import { ideClient } from '../identity.ts'
import { incomplete, needsLogin, readRefusal, type Refusal, transient } from './refusal.ts'
import type { AuthStrategy, RefreshContext } from './strategy.ts'
import { renewedCredential } from './token-answer.ts'
import { TOKEN_CALL } from './token-call.ts'

/** Google and GitHub accounts (`kiro.md` §3.1). */
export const socialAuth: AuthStrategy = { refresh, replayable: true }

async function refresh({ account, http, clock, options }: RefreshContext): Promise<KiroCredential> {
  const { refreshToken } = account.credential
  if (refreshToken === undefined) throw incomplete('refresh token')
  const response = await http.send(
    {
      method: 'POST',
      url: `${socialOrigin(options)}/refreshToken`,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/plain, */*',
        'user-agent': ideClient(account, options),
      },
      body: JSON.stringify({ refreshToken }),
    },
    TOKEN_CALL,
  )
  if (response.status === 200) return renewedCredential(account.credential, response, clock.now())
  const refusal = readRefusal(response)
  throw isPermanent(refusal) ? needsLogin(`refresh_http_${refusal.status}`) : transient(response, clock.now())
}

/** 401 "Bad credentials" and 400 "Invalid refresh token provided". */
function isPermanent({ status, body, foreign }: Refusal): boolean {
  return status === 400 ? body !== undefined : status === 401 && !foreign
}

import { type CallbackFlow, type CallbackParameters, GatewayError, type SignedIn } from '../../../core/index.ts'
import { renewedCredential } from '../auth/token-answer.ts'
import { TOKEN_CALL } from '../auth/token-call.ts'
import type { KiroCredential } from '../credential.ts'
import { socialOrigin } from '../endpoints.ts'
import { ideClient } from '../identity.ts'
import { acceptedAccount, type NewAccount, newAccount } from './accepted-account.ts'
import type { SignInContext } from './context.ts'
import { isState, newProof, type Proof } from './proof.ts'
import { refusedSignIn, unusableAnswer } from './refused.ts'

/** As the sign-in service calls its identity providers. */
type IdentityProvider = 'Google' | 'Github'

const PATIENCE_MS = 600_000
const DEFAULT_PATH = '/oauth/callback'

export interface SocialStart {
  readonly identityProvider: IdentityProvider
  readonly title: string
  readonly port: number
}

/**
 * Signs in with Google or GitHub (`kiro.md` §3.5), with a loopback address to come back to: the IDE's own scheme leads to
 * the IDE, and a browser without it shows nothing that could be copied.
 */
export function beginSocial(start: SocialStart, context: SignInContext): CallbackFlow<KiroCredential> {
  const { identityProvider, port } = start
  const proof = newProof()
  const expiresAt = context.clock.now() + PATIENCE_MS
  const question = new URLSearchParams({
    idp: identityProvider,
    redirect_uri: `http://localhost:${port}${DEFAULT_PATH}`,
    code_challenge: proof.challenge,
    code_challenge_method: 'S256',
    state: proof.state,
    // Else a browser that knows one account cannot be used for a second.
    prompt: 'select_account',
  })
  const recognises = ({ query }: CallbackParameters) => isState(proof.state, query.get('state'))
  return {
    kind: 'callback',
    url: `${socialOrigin(context.options)}/login?${question.toString()}`,
    expiresAt,
    recognises,
    finish(callback) {
      if (!recognises(callback)) return Promise.reject(new GatewayError('forbidden', 'the callback belongs to another sign-in; begin anew'))
      return exchange(start, { proof, callback }, context)
    },
  }
}

interface Return {
  readonly proof: Proof
  readonly callback: CallbackParameters
}

async function exchange(start: SocialStart, { proof, callback }: Return, context: SignInContext): Promise<SignedIn<KiroCredential>> {
  const { http, clock, options } = context
  const { query } = callback
  const refusal = query.get('error')
  if (refusal !== null) throw refusedSignIn(refusal)
  const code = query.get('code')
  if (code === null || code === '')
    throw new GatewayError('bad_request', 'the callback has no code in it; copy the whole address that the browser ended at, or sign in again')
  const account: NewAccount = newAccount({ kind: 'social', identityProvider: start.identityProvider })
  const response = await http.send(
    {
      method: 'POST',
      url: `${socialOrigin(options)}/oauth/token`,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/plain, */*',
        'user-agent': ideClient(account, options),
      },
      body: JSON.stringify({ code, code_verifier: proof.verifier, redirect_uri: redirectUri(start.port, callback) }),
    },
    TOKEN_CALL,
  )
  if (response.status !== 200) throw unusableAnswer(response, 'the code of the browser')
  return acceptedAccount({ ...account, credential: renewedCredential(account.credential, response, clock.now()) }, { ...context, title: start.title })
}

/** The address that the browser came back to, to the letter: the portal adds an option that it wants to see again (`kiro.md` §3.6). */
function redirectUri(port: number, { query, path = DEFAULT_PATH }: CallbackParameters): string {
  const option = query.get('login_option')
  return `http://localhost:${port}${path}${option === null ? '' : `?login_option=${encodeURIComponent(option)}`}`
}

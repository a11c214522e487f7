import { type FinishedFlow, GatewayError } from '../../../core/index.ts'
import type { KiroCredential } from '../credential.ts'
import { acceptedAccount, newAccount } from './accepted-account.ts'
import type { SignInContext } from './context.ts'

export interface ApiKeyStart {
  readonly text: string
  /** A key does not tell where its profile lives. */
  readonly region: string | undefined
}

/** Keeps an API key after it has been tried: nobody has to be asked. */
export async function beginApiKey({ text, region }: ApiKeyStart, context: SignInContext & { readonly title: string }): Promise<FinishedFlow<KiroCredential>> {
  const apiKey = text.trim()
  if (!/^ksk_[\x21-\x7e]+$/.test(apiKey) || apiKey.includes('...')) {
    throw new GatewayError('bad_request', 'this is no Kiro API key: one begins with ksk_ and has no white space in it; copy the whole of it')
  }
  const account = newAccount({ kind: 'api-key', apiKey, ...(region === undefined ? {} : { apiRegion: region }) })
  try {
    return { kind: 'finished', signedIn: await acceptedAccount(account, context) }
  } catch (error) {
    // What is said of a token that was refused names remedies that a key does not have.
    if (!GatewayError.is(error) || error.code !== 'token_rejected') throw error
    throw new GatewayError('forbidden', 'Kiro does not accept this API key; copy the whole of it, or make a new one', { cause: error })
  }
}

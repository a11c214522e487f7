import { createHash } from 'node:crypto'
import { base62 } from './identifiers.ts'

export interface OidcClient {
  readonly clientId: string
  readonly clientSecret: string
  readonly clientIdHash: string
}

const BUILDER_ID_START = 'https://view.awsapps.com/start'

/** Client registrations; a refresh token works with the registration that it was made for, and no other. */
export class OidcClients {
  readonly #secrets = new Map<string, string>()

  register(startUrl = BUILDER_ID_START): OidcClient {
    const clientId = base62(22)
    const clientSecret = `eyJ${base62(120)}`
    this.#secrets.set(clientId, clientSecret)
    // The file name under which the IDE keeps the registration (`kiro.md` §2.2).
    const clientIdHash = createHash('sha1')
      .update(JSON.stringify({ startUrl: startUrl.replace(/\/$/, '') }))
      .digest('hex')
    return { clientId, clientSecret, clientIdHash }
  }

  isGenuine(clientId: unknown, clientSecret: unknown): boolean {
    return typeof clientId === 'string' && clientSecret !== undefined && this.#secrets.get(clientId) === clientSecret
  }
}

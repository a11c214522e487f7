import { createHash } from 'node:crypto'
import { base62 } from './identifiers.ts'

export interface OidcClient {
  readonly clientId: string
  readonly clientSecret: string
  readonly clientIdHash: string
}

/** What a client said of itself. Whatever it left out is not held against it. */
export interface Registration {
  readonly startUrl?: string | undefined
  readonly grantTypes?: readonly string[] | undefined
  readonly redirectUris?: readonly string[] | undefined
  /** SSO region of the host that it registered at. */
  readonly region?: string | undefined
  /** Wall clock, milliseconds. */
  readonly expiresAt?: number | undefined
}

/** A client that asks for something, with where and when it does. */
export interface ClientCall {
  readonly clientId: unknown
  readonly clientSecret: unknown
  readonly region?: string | undefined
  readonly now: number
}

export const BUILDER_ID_START = 'https://view.awsapps.com/start'

/** Client registrations; a refresh token works with the registration that it was made for, and no other. */
export class OidcClients {
  readonly #clients = new Map<string, Registration & { readonly clientSecret: string }>()

  register(registration: Registration = {}): OidcClient {
    const { startUrl = BUILDER_ID_START } = registration
    const clientId = base62(22)
    const clientSecret = `eyJ${base62(120)}`
    this.#clients.set(clientId, { ...registration, clientSecret })
    // The file name under which the IDE keeps the registration (`kiro.md` §2.2).
    const clientIdHash = createHash('sha1')
      .update(JSON.stringify({ startUrl: withoutSlash(startUrl) }))
      .digest('hex')
    return { clientId, clientSecret, clientIdHash }
  }

  /** The registration of a client that proves itself, in the region that it belongs to, while it lasts. */
  genuine({ clientId, clientSecret, region, now }: ClientCall): Registration | undefined {
    const client = typeof clientId === 'string' ? this.#clients.get(clientId) : undefined
    if (client === undefined || client.clientSecret !== clientSecret) return undefined
    if (client.expiresAt !== undefined && client.expiresAt <= now) return undefined
    return client.region === undefined || region === undefined || client.region === region ? client : undefined
  }

  get(clientId: string): Registration | undefined {
    return this.#clients.get(clientId)
  }
}

/** Whether a client may use a grant: one that named none may use any. */
export function mayUse(client: Registration, grant: string): boolean {
  return client.grantTypes === undefined || client.grantTypes.includes(grant)
}

export function withoutSlash(url: string): string {
  return url.replace(/\/$/, '')
}

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface TokenServer {
  readonly url: string
  /** Refresh calls that were answered with a new token. */
  renewals: number
  /** Refresh tokens presented that the server had forgotten. */
  refused: number
  /** Told when a new token is decided on, before the answer is written. */
  onRenewal: () => void
  /** Told when the answer has been written. */
  onAnswered: () => void
  close(): Promise<void>
}

interface Family {
  /** The last token that was used. */
  confirmed: string
  /** Given out since, none of them used yet. */
  readonly issued: Set<string>
}

/**
 * A token endpoint that rotates: with grace, a token stays valid until one given out for it is used; without, it is
 * dead the moment it was presented. Tokens are `NAME-NUMBER`, and the access token is the refresh token's with `access-of-`.
 */
export async function startTokenServer({ grace }: { readonly grace: boolean }): Promise<TokenServer> {
  const families = new Map<string, Family>()
  let serial = 0
  const family = (token: string): Family => {
    const name = token.slice(0, token.lastIndexOf('-'))
    const known = families.get(name) ?? { confirmed: `${name}-0`, issued: new Set<string>() }
    families.set(name, known)
    return known
  }
  const use = (token: string): boolean => {
    const known = family(token)
    if (known.issued.has(token)) {
      known.confirmed = token
      known.issued.clear()
    }
    return known.confirmed === token
  }

  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', chunk => (body += chunk))
    request.on('end', () => {
      if (request.url === '/hello') {
        response.end()
        return
      }
      if (request.url === '/use') {
        response.writeHead(use(body) ? 200 : 403).end()
        return
      }
      if (!use(body)) {
        state.refused++
        response.writeHead(400).end('invalid_grant')
        return
      }
      const known = family(body)
      const next = `${body.slice(0, body.lastIndexOf('-'))}-${++serial}`
      known.issued.add(next)
      if (!grace) {
        known.confirmed = next
        known.issued.clear()
      }
      state.renewals++
      state.onRenewal()
      response.end(next, () => state.onAnswered())
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const state: TokenServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    renewals: 0,
    refused: 0,
    onRenewal() {},
    onAnswered() {},
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return state
}

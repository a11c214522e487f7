import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { selfSigned } from './self-signed.ts'

export interface TlsServer {
  readonly port: number
  /** The certificate to be trusted. */
  readonly ca: string
  /** `METHOD PATH` of every request. */
  readonly requests: string[]
  readonly headers: IncomingMessage['headers'][]
  /** Connections that were opened. */
  connections: number
  close(): Promise<void>
}

/** A server on loopback that speaks https under the given names. */
export async function startTlsServer(names: readonly string[], answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<TlsServer> {
  const { key, cert } = selfSigned(names)
  const requests: string[] = []
  const headers: IncomingMessage['headers'][] = []
  const server = createServer({ key, cert }, (request, response) => {
    requests.push(`${request.method} ${request.url}`)
    headers.push(request.headers)
    answer(request, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const running: TlsServer = {
    port: (server.address() as AddressInfo).port,
    ...{ ca: cert, requests, headers, connections: 0 },
    close: () =>
      new Promise(resolve => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  server.on('connection', () => running.connections++)
  return running
}

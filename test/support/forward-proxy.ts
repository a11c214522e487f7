import { createServer, request as forward } from 'node:http'
import { connect, type AddressInfo } from 'node:net'

export interface ForwardProxy {
  readonly url: string
  /** Hosts that it was asked for, in order. */
  readonly hosts: readonly string[]
  close(): Promise<void>
}

/** An HTTP proxy that leads every host to one address: names that exist nowhere can be reached through it. */
export async function startForwardProxy(target: string): Promise<ForwardProxy> {
  const { hostname, port } = new URL(target)
  const hosts: string[] = []
  const server = createServer((request, response) => {
    hosts.push(request.headers.host ?? '')
    const { pathname, search } = new URL(request.url ?? '', target)
    const upstream = forward({ hostname, port, method: request.method, path: `${pathname}${search}`, headers: request.headers }, answer => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    request.pipe(upstream)
  })
  server.on('connect', (request, socket) => {
    hosts.push(request.headers.host ?? '')
    const upstream = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(upstream).pipe(socket)
    })
    for (const end of [socket, upstream]) end.on('error', () => [socket, upstream].forEach(each => each.destroy()))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hosts,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

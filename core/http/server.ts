import { randomUUID } from 'node:crypto'
import { createServer, type RequestListener, type Server, STATUS_CODES } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Clock } from '../contract/clock.ts'

/** A listening HTTP server that can end without cutting anybody off. */
export class HttpServer {
  readonly #server: Server
  readonly #clock: Clock
  /** Connections that another process accepted. */
  readonly #taken = new Set<Socket>()
  #watching = false
  #whenEmpty: () => void = () => undefined

  constructor(listener: RequestListener, clock: Clock) {
    this.#clock = clock
    this.#server = createServer(
      {
        // A client has 15 s for its headers and two minutes for its body, whatever its pace.
        headersTimeout: 15_000,
        requestTimeout: 120_000,
        connectionsCheckingInterval: 5_000,
        keepAliveTimeout: 75_000,
        maxHeaderSize: 32 * 1024,
        noDelay: true,
      },
      listener,
    )
    this.#server.on('clientError', refuse)
  }

  async listen({ host, port }: { host: string; port: number }): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host, port, backlog: 4096 }, () => {
        this.#server.removeListener('error', reject)
        resolve()
      })
    })
    return this.#server.address() as AddressInfo
  }

  /** Serves a connection that another process has accepted. */
  take(socket: Socket): void {
    if (!this.#server.listening && !this.#watching) {
      // Of a server that does not listen itself: with this event it begins to watch the times of its connections.
      this.#watching = true
      this.#server.emit('listening')
    }
    this.#taken.add(socket)
    socket.once('close', () => {
      this.#taken.delete(socket)
      if (this.#taken.size === 0) this.#whenEmpty()
    })
    // As this server's own have it: an answer goes on though the client has said all that it will say.
    socket.allowHalfOpen = true
    socket.setNoDelay(true)
    this.#server.emit('connection', socket)
    socket.resume()
  }

  /** Stops accepting, waits for requests in flight, drops what is left after `patienceMs`. Resolves whether all ended by themselves. */
  close(patienceMs: number): Promise<boolean> {
    return new Promise(resolve => {
      let whole = true
      // A connection that becomes idle now would otherwise stay for its keep-alive time.
      const sweep = this.#clock.timer(50, () => {
        this.#server.closeIdleConnections()
        sweep.refresh()
      })
      const timer = this.#clock.timer(patienceMs, () => {
        whole = false
        this.#server.closeAllConnections()
      })
      let open = 2
      const ended = () => {
        if (--open > 0) return
        timer.cancel()
        sweep.cancel()
        resolve(whole)
      }
      this.#server.close(ended)
      if (this.#taken.size === 0) ended()
      else this.#whenEmpty = ended
    })
  }
}

/** One short answer to what is not HTTP, then the connection closes. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nx-request-id: req_${randomUUID().replaceAll('-', '')}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
  )
}

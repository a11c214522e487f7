import { createServer, type Server, type Socket } from 'node:net'

/** A TCP server on a free loopback port whose connections a test plays by hand. */
export class RawServer {
  readonly sockets: Socket[] = []
  readonly #server: Server
  #port = 0

  private constructor(onConnection: (socket: Socket) => void) {
    this.#server = createServer(socket => {
      this.sockets.push(socket)
      socket.on('error', () => undefined)
      onConnection(socket)
    })
  }

  static async listen(onConnection: (socket: Socket) => void): Promise<RawServer> {
    const server = new RawServer(onConnection)
    await new Promise<void>(resolve => server.#server.listen(0, '127.0.0.1', resolve))
    const address = server.#server.address()
    server.#port = typeof address === 'object' && address !== null ? address.port : 0
    return server
  }

  /** Answers the first bytes of each connection with these, then leaves it to `after`. */
  static answering(bytes: string, after: (socket: Socket) => void = () => undefined): Promise<RawServer> {
    return RawServer.listen(socket => socket.once('data', () => socket.write(bytes, () => after(socket))))
  }

  get host(): string {
    return `127.0.0.1:${this.#port}`
  }

  get url(): string {
    return `http://${this.host}`
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    await new Promise<void>(resolve => this.#server.close(() => resolve()))
  }
}

/** A loopback port on which nobody listens. */
export async function closedPort(): Promise<string> {
  const server = await RawServer.listen(() => undefined)
  const { host } = server
  await server.close()
  return host
}

import { type AddressInfo, createServer, type Socket } from 'node:net'

/** Somebody who can take connections. */
export interface Taker {
  /** Hands a copy of the connection over; whether it has arrived is told by `FrontDoor.taken`. */
  give(socket: Socket, connection: number): void
}

interface Given {
  readonly socket: Socket
  readonly taker: Taker
}

/**
 * Accepts connections and gives them to workers in turn. Our copy of each stays open until the worker has said that it has
 * its own: what was on its way to one that died goes to another, and no client is left waiting for nobody.
 *
 * Neither of Node's own ways does: a shared socket gives one worker fifteen of sixteen connections that come together, and
 * the turns of `node:cluster` forget, open, what a dead worker was sent.
 */
export class FrontDoor {
  readonly #server = createServer({ pauseOnConnect: true, noDelay: true }, socket => this.#arrived(socket))
  /** With how many connections they have yet to take; whose last turn is longest ago stands first. */
  readonly #takers = new Map<Taker, number>()
  /** Nobody is there to take them. */
  #waiting: Socket[] = []
  readonly #given = new Map<number, Given>()
  #count = 0

  /** @throws Error with the system's code, such as `EADDRINUSE` */
  async listen({ host, port }: { readonly host: string; readonly port: number }): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host, port, backlog: 4096 }, () => {
        this.#server.removeListener('error', reject)
        resolve()
      })
    })
    return this.#server.address() as AddressInfo
  }

  /** From now on this one has turns. */
  join(taker: Taker): void {
    this.#takers.set(taker, 0)
    const waiting = this.#waiting
    this.#waiting = []
    for (const socket of waiting) this.#give(socket)
  }

  /** It gets no more; what it has been given is still its own. */
  leave(taker: Taker): void {
    this.#takers.delete(taker)
  }

  /** It is gone, and what it was given and did not take is another's. */
  lost(taker: Taker): void {
    this.leave(taker)
    const left = [...this.#given].filter(([, given]) => given.taker === taker)
    for (const [connection, { socket }] of left) {
      this.#given.delete(connection)
      this.#give(socket)
    }
  }

  /** The worker has its copy; ours is of no more use. */
  taken(connection: number): void {
    const given = this.#given.get(connection)
    if (given === undefined) return
    this.#given.delete(connection)
    given.socket.destroy()
    const due = this.#takers.get(given.taker)
    // In place: this is no turn.
    if (due !== undefined) this.#takers.set(given.taker, due - 1)
  }

  /** Refuses new connections and drops those that nobody has been given. */
  close(): void {
    this.#server.close()
    for (const socket of this.#waiting.splice(0)) socket.destroy()
  }

  #arrived(socket: Socket): void {
    // It is not ours to read; a client that is gone is the worker's business.
    socket.on('error', () => undefined)
    this.#give(socket)
  }

  #give(socket: Socket): void {
    const taker = this.#next()
    if (taker === undefined) {
      if (this.#server.listening) this.#waiting.push(socket)
      else socket.destroy()
      return
    }
    const connection = ++this.#count
    this.#given.set(connection, { socket, taker })
    const due = this.#takers.get(taker) ?? 0
    this.#takers.delete(taker)
    this.#takers.set(taker, due + 1)
    taker.give(socket, connection)
  }

  /** Of those with the fewest that they have yet to take the one whose last turn is longest ago. */
  #next(): Taker | undefined {
    let next: Taker | undefined
    let fewest = Infinity
    for (const [taker, due] of this.#takers) {
      if (due >= fewest) continue
      next = taker
      fewest = due
    }
    return next
  }
}

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A wire to a server on this machine that can be cut. */
export interface Relay {
  readonly port: number
  /** Breaks every connection; new ones work. */
  cut(): void
  /** Breaks every connection, and each new one at once. */
  refuse(): void
  /** Takes whatever comes and passes nothing on, in either direction. */
  swallow(): void
  restore(): void
  close(): Promise<void>
}

export async function startRelay(to: number): Promise<Relay> {
  let mode: 'pass' | 'refuse' | 'swallow' = 'pass'
  const sockets = new Set<Socket>()
  const server = createServer(near => {
    if (mode === 'refuse') {
      near.on('error', () => undefined).resetAndDestroy()
      return
    }
    const far = connect(to, '127.0.0.1')
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('error', () => into.destroy())
      from.on('data', chunk => mode !== 'swallow' && into.write(chunk))
      from.on('close', () => {
        sockets.delete(from)
        into.destroy()
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    refuse() {
      mode = 'refuse'
      cut()
    },
    swallow() {
      mode = 'swallow'
    },
    restore() {
      mode = 'pass'
    },
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}

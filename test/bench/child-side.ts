import type { Server } from 'node:http'

/** Ends this process with the one that started it, however that one ends: its end of our standard input closes. */
export function endWithParent(): void {
  process.stdin.on('end', () => process.exit())
  // Leaving in order, so that a CPU profile is written.
  process.on('SIGTERM', () => process.exit())
  process.stdin.resume()
}

/** Listens on a free port of the loopback interface and prints the origin, for the process that started this one. */
export function listenAndTell(server: Server): void {
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (typeof address === 'object' && address !== null) process.stdout.write(`ready on http://127.0.0.1:${address.port}\n`)
  })
}

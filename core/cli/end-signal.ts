/** Two deliveries of one Ctrl-C come through terminal and launcher within moments; a person who insists takes longer. */
const INSISTS_AFTER_MS = 500

/** Resolves when the process is asked to end. A second request, made later, ends it at once. */
export function endSignal(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    let askedAt: number | undefined
    const onSignal = (signal: NodeJS.Signals) => {
      if (askedAt === undefined) {
        askedAt = Date.now()
        resolve(signal)
      } else if (Date.now() - askedAt > INSISTS_AFTER_MS) process.exit(1)
    }
    // A terminal that closes does not end a server.
    process.on('SIGHUP', () => undefined)
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })
}

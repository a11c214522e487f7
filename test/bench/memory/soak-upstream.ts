// The upstream of the soak, a process of its own: the simulator with six accounts, short-lived tokens and, now and then, a fault.
import { writeFileSync } from 'node:fs'
import { type GenerateStep, startKiroSimulator } from '../../../providers/kiro/simulator/index.ts'
import { endWithParent } from '../child-side.ts'

const ACCOUNTS = 6
/** Renewed at half its life, so every ten seconds. */
const TOKEN_SECONDS = 20

/** Each is met by one call. A rate limit is over at once: six accounts at rest would be all there is. */
const FAULTS: readonly GenerateStep[] = [
  { do: 'error', error: 'internal-server-error' },
  { do: 'exception', error: 'internal-server-error', at: 'after-text' },
  { do: 'error', error: 'insufficient-throughput', retryAfter: 1 },
  { do: 'drop' },
  { do: 'stream', script: 'reset-mid-stream' },
  { do: 'error', error: 'service-unavailable' },
  { do: 'stream', script: 'error-frame' },
  { do: 'html', status: 502 },
]

const [file = '', faultsPerSecond = '0'] = process.argv.slice(2)
const simulator = await startKiroSimulator({ journal: false, accessTokenSeconds: TOKEN_SECONDS })
writeFileSync(file, JSON.stringify(Array.from({ length: ACCOUNTS }, () => simulator.issue('social', { plan: 'power', creditLimit: 100_000_000 }))), {
  mode: 0o600,
})

let next = 0
setInterval(() => {
  const fault = FAULTS[next % FAULTS.length]
  next += 1
  if (fault !== undefined) simulator.script(fault)
}, 1000 / Number(faultsPerSecond))

endWithParent()
process.stdout.write(`ready on ${simulator.origin}\n`)

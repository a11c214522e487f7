import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { AccountKind, Exhaustion, IssueOptions } from './accounts.ts'
import { type IssuedCredential, issueCredential } from './credentials.ts'
import type { JournalEntry } from './journal.ts'
import type { KiroSimulatorOptions } from './options.ts'
import { createSimulatorServer } from './server.ts'
import type { Step } from './steps.ts'
import { type SimulatorStats, type UsageReport, World } from './world.ts'

export type { AccountKind, AccountPlan, Exhaustion, IssueOptions } from './accounts.ts'
export type { IssuedCredential } from './credentials.ts'
export { type ErrorName, ERRORS, type UpstreamError } from './error-catalogue.ts'
export type { JournalEntry } from './journal.ts'
export type { KiroSimulatorOptions } from './options.ts'
export { STREAM_SCRIPTS, type StreamScriptName } from './stream-script-names.ts'
export type * from './steps.ts'
export type { RotationMode } from './tokens.ts'
export type { ValidationProfile } from './validation/rule.ts'
export type { SimulatorStats, UsageReport } from './world.ts'

/** One account of the simulator: its id as in the journal, any token or key it was given, or the credential itself. */
export type AccountReference = string | IssuedCredential

/** A running imitation of the Kiro service, all of its hosts behind one origin. */
export interface KiroSimulator {
  readonly origin: string
  readonly port: number
  /** Creates an account and gives out its credential, in the shape of the IDE's `kiro-auth-token.json`. */
  issue(kind: AccountKind, options?: IssueOptions): IssuedCredential
  /** The account's id. */
  accountOf(account: AccountReference): string
  /** Takes back all tokens and keys of the account. */
  revoke(account: AccountReference): void
  /** Makes access tokens useless at once: one account's, or everybody's. */
  expireAccessTokens(account?: AccountReference): void
  suspend(account: AccountReference): void
  /** Lets the account run into a quota; default `monthly-request-count`. */
  exhaust(account: AccountReference, how?: Exhaustion): void
  /** Makes the account's usage reports say so: credits of the plan that are used, and a trial beside it. */
  setUsage(account: AccountReference, report: UsageReport): void
  /** Ends suspension and exhaustion. */
  restore(account: AccountReference): void
  /** Queues what shall happen to the next calls. Each step is used up by the first call that it fits. */
  script(...steps: readonly Step[]): void
  /** Queues steps for one account's calls; they go before those for everybody. */
  scriptFor(account: AccountReference, ...steps: readonly Step[]): void
  /** The last thousand requests, oldest first. */
  readonly journal: readonly JournalEntry[]
  stats(): SimulatorStats
  /** Forgets scripts, journal, signatures and counts, and puts all accounts in order; their tokens stay. */
  reset(): void
  /** Drops all connections and stops. */
  close(): Promise<void>
}

/** Starts the imitation of the Kiro service on a loopback port. */
export async function startKiroSimulator(options: KiroSimulatorOptions = {}): Promise<KiroSimulator> {
  const world = new World(options)
  const server = createSimulatorServer(world)
  const { host, port: wanted } = world.settings
  server.listen(wanted, host)
  await once(server, 'listening')
  // `address()` is a string for pipes only, and this one listens on a port.
  const { port } = server.address() as AddressInfo
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  world.origin = origin

  return {
    origin,
    port,
    issue: (kind, issueOptions) => issueCredential(world, kind, issueOptions),
    accountOf: account => world.findAccount(nameOf(account))?.id ?? '',
    revoke: account => world.revoke(nameOf(account)),
    expireAccessTokens: account => world.expireAccessTokens(account === undefined ? undefined : nameOf(account)),
    suspend: account => world.suspend(nameOf(account)),
    exhaust: (account, how) => world.exhaust(nameOf(account), how),
    setUsage: (account, report) => world.setUsage(nameOf(account), report),
    restore: account => world.restore(nameOf(account)),
    script: (...steps) => {
      for (const step of steps) world.queue(step)
    },
    scriptFor: (account, ...steps) => {
      for (const step of steps) world.queue({ ...step, account: nameOf(account) })
    },
    get journal() {
      return world.journal.entries
    },
    stats: () => world.stats(),
    reset: () => world.reset(),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function nameOf(account: AccountReference): string {
  return typeof account === 'string' ? account : (account.refreshToken ?? account.kiroApiKey ?? '')
}

import { GatewayError } from '../errors/gateway-error.ts'

/** SQLSTATE codes that say something about the place rather than about our statement. */
const REASONS: Readonly<Record<string, string>> = {
  '25006': 'is read-only: name the primary server in DATABASE_URL',
  '25P03': 'ended a transaction that stood still for too long',
  '28000': 'refuses this user: correct DATABASE_URL, or the server’s pg_hba.conf',
  '28P01': 'refuses user or password: correct DATABASE_URL',
  '3D000': 'does not exist: create it with "createdb", or correct DATABASE_URL',
  '42501': 'gives this user too few rights: make them the owner of the database',
  '53100': 'is full: free some disk space',
  '53200': 'is out of memory',
  '53300': 'has no connection left: raise max_connections, or end other clients',
  '55P03': 'is locked by another process',
  '57014': 'did not answer in time',
  '57P01': 'is shutting down',
  '57P02': 'is restarting after a crash',
  '57P03': 'is starting up',
  '57P05': 'closed an idle connection',
  '58030': 'cannot read or write its disk',
  XX001: 'is damaged',
}

/** What another try may find gone. */
const PASSING = new Set(['25P03', '53300', '57P01', '57P02', '57P03', '57P05'])

/** Whether the server is away or cannot take us now, so that another connection may fare better. */
export function isAway(error: unknown): boolean {
  const state = sqlState(error)
  return state === undefined ? !GatewayError.is(error) : PASSING.has(state) || state.startsWith('08')
}

/** Troubles of the place become `store_unavailable`, named by server and database; mistakes of ours stay what they are. */
export function describeTrouble(error: unknown, shown: string): unknown {
  if (GatewayError.is(error)) return error
  const state = sqlState(error)
  if (state === undefined) return trouble(`cannot be reached (${reasonOf(error)}): start the server, or correct DATABASE_URL`, { error, shown })
  const reason = REASONS[state] ?? (state.startsWith('08') ? 'lost the connection' : undefined)
  return reason === undefined ? error : trouble(reason, { error, shown })
}

function trouble(reason: string, { error, shown }: { readonly error: unknown; readonly shown: string }): GatewayError {
  return new GatewayError('store_unavailable', `the database ${shown} ${reason}`, { cause: error })
}

/** Only what the server itself said has a severity; everything else is about the way to it. */
function sqlState(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'severity' in error && 'code' in error ? String(error.code) : undefined
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}

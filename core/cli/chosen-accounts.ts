import type { AccountSummary } from '../contract/pool.ts'
import { GatewayError } from '../errors/gateway-error.ts'

/** Accounts that a command's words name: an id, the beginning of one, or a label; `all` takes those that clients share. */
export interface AccountChoice {
  readonly words: readonly string[]
  readonly all?: boolean
}

/** Shorter beginnings would soon mean another account than today. */
const SHORTEST_BEGINNING = 6

/**
 * The accounts meant, each once, in the order of the words.
 * @throws GatewayError `not_found` for a word that names none, or several
 */
export function chosenAccounts(accounts: readonly AccountSummary[], { words, all = false }: AccountChoice): readonly AccountSummary[] {
  if (all) return accounts.filter(({ origin }) => origin !== 'caller')
  return [...new Set(words.map(word => named(accounts, word)))]
}

function named(accounts: readonly AccountSummary[], word: string): AccountSummary {
  const exact = accounts.find(({ id }) => id === word)
  if (exact) return exact
  const labelled = accounts.filter(({ label }) => label === word)
  const found = labelled.length > 0 ? labelled : accounts.filter(({ id }) => word !== '' && id.startsWith(word))
  const [only] = found
  if (only !== undefined && found.length === 1 && (labelled.length > 0 || word.length >= SHORTEST_BEGINNING)) return only
  const shown = JSON.stringify(word.slice(0, 100))
  if (only === undefined) throw new GatewayError('not_found', `there is no account ${shown}; "kiro-gateway accounts list" shows ids and labels`)
  if (found.length === 1)
    throw new GatewayError(
      'not_found',
      `${shown} is too short a beginning; use at least ${SHORTEST_BEGINNING} characters: ${only.id.slice(0, SHORTEST_BEGINNING + 2)}`,
    )
  throw new GatewayError(
    'not_found',
    `${shown} names ${found.length} accounts; use the id of one: ${found
      .slice(0, 10)
      .map(({ id }) => id)
      .join(', ')}`,
  )
}

import { createHash } from 'node:crypto'
import type { Facts } from '../../core/index.ts'

/** An account as far as its machine id depends on it. */
interface Machine {
  readonly id: string
  readonly facts: Facts
}

/**
 * The machine that an account's calls name: 64 hex digits, the same for good (`kiro.md` §4.4). An id that changes by the
 * hour or with the token matches no real installation.
 */
export function machineIdOf(account: Machine, override: string | undefined): string {
  return normaliseMachineId(override) ?? normaliseMachineId(account.facts.machineId) ?? derivedMachineId(account.id)
}

/** From the account's own id, which outlives every rotation of its tokens. */
export function derivedMachineId(accountId: string): string {
  return sha256(`kiro-machine/${accountId}`)
}

/** Any id that people have: the IDE's own form as it is, a UUID doubled, anything else hashed. */
export function normaliseMachineId(text: string | undefined): string | undefined {
  const id = text?.trim()
  if (id === undefined || id === '') return undefined
  if (/^[0-9a-f]{64}$/i.test(id)) return id.toLowerCase()
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return id.replaceAll('-', '').toLowerCase().repeat(2)
  return sha256(id)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

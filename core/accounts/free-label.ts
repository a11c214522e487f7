import type { Writing } from '../store/store.ts'

/** A label that no account of the provider has yet: the wanted one, else with the next free number after it. */
export async function freeLabel(transaction: Writing, provider: string, wanted: string): Promise<string> {
  const rows = await transaction.selectFrom('accounts').select('label').where('provider', '=', provider).where('removed_at', 'is', null).execute()
  const taken = new Set(rows.map(({ label }) => label))
  let label = wanted
  for (let number = 2; taken.has(label); number++) label = `${wanted} ${number}`
  return label
}

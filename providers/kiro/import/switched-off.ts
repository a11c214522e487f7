import type { Entry } from './entry.ts'

/** Words of other systems for an account that its owner, or Kiro, took out of use. What passes by itself is not among them. */
const OFF: ReadonlySet<string> = new Set(['disabled', 'banned', 'suspended'])

/** Whether the source keeps the account without using it. */
export function isSwitchedOff(entry: Entry): boolean {
  const disabled = entry.get('disabled')
  const enabled = entry.get('enabled')
  // Taken out of what is kept of the entry: once the account is enabled here, an export must not say otherwise.
  const status = entry.text('status')?.toLowerCase() ?? ''
  return disabled === true || enabled === false || OFF.has(status)
}

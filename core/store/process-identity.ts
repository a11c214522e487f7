import { randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/**
 * Names one owner of leases: `scope|pid|random`. The random part alone makes it unique; scope and pid let a process that
 * finds the lease of a killed one on the same machine take it at once instead of waiting for its end.
 */
export function newOwner(): string {
  return [processScope(), process.pid, randomBytes(12).toString('base64url')].join('|')
}

/** Whether the owner is certainly gone. A doubt means no. */
export function isGone(owner: string, scope = processScope()): boolean {
  const [ownerScope, pid] = owner.split('|')
  const number = Number(pid)
  if (ownerScope !== scope || !Number.isInteger(number) || number <= 0) return false
  // Ourselves: another owner of this process may still live.
  if (number === process.pid) return false
  try {
    process.kill(number, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** Where a process id means something: one boot of one kernel and one process namespace; elsewhere than Linux, one host. */
export function processScope(): string {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return `${process.platform}/${hostname()}`
  }
}

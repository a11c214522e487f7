import { readFileSync } from 'node:fs'

/** What /proc counts in, on every Linux: USER_HZ. */
const MS_PER_TICK = 10
const BYTES_PER_MEBIBYTE = 1024 * 1024

/** User and system time that a process has used so far, all threads, in ms. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  // The name in brackets may hold blanks and brackets: fields count from after the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK
}

/** Resident memory of a process in MiB. */
export function residentMebibytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))
  return (Number(line?.[1] ?? 0) * 1024) / BYTES_PER_MEBIBYTE
}

/** Time that a core was busy so far, whoever used it, in ms; undefined where the kernel does not tell. */
export function coreBusyMs(core: number): number | undefined {
  const line = new RegExp(`^cpu${core} (.+)$`, 'm').exec(readFileSync('/proc/stat', 'latin1'))
  const [user, nice, system, , , interrupts, softInterrupts, stolen] = (line?.[1] ?? '').split(' ').map(Number)
  if (user === undefined) return undefined
  return [user, nice, system, interrupts, softInterrupts, stolen].reduce<number>((sum, ticks) => sum + (ticks ?? 0), 0) * MS_PER_TICK
}

/** Cores that this process may run on. */
export function allowedCores(): readonly number[] {
  const line = /^Cpus_allowed_list:\s+(.+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))
  return (line?.[1] ?? '').split(',').flatMap(range => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number)
    return Number.isNaN(first) ? [] : Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}

/** The value below which the given share of the sorted values lies. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

import type { Around, Next } from '../contract/plugin.ts'

/** An onion of hooks around `inner`. Re-entrant: a hook may call its `next` as often as it likes. */
export function compose<T>(hooks: readonly Around<T>[], inner: Next<T>): Next<T> {
  return hooks.reduceRight<Next<T>>((next, hook) => input => hook(input, next), inner)
}

import type { Around, Next } from '../contract/plugin.ts'

/** An onion of hooks around `inner`. Re-entrant: a hook may call its `next` as often as it likes. What a hook throws at once is a rejection for the one outside it. */
export function compose<T>(hooks: readonly Around<T>[], inner: Next<T>): Next<T> {
  return hooks.reduceRight<Next<T>>((next, hook) => async input => hook(input, next), inner)
}

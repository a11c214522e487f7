/** Where among accounts that are well the search for the next one begins; it goes on from there and around. Pure. */
export type Strategy = (candidates: { readonly length: number }, turn: number, random: () => number) => number

export const roundRobin: Strategy = ({ length }, turn) => turn % length

const randomly: Strategy = ({ length }, _turn, random) => Math.min(Math.floor(random() * length), length - 1)

/** Names as configurations write them. */
export const STRATEGIES: Readonly<Record<string, Strategy>> = {
  'round-robin': roundRobin,
  random: randomly,
}

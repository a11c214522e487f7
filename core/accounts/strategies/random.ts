import type { Strategy } from './strategy.ts'

/**
 * By chance, with as many chances as weight. With equal weights a stride leads past everybody once, in an order that
 * chance decides too: the neighbour of an account that cannot serve is not asked twice as often as others.
 */
export const random: Strategy = ({ entries: { length }, even }, { chance }) => {
  const spot = chance * length
  const start = Math.min(Math.floor(spot), Math.max(length - 1, 0))
  if (even) return { start, step: strideOf(length, spot - start) }
  return { start, step: 1, score: ({ order, weight }) => Math.log(1 - drawn(order, chance)) / weight }
}

/** Has no divisor in common with the length, so that it meets every index once. */
function strideOf(length: number, chance: number): number {
  if (length < 3) return 1
  let stride = 1 + Math.floor(chance * (length - 1))
  while (divisor(stride, length) !== 1) stride = (stride % (length - 1)) + 1
  return stride
}

function divisor(one: number, other: number): number {
  return other === 0 ? one : divisor(other, one % other)
}

/** One number of 0 to 1 per account, another with each chance: the account with the shortest exponential time wins by weight. */
function drawn(order: number, chance: number): number {
  let bits = Math.imul(order + 1, 0x9e3779b1) ^ Math.floor(chance * 0x1_0000_0000)
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return ((bits ^ (bits >>> 16)) >>> 0) / 0x1_0000_0000
}

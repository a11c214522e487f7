import type { Draft, Piece, Turn } from './draft.ts'

/** The list with every item changed; the same list when no item did. */
export function mapList<T>(list: readonly T[], change: (item: T, position: number) => T): readonly T[] {
  let copy: T[] | undefined
  for (const [position, item] of list.entries()) {
    const next = change(item, position)
    if (next === item) continue
    copy ??= [...list]
    copy[position] = next
  }
  return copy ?? list
}

/** The list with every item replaced by any number of items; the same list when each was replaced by itself. */
export function spreadList<T>(list: readonly T[], change: (item: T) => T | readonly T[]): readonly T[] {
  let copy: T[] | undefined
  for (const [position, item] of list.entries()) {
    const next = change(item)
    if (next === item) copy?.push(item)
    else {
      copy ??= list.slice(0, position)
      if (Array.isArray(next)) copy.push(...(next as readonly T[]))
      else copy.push(next as T)
    }
  }
  return copy ?? list
}

export function mapTurns(draft: Draft, change: (turn: Turn, position: number) => Turn): Draft {
  const turns = mapList(draft.turns, change)
  return turns === draft.turns ? draft : { ...draft, turns }
}

export function withPieces<T extends Turn>(turn: T, pieces: readonly Piece[]): T {
  return pieces === turn.pieces ? turn : { ...turn, pieces }
}

/** Whether a text says anything: white space alone counts as nothing upstream. */
export function isBlank(text: string): boolean {
  return !/\S/.test(text)
}

/** The texts of a turn as the one string that the upstream knows. */
export function textOf(pieces: readonly Piece[]): string {
  let joined = ''
  for (const piece of pieces) {
    if (piece.type !== 'text' || isBlank(piece.text)) continue
    joined = joined === '' ? piece.text : `${joined}\n\n${piece.text}`
  }
  return joined
}

/** Text without lone surrogates, which no UTF-8 can carry. */
export function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.replace(/\p{Surrogate}/gu, '')
}

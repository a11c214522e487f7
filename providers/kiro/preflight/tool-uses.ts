import { acceptedIdentifiers } from '../tool-names.ts'
import type { Turn } from './draft.ts'
import { mapList, mapTurns, wellFormed } from './rework.ts'
import { messageAt, type Rule } from './rule.ts'

export const toolInputs: Rule = {
  name: 'tool-inputs',
  doc: 'the input of a tool call is an object without empty member names',
  apply: (draft, findings) =>
    mapTurns(draft, turn => {
      if (turn.role === 'user') return turn
      const uses = mapList(turn.uses, use => {
        const input = cleaned(isPlainObject(use.input) ? use.input : { input: use.input })
        if (input === use.input || !isPlainObject(input)) return use
        findings.warn('the input of an earlier tool call was mended: empty member names or half characters were removed', messageAt(use.index))
        return { ...use, input }
      })
      return uses === turn.uses ? turn : { ...turn, uses }
    }),
}

/** Ids are the client's to choose, so the same id must become the same word in the call and in its result. */
export const toolIds: Rule = {
  name: 'tool-ids',
  doc: 'tool-call ids are letters, digits, _ and -, at most 64: others are rewritten',
  apply: draft => {
    const ids = acceptedIdentifiers(draft.turns.flatMap(turn => (turn.role === 'assistant' ? turn.uses.map(use => use.id) : [])))
    return mapTurns(draft, (turn): Turn => {
      if (turn.role === 'assistant') {
        const uses = mapList(turn.uses, use => withId(use, ids))
        return uses === turn.uses ? turn : { ...turn, uses }
      }
      const results = mapList(turn.results, result => withId(result, ids))
      return results === turn.results ? turn : { ...turn, results }
    })
  },
}

function withId<T extends { readonly id: string }>(thing: T, ids: ReadonlyMap<string, string>): T {
  const id = ids.get(thing.id) ?? thing.id
  return id === thing.id ? thing : { ...thing, id }
}

/** The value without lone surrogates and empty member names; the same value where there were none. */
function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return wellFormed(value)
  if (Array.isArray(value)) return mapList(value, cleaned)
  if (!isPlainObject(value)) return value
  let changed = false
  const names = Object.keys(value)
  const members: unknown[] = []
  for (const name of names) {
    const member = cleaned(value[name])
    changed ||= member !== value[name] || name === '' || !name.isWellFormed()
    members.push(member)
  }
  if (!changed) return value
  const entries = names.map((name, position) => [wellFormed(name), members[position]] as const)
  return Object.fromEntries(entries.filter(([name]) => name !== ''))
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

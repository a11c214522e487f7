import type { AssistantTurn, DraftResult, Piece, Turn, UserTurn } from './draft.ts'
import { isBlank, mapTurns } from './rework.ts'
import { messageAt, type Rule } from './rule.ts'

/** Runs when ids are unique: each result that comes too late moves up to the turn after its call. */
export const lateResults: Rule = {
  name: 'late-results',
  doc: 'a tool result stands in the user turn right after its call',
  apply: (draft, findings) => {
    const callAt = new Map<string, number>()
    for (const [position, turn] of draft.turns.entries()) if (turn.role === 'assistant') for (const use of turn.uses) callAt.set(use.id, position)
    const moved = new Map<number, DraftResult[]>()
    // Ids that a turn has results of: made once per turn that something moves to.
    const present = new Map<number, Set<string>>()
    const claims = (target: number, id: string): boolean => {
      let ids = present.get(target)
      if (ids === undefined) present.set(target, (ids = idsOf(draft.turns[target])))
      return ids.size !== ids.add(id).size
    }
    const reworked = mapTurns(draft, (turn, position) => {
      if (turn.role === 'assistant') return turn
      const results = turn.results.filter(result => {
        const target = (callAt.get(result.id) ?? position) + 1
        if (target >= position || !claims(target, result.id)) return true
        findings.warn('a tool result came late and was moved up to the turn after its call', messageAt(result.index))
        const late = moved.get(target)
        if (late) late.push(result)
        else moved.set(target, [result])
        return false
      })
      return results.length === turn.results.length ? turn : { ...turn, results }
    })
    if (moved.size === 0) return draft
    return mapTurns(reworked, (turn, position) => {
      const late = moved.get(position)
      return late === undefined || turn.role === 'assistant' ? turn : { ...turn, results: [...turn.results, ...late] }
    })
  },
}

export const duplicateResults: Rule = {
  name: 'duplicate-results',
  doc: 'a tool call has one result: an exact repetition is dropped, another one becomes text',
  apply: (draft, findings) =>
    mapTurns(draft, turn => {
      if (turn.role === 'assistant' || turn.results.length < 2) return turn
      const first = new Map<string, DraftResult>()
      const others: Piece[] = []
      for (const result of turn.results) {
        const known = first.get(result.id)
        if (known === undefined) first.set(result.id, result)
        else if (!sameResult(known, result)) {
          findings.warn('a second, different result of one tool call goes to the model as text', messageAt(result.index))
          others.push(asText(result, 'Another result of the same tool call'))
        }
      }
      return first.size === turn.results.length ? turn : { ...turn, results: [...first.values()], pieces: [...others, ...turn.pieces] }
    }),
}

export const orphanResults: Rule = {
  name: 'orphan-results',
  doc: 'a tool result without its call becomes text',
  apply: (draft, findings) =>
    mapTurns(draft, (turn, position) => {
      if (turn.role === 'assistant' || turn.results.length === 0) return turn
      const called = new Set(callsBefore(draft.turns, position).map(use => use.id))
      const orphans = turn.results.filter(result => !called.has(result.id))
      if (orphans.length === 0) return turn
      for (const { index } of orphans) findings.warn('a tool result without its call goes to the model as text', messageAt(index))
      const texts = orphans.map(result => asText(result, 'Result of an earlier tool call'))
      return { ...turn, results: turn.results.filter(result => called.has(result.id)), pieces: [...texts, ...turn.pieces] }
    }),
}

/** Also brings results into the order of their calls. */
export const missingResults: Rule = {
  name: 'missing-results',
  doc: 'every tool call has a result: a missing one is reported to the model as interrupted',
  apply: (draft, findings) => {
    const interrupted = (call: { readonly id: string; readonly index: number }): DraftResult => {
      findings.warn('a tool call has no result; the model is told that it was interrupted', messageAt(call.index))
      return { id: call.id, index: call.index, isError: true, content: [{ type: 'text', text: 'Tool call was interrupted: there is no result.' }] }
    }
    const answeredTurns = mapTurns(draft, (turn, position) => {
      const calls = callsBefore(draft.turns, position)
      if (turn.role === 'assistant' || calls.length === 0) return turn
      if (calls.length === turn.results.length && calls.every(({ id }, place) => turn.results[place]?.id === id)) return turn
      const byId = new Map(turn.results.map(result => [result.id, result]))
      return { ...turn, results: calls.map(call => byId.get(call.id) ?? interrupted(call)) }
    })
    const last = draft.turns.at(-1)
    if (last?.role !== 'assistant' || last.uses.length === 0) return answeredTurns
    const closing: UserTurn = { role: 'user', index: last.index, pieces: [], results: last.uses.map(interrupted), instruction: false }
    return { ...answeredTurns, turns: [...answeredTurns.turns, closing] }
  },
}

function callsBefore(turns: readonly Turn[], position: number): AssistantTurn['uses'] {
  const before = turns[position - 1]
  return before?.role === 'assistant' ? before.uses : []
}

function idsOf(turn: Turn | undefined): Set<string> {
  return new Set(turn?.role === 'user' ? turn.results.map(result => result.id) : [])
}

function sameResult(one: DraftResult, other: DraftResult): boolean {
  return one.isError === other.isError && JSON.stringify(one.content) === JSON.stringify(other.content)
}

function asText(result: DraftResult, label: string): Piece {
  const texts = result.content.flatMap(part => (part.type === 'text' && !isBlank(part.text) ? [part.text] : []))
  return { type: 'text', text: `${label}${result.isError ? ' (an error)' : ''}:\n${texts.length === 0 ? NO_OUTPUT : texts.join('\n')}` }
}

/** What an empty tool result says to the model. */
export const NO_OUTPUT = '(no output)'

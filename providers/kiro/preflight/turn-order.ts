import type { Draft, Turn, UserTurn } from './draft.ts'
import { isBlank, textOf } from './rework.ts'
import { messageAt, type Rule } from './rule.ts'

export const emptyTurns: Rule = {
  name: 'empty-turns',
  doc: 'turns that say nothing are refused upstream',
  apply: draft => {
    const turns = draft.turns.filter(turn => !isEmpty(turn))
    return turns.length === draft.turns.length ? draft : { ...draft, turns }
  },
}

export const neighbours: Rule = {
  name: 'neighbours',
  doc: 'user and assistant must alternate: neighbours of one role become one turn',
  apply: draft => {
    if (!draft.turns.some((turn, position) => turn.role === draft.turns[position - 1]?.role)) return draft
    const groups: Turn[][] = []
    for (const turn of draft.turns) {
      const group = groups.at(-1)
      if (group?.[0]?.role === turn.role) group.push(turn)
      else groups.push([turn])
    }
    return { ...draft, turns: groups.flatMap(merged) }
  },
}

/** A system prompt alone is a question too: it becomes the first user turn when the body is composed. */
export const emptyConversation: Rule = {
  name: 'empty-conversation',
  doc: 'something must be asked',
  apply: (draft, findings) => {
    if (draft.turns.length > 0) return draft
    if (!hasPrefix(draft)) findings.refuse({ what: 'the conversation holds nothing to answer', where: messageAt(0), remedy: 'send a message with text' })
    return { ...draft, turns: [userTurn('', 0)] }
  },
}

export const userFirst: Rule = {
  name: 'user-first',
  doc: 'the conversation must begin with the user',
  apply: draft => {
    const first = draft.turns[0]
    if (first?.role !== 'assistant') return draft
    // With a system prompt, that is what the first turn says; a filler beside it would only distract.
    return { ...draft, turns: [userTurn(hasPrefix(draft) ? '' : 'Please begin.', first.index), ...draft.turns] }
  },
}

export const assistantLast: Rule = {
  name: 'assistant-last',
  doc: 'the conversation must end with the user: an answer that was begun for the model is continued on request',
  apply: (draft, findings) => {
    const last = draft.turns.at(-1)
    if (last?.role !== 'assistant') return draft
    findings.warn("the last message is the assistant's; the model is asked to continue it, which is not a true prefill", messageAt(last.index))
    return { ...draft, turns: [...draft.turns, userTurn('Continue your last message where it stopped, without repeating it.', last.index)] }
  },
}

function userTurn(text: string, index: number): UserTurn {
  return { role: 'user', index, pieces: [{ type: 'text', text }], results: [], instruction: false }
}

function hasPrefix(draft: Draft): boolean {
  return ![...draft.system, ...draft.instructions].every(isBlank)
}

/** Reasoning alone is nothing: it cannot be replayed without what it led to. */
function isEmpty(turn: Turn): boolean {
  if (turn.role === 'assistant') return turn.uses.length === 0 && textOf(turn.pieces) === ''
  return turn.results.length === 0 && !turn.pieces.some(piece => piece.type === 'picture') && textOf(turn.pieces) === ''
}

/** All at once: one by one, a request of many small messages would copy the same lists again and again. */
function merged(group: readonly Turn[]): readonly Turn[] {
  const [first] = group
  if (first === undefined || group.length === 1) return group
  const pieces = group.flatMap(turn => turn.pieces)
  if (first.role === 'user') return [{ ...first, pieces, results: group.flatMap(turn => (turn.role === 'user' ? turn.results : [])) }]
  const theirs = group.filter(turn => turn.role === 'assistant')
  return [{ ...first, pieces, uses: theirs.flatMap(turn => turn.uses), reasoning: theirs.flatMap(turn => turn.reasoning) }]
}

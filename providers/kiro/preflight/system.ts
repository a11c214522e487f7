import type { Piece, Turn, UserTurn } from './draft.ts'
import { isBlank, mapList, textOf } from './rework.ts'
import { messageAt, type Rule } from './rule.ts'

/** Varies per client build and call; meant for the vendor's billing, it would only break caching here. */
const ATTRIBUTION = /^\s*x-anthropic-billing-header:[^\n]*\n?/

export const attributionBlock: Rule = {
  name: 'attribution-block',
  doc: 'an x-anthropic-billing-header line in the system prompt is meant for another vendor',
  apply: draft => {
    const system = mapList(draft.system, text => text.replace(ATTRIBUTION, ''))
    return system === draft.system ? draft : { ...draft, system }
  },
}

/**
 * Those before the conversation belong to the system prompt. Later ones keep their place as tagged text of a user turn:
 * moved into the system prompt they would lose their point in time, and change the prefix that caches live on.
 */
export const midConversationSystem: Rule = {
  name: 'mid-conversation-system',
  doc: 'the upstream knows no system messages inside a conversation',
  apply: (draft, findings) => {
    if (!draft.turns.some(isInstruction)) return draft
    const system = [...draft.system]
    const turns: Turn[] = []
    for (const turn of draft.turns) {
      if (!isInstruction(turn)) turns.push(turn)
      else if (turns.length === 0) {
        for (const piece of turn.pieces) if (piece.type === 'text') system.push(piece.text)
        const rest = turn.pieces.filter(piece => piece.type !== 'text')
        if (rest.length > 0) turns.push({ ...turn, pieces: rest, instruction: false })
      } else {
        if (textOf(turn.pieces) !== '') findings.warn('a system message inside the conversation goes to the model as tagged user text', messageAt(turn.index))
        turns.push({ ...turn, pieces: mapList(turn.pieces, tagged), instruction: false })
      }
    }
    return { ...draft, system, turns }
  },
}

function isInstruction(turn: Turn): turn is UserTurn {
  return turn.role === 'user' && turn.instruction
}

function tagged(piece: Piece): Piece {
  if (piece.type !== 'text' || isBlank(piece.text)) return piece
  return { type: 'text', text: `<system-instruction>\n${piece.text}\n</system-instruction>` }
}

import type { DocumentPart, ImagePart, TextPart } from '../../../core/index.ts'
import type { Turn } from './draft.ts'
import { mapList, mapTurns, wellFormed, withPieces } from './rework.ts'
import { type Findings, messageAt, type Rule } from './rule.ts'

/** Names, ids, tool inputs and schemas are cleaned by their own rules. */
export const loneSurrogates: Rule = {
  name: 'lone-surrogates',
  doc: 'half a surrogate pair cannot be sent',
  apply: (draft, findings) => {
    const system = mapList(draft.system, text => cleaned(text, 'system', findings))
    const instructions = mapList(draft.instructions, wellFormed)
    const reworked = mapTurns(draft, turn => cleanTurn(turn, findings))
    return system === draft.system && instructions === draft.instructions ? reworked : { ...reworked, system, instructions }
  },
}

function cleanTurn(turn: Turn, findings: Findings): Turn {
  const where = messageAt(turn.index)
  const clean = withPieces(
    turn,
    mapList(turn.pieces, piece => (piece.type === 'text' ? cleanPart(piece, where, findings) : piece)),
  )
  if (clean.role === 'assistant') return clean
  const results = mapList(clean.results, result => {
    const content = mapList<TextPart | ImagePart | DocumentPart>(result.content, part => (part.type === 'text' ? cleanPart(part, where, findings) : part))
    return content === result.content ? result : { ...result, content }
  })
  return results === clean.results ? clean : { ...clean, results }
}

function cleanPart(part: TextPart, where: string, findings: Findings): TextPart {
  const text = cleaned(part.text, where, findings)
  return text === part.text ? part : { ...part, text }
}

function cleaned(text: string, where: string, findings: Findings): string {
  if (text.isWellFormed()) return text
  findings.warn('half a character (a lone surrogate) was removed from a text', where)
  return wellFormed(text)
}

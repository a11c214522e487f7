import type { ForeignPart, TextPart } from '../../../core/index.ts'
import type { Piece, Turn } from './draft.ts'
import { isBlank, mapTurns, spreadList, withPieces } from './rework.ts'
import { type Findings, messageAt, type Rule } from './rule.ts'

export const foreignParts: Rule = {
  name: 'foreign-parts',
  doc: 'blocks of other vendors become text or are left out',
  apply: (draft, findings) =>
    mapTurns(draft, turn =>
      withPieces(
        turn,
        spreadList(turn.pieces, piece => translated(piece, turn, findings)),
      ),
    ),
}

function translated(piece: Piece, turn: Turn, findings: Findings): Piece | readonly Piece[] {
  if (piece.type !== 'foreign') return piece
  const text = asText(piece)
  if (text !== undefined) return text
  if (turn.role === 'user' && saysNothingElse(turn.pieces) && turn.results.length === 0) {
    findings.refuse({
      what: `the message holds only a "${piece.kind}" block, which this model cannot read`,
      where: messageAt(turn.index),
      remedy: 'send its content as text or as a PNG, JPEG, GIF or WebP image',
    })
  }
  findings.warn(`a "${piece.kind}" block was left out: this model cannot read it`, messageAt(turn.index))
  return []
}

function saysNothingElse(pieces: readonly Piece[]): boolean {
  return pieces.every(piece => (piece.type === 'text' ? isBlank(piece.text) : piece.type === 'foreign' && asText(piece) === undefined))
}

function asText({ kind, value }: ForeignPart): TextPart | undefined {
  switch (kind) {
    case 'search_result': {
      const lines = [member(value, 'title'), member(value, 'source'), ...contentTexts(value)].filter(line => line !== undefined)
      return lines.length === 0 ? undefined : { type: 'text', text: lines.join('\n') }
    }
    case 'tool_reference': {
      const name = member(value, 'tool_name')
      return name === undefined ? undefined : { type: 'text', text: `The tool "${name}" is available.` }
    }
    case 'refusal': {
      const text = member(value, 'refusal')
      return text === undefined ? undefined : { type: 'text', text }
    }
    default:
      return undefined
  }
}

function contentTexts(value: unknown): readonly (string | undefined)[] {
  const content: unknown = isRecord(value) ? value['content'] : undefined
  return Array.isArray(content) ? content.map(block => member(block, 'text')) : []
}

function member(value: unknown, name: string): string | undefined {
  const found = isRecord(value) ? value[name] : undefined
  return typeof found === 'string' && !isBlank(found) ? found : undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

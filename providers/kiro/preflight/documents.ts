import type { DocumentPart, ImagePart, TextPart } from '../../../core/index.ts'
import type { DraftResult, Piece, Turn } from './draft.ts'
import { mapList, mapTurns, spreadList, withPieces } from './rework.ts'
import { type Findings, messageAt, type Rule } from './rule.ts'

const TEXTUAL = /^(?:text\/|application\/(?:json|xml|yaml|x-yaml|toml|javascript|typescript|sql|x-sh)(?:;|$)|[^;]*\+(?:json|xml)(?:;|$))/i

export const documents: Rule = {
  name: 'documents',
  doc: 'the upstream takes no documents: text ones go as text, others are refused',
  apply: (draft, findings) =>
    mapTurns(draft, turn => {
      const read = withPieces(
        turn,
        spreadList(turn.pieces, piece => readPiece(piece, turn, findings)),
      )
      if (read.role === 'assistant') return read
      const results = mapList(read.results, result => readResult(result, findings))
      return results === read.results ? read : { ...read, results }
    }),
}

function readPiece(piece: Piece, turn: Turn, findings: Findings): Piece | readonly Piece[] {
  if (piece.type !== 'document') return piece
  const text = asText(piece)
  if (text !== undefined) return text
  if (turn.role === 'assistant') {
    findings.warn(`${nameOf(piece)} of an assistant message was left out: this model cannot read it`, messageAt(turn.index))
    return []
  }
  return findings.refuse({
    what: `${nameOf(piece)} cannot be sent to this model`,
    where: messageAt(turn.index),
    remedy: 'send its text, or its pages as PNG or JPEG images',
  })
}

/** A tool's document is not refused: the call would fail again on every later turn, and the model can act on the note. */
function readResult(result: DraftResult, findings: Findings): DraftResult {
  const content = mapList(result.content, (part): TextPart | ImagePart | DocumentPart => {
    if (part.type !== 'document') return part
    const text = asText(part)
    if (text !== undefined) return text
    findings.warn(`${nameOf(part)} in a tool result was replaced by a note: this model cannot read it`, messageAt(result.index))
    return { type: 'text', text: `[${nameOf(part)} was left out: this model reads text and images only.]` }
  })
  return content === result.content ? result : { ...result, content }
}

function asText({ source, title }: DocumentPart): TextPart | undefined {
  const body = source.kind === 'text' ? source.text : source.kind === 'base64' && TEXTUAL.test(source.mediaType) ? decoded(source.data) : undefined
  if (body === undefined) return undefined
  const attribute = title === undefined ? '' : ` title=${JSON.stringify(title)}`
  return { type: 'text', text: `<document${attribute}>\n${body}\n</document>` }
}

function decoded(data: string): string {
  return Buffer.from(data, 'base64').toString('utf8')
}

function nameOf({ source, title }: DocumentPart): string {
  const kind =
    source.kind === 'base64' ? `a document of type ${source.mediaType || 'unknown'}` : source.kind === 'url' ? 'a document behind a URL' : 'a stored document'
  return title === undefined ? kind : `${kind} ("${title}")`
}

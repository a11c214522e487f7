import type { DocumentPart, ImagePart, TextPart } from '../../../core/index.ts'
import type { Draft, DraftResult, Picture, Piece, Turn, UserTurn } from './draft.ts'
import { type ImageReading, readImage } from './image-source.ts'
import { mapTurns, spreadList, withPieces } from './rework.ts'
import { type Findings, messageAt, type Rule } from './rule.ts'

const REMEDY = 'send it in the request as base64 of a PNG, JPEG, GIF or WebP'

export const assistantImages: Rule = {
  name: 'assistant-images',
  doc: 'assistant turns carry no images upstream',
  apply: (draft, findings) =>
    mapTurns(draft, turn => {
      if (turn.role === 'user') return turn
      return withPieces(
        turn,
        spreadList(turn.pieces, piece => {
          if (piece.type !== 'image') return piece
          findings.warn('an image of an assistant message was left out', messageAt(turn.index))
          return []
        }),
      )
    }),
}

/**
 * Refuses what a person can mend and nothing that would kill a session: an image that is too large stays in the history and
 * would fail every later turn, so only the newest message is refused for it; a tool's image becomes a note to the model.
 */
export const images: Rule = {
  name: 'images',
  doc: 'images must be PNG, JPEG, GIF or WebP within the size limit, and beside tool results, not in them',
  apply: (draft, findings) => {
    const newest = draft.request.messages.length - 1
    return mapTurns(draft, turn => {
      if (turn.role === 'assistant') return turn
      const pieces = spreadList(turn.pieces, piece => attachedPicture(piece, turn, { draft, findings, newest }))
      return resultPictures(withPieces(turn, pieces), draft, findings)
    })
  },
}

export const imagesPerMessage: Rule = {
  name: 'images-per-message',
  doc: 'a message carries a limited number of images',
  apply: (draft, findings) => {
    const newest = draft.request.messages.length - 1
    const limit = draft.target.limits.imagesPerMessage
    return mapTurns(draft, turn => {
      const pictures = turn.pieces.filter(piece => piece.type === 'picture')
      let over = pictures.length - limit
      if (over <= 0) return turn
      const fixed = (picture: Picture) => picture.attached && picture.index === newest
      if (pictures.filter(fixed).length > limit) {
        findings.refuse({ what: `the message holds more than ${limit} images`, where: messageAt(newest), remedy: 'spread them over several messages' })
      }
      findings.warn(`${over} of ${pictures.length} images were left out, the oldest first: ${limit} is the most of one turn`, messageAt(turn.index))
      return withPieces(
        turn,
        spreadList(turn.pieces, piece => {
          if (piece.type !== 'picture' || over === 0 || fixed(piece)) return piece
          over -= 1
          return note('too many images in one turn')
        }),
      )
    })
  },
}

interface Attached {
  readonly draft: Draft
  readonly findings: Findings
  readonly newest: number
}

function attachedPicture(piece: Piece, turn: Turn, { draft, findings, newest }: Attached): Piece {
  if (piece.type !== 'image') return piece
  const reading = readImage(piece.source, draft.target.limits.imageCharacters)
  if (reading.kind === 'picture') return picture(reading, turn.index, true)
  if (reading.kind === 'unreadable') return findings.refuse({ what: reading.problem, where: messageAt(turn.index), remedy: REMEDY })
  if (turn.index === newest) return findings.refuse({ what: reading.problem, where: messageAt(turn.index), remedy: 'send it smaller' })
  findings.warn(`${reading.problem}; a note stands in its place`, messageAt(turn.index))
  return note('it is too large')
}

function resultPictures(turn: UserTurn, draft: Draft, findings: Findings): UserTurn {
  if (!turn.results.some(result => result.content.some(part => part.type === 'image'))) return turn
  const pictures: Picture[] = []
  const inText = (result: DraftResult, part: TextPart | ImagePart | DocumentPart): TextPart | DocumentPart => {
    if (part.type !== 'image') return part
    const reading = readImage(part.source, draft.target.limits.imageCharacters)
    if (reading.kind === 'picture') {
      pictures.push(picture(reading, result.index, false))
      return { type: 'text', text: '[The image is attached to this message.]' }
    }
    findings.warn(`${reading.problem}; a note stands in its place in the tool result`, messageAt(result.index))
    return note(reading.problem)
  }
  const results = turn.results.map(result => ({ ...result, content: result.content.map(part => inText(result, part)) }))
  return { ...turn, results, pieces: [...turn.pieces, ...pictures] }
}

function picture({ format, data }: ImageReading & { kind: 'picture' }, index: number, attached: boolean): Picture {
  return { type: 'picture', format, data, index, attached }
}

function note(reason: string): TextPart {
  return { type: 'text', text: `[An image was left out: ${reason}.]` }
}

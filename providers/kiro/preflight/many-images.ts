import { imageSize } from '../../../core/index.ts'
import type { Picture } from './draft.ts'
import { mapTurns, spreadList, withPieces } from './rework.ts'
import { messageAt, type Rule } from './rule.ts'

/** Of base64: enough for a JPEG's notes and preview, which stand before its size. */
const HEAD_CHARACTERS = 256 * 1024

/**
 * Images stay in the history, so one that is too large once there are many would fail every later turn of the session.
 * The oldest go first; what the newest message shows stays, and then so few others that the limit no longer holds.
 */
export const manyImages: Rule = {
  name: 'many-images',
  doc: 'where a conversation has many images none of them may be large',
  apply: (draft, findings) => {
    const { manyImages: limit, manyImagesSide: side } = draft.target.limits
    const pictures = draft.turns.flatMap(turn => turn.pieces.filter(piece => piece.type === 'picture'))
    if (pictures.length <= limit) return draft
    const newest = draft.request.messages.at(-1)?.index ?? draft.request.messages.length - 1
    const old = pictures.filter(picture => !picture.attached || picture.index !== newest)
    const large = pictures.filter(picture => isLarge(picture, side))
    const dropped = new Set<Picture>()
    // Large ones alone first; the small ones only where a large one has to stay.
    for (const picture of [...old.filter(each => large.includes(each)), ...old]) {
      if (large.every(each => dropped.has(each)) || pictures.length - dropped.size <= limit) break
      dropped.add(picture)
    }
    const [first] = dropped
    if (first === undefined) return draft
    findings.warn(
      `${dropped.size} of ${pictures.length} images were left out: where there are more than ${limit} none may have more than ${side} pixels a side`,
      messageAt(first.index),
    )
    return mapTurns(draft, turn =>
      withPieces(
        turn,
        spreadList(turn.pieces, piece =>
          piece.type === 'picture' && dropped.has(piece) ? { type: 'text', text: '[An image was left out: there are too many large ones.]' } : piece,
        ),
      ),
    )
  },
}

function isLarge(picture: Picture, side: number): boolean {
  const size = imageSize(Buffer.from(picture.data.slice(0, HEAD_CHARACTERS), 'base64'))
  return size !== undefined && Math.max(size.width, size.height) > side
}

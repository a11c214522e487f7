import { textOf } from './rework.ts'
import { type BodyRule, messageAt, type Rule } from './rule.ts'

export const messageSize: Rule = {
  name: 'message-size',
  doc: 'one message and one tool result have a length that the upstream is known to refuse',
  apply: (draft, findings) => {
    const { messageCharacters, resultCharacters } = draft.target.limits
    for (const turn of draft.turns) {
      if (turn.role === 'assistant') continue
      const length = textOf(turn.pieces).length
      if (length > messageCharacters)
        findings.warn(`the text of the message is ${length} characters long; above ${messageCharacters} the upstream is known to refuse`, messageAt(turn.index))
      for (const result of turn.results) {
        const size = result.content.reduce((sum, part) => sum + (part.type === 'text' ? part.text.length : 0), 0)
        if (size > resultCharacters)
          findings.warn(`a tool result is ${size} characters long; above ${resultCharacters} the upstream is known to refuse`, messageAt(result.index))
      }
    }
    return draft
  },
}

export const bodySize: BodyRule = {
  name: 'body-size',
  doc: 'very large requests are refused as malformed',
  inspect: (body, draft, findings) => {
    const limit = draft.target.limits.bodyBytes
    // No unit of UTF-16 needs more than three bytes.
    if (body.length * 3 <= limit) return
    const bytes = Buffer.byteLength(body)
    if (bytes > limit) findings.warn(`the request is ${bytes} bytes long; above ${limit} the upstream may refuse it as malformed`)
  },
}

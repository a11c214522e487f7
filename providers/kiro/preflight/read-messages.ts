import type { Message, Part, ReasoningPart } from '../../../core/index.ts'
import type { DraftResult, DraftUse, Piece, Turn } from './draft.ts'

interface OpenTurn {
  readonly role: 'user' | 'assistant'
  readonly index: number
  readonly instruction: boolean
  readonly pieces: Piece[]
  readonly results: DraftResult[]
  readonly uses: DraftUse[]
  readonly reasoning: ReasoningPart[]
}

/**
 * The client's messages as turns, nothing repaired yet.
 * A part decides its turn's role where its message's role cannot be right: results are the user's, calls and reasoning the
 * assistant's, so an assistant message that carries a call together with its result becomes three turns.
 */
export function readMessages(messages: readonly Message[]): readonly Turn[] {
  const turns: Turn[] = []
  for (const [position, message] of messages.entries()) {
    const index = message.index ?? position
    let open: OpenTurn | undefined
    for (const part of message.parts) {
      const role = roleOf(part, message.role)
      const instruction = message.role === 'system' && part.type !== 'tool-result' && role === 'user'
      if (open?.role !== role || open.instruction !== instruction) {
        if (open) turns.push(close(open))
        open = { role, index, instruction, pieces: [], results: [], uses: [], reasoning: [] }
      }
      place(open, part)
    }
    if (open) turns.push(close(open))
  }
  return turns
}

function roleOf(part: Part, role: Message['role']): 'user' | 'assistant' {
  if (part.type === 'tool-call' || part.type === 'reasoning') return 'assistant'
  if (part.type === 'tool-result') return 'user'
  return role === 'assistant' ? 'assistant' : 'user'
}

function place(turn: OpenTurn, part: Part): void {
  switch (part.type) {
    case 'text':
    case 'image':
    case 'document':
    case 'foreign':
      turn.pieces.push(part)
      break
    case 'reasoning':
      turn.reasoning.push(part)
      break
    case 'tool-call':
      turn.uses.push({ id: part.id, name: part.name, input: part.input, index: turn.index })
      break
    case 'tool-result':
      turn.results.push({ id: part.id, content: part.content, isError: part.isError, index: turn.index })
      break
    default:
      part satisfies never
  }
}

function close({ role, index, instruction, pieces, results, uses, reasoning }: OpenTurn): Turn {
  return role === 'user' ? { role, index, pieces, results, instruction } : { role, index, pieces, uses, reasoning }
}

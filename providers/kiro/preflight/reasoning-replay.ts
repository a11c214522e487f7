import { isEnvelope, type ReasoningPart } from '../../../core/index.ts'
import type { Target } from './draft.ts'
import { mapTurns } from './rework.ts'
import { messageAt, type Rule } from './rule.ts'

/**
 * One complete, signed block of a turn is replayed verbatim to models that reason natively, else none of the turn's blocks:
 * a turn has room for one, and leaving out some of several spoils the rest (`kiro.md` §5.10).
 */
export const reasoningReplay: Rule = {
  name: 'reasoning-replay',
  doc: 'earlier reasoning is replayed whole and signed, or not at all',
  apply: (draft, findings) => {
    const native = replaysReasoning(draft.target)
    return mapTurns(draft, turn => {
      if (turn.role === 'user' || turn.reasoning.length === 0) return turn
      const [only] = turn.reasoning
      if (native && turn.reasoning.length === 1 && only !== undefined && isComplete(only)) return turn
      if (native) findings.warn('reasoning that is unsigned, incomplete or in several blocks was left out', messageAt(turn.index))
      else if (draft.target.remedies.has('drop-signatures')) findings.warn('the upstream did not accept the signature of earlier reasoning, so it was left out', messageAt(turn.index))
      return { ...turn, reasoning: [] }
    })
  },
}

function replaysReasoning(target: Target): boolean {
  return target.fields.length > 0 && !target.remedies.has('drop-signatures')
}

function isComplete({ text, signature, redacted }: ReasoningPart): boolean {
  if (isEnvelope(redacted ?? signature ?? '')) return false
  if (redacted !== undefined) return redacted !== '' && redacted.isWellFormed()
  return text !== '' && signature !== undefined && signature !== '' && text.isWellFormed() && signature.isWellFormed()
}

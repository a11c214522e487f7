import { isMadeHere } from '../../core/wire/reasoning-details.ts'
import { isRecord, type Json } from './content.ts'
import type { Losses } from './losses.ts'
import type { Quirks } from './quirks.ts'
import { recalledFor, type RecallReasoning } from './reasoning.ts'

interface Mending {
  readonly quirks: Pick<Quirks, 'reasoningHistory'>
  readonly losses: Losses
  readonly recall: RecallReasoning
  /** Whether the client asks for reasoning: what is lost then will be missed. */
  readonly wanted: boolean
}

/**
 * Earlier reasoning in the words of a client of this wire: what another upstream signed is taken out, and what the client
 * had no place for is put back on the turns whose calls it led to (`providers.md` §6.5; §10.2, 5 and 6).
 */
export function mendReasoning(body: Record<string, unknown>, mending: Mending): void {
  const messages = listOf(body['messages'])
  const loopFrom = messages.findLastIndex(message => isRecord(message) && message['role'] === 'user')
  const mended = messages.map((message, index) => {
    if (!isRecord(message) || message['role'] !== 'assistant') return message
    const own = withoutForeignDetails(message, mending.losses)
    return Array.isArray(own['tool_calls']) ? withReasoning(own, index > loopFrom, mending) : own
  })
  if (mended.some((message, index) => message !== messages[index])) body['messages'] = mended
}

/** The gateway made them of another wire's reasoning, and their signatures are nothing to this upstream. */
function withoutForeignDetails(message: Json, losses: Losses): Json {
  const details = listOf(message['reasoning_details'])
  if (!details.some(isMadeHere)) return message
  losses.report('reasoning-history', 'earlier reasoning of another upstream was not sent back')
  const { reasoning_details: _details, ...rest } = message
  const own = details.filter(detail => !isMadeHere(detail))
  return own.length === 0 ? rest : { ...rest, reasoning_details: own }
}

function withReasoning(message: Json, current: boolean, { quirks, losses, recall, wanted }: Mending): Json {
  const calls = listOf(message['tool_calls']).flatMap(call => (isRecord(call) && typeof call['id'] === 'string' ? [call['id']] : []))
  const known = () => {
    const found = recalledFor(calls, recall)
    if (found === undefined && wanted && current)
      losses.report('reasoning-history', 'the reasoning before earlier tool calls is not known here and was not sent back')
    return found
  }
  switch (quirks.reasoningHistory) {
    case 'none':
      return message
    case 'reasoning_content': {
      const told = message['reasoning_content']
      // The upstream refuses turns with calls that lack the key, and wants its text in the turn that is under way.
      if (typeof told === 'string' && (told !== '' || !current)) return message
      const text = current ? (known()?.content ?? '') : ''
      return told === text ? message : { ...message, reasoning_content: text }
    }
    case 'reasoning_details': {
      if (listOf(message['reasoning_details']).length > 0) return message
      const details = known()?.details ?? []
      return details.length === 0 ? message : { ...message, reasoning_details: details }
    }
    default:
      return quirks.reasoningHistory satisfies never
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

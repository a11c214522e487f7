import type { Message, Part, ReasoningPart } from '../../../core/index.ts'
import { isReplayable } from './parts.ts'

/** What led to a tool call, where that is still known; none is a thing to know too. */
export type Recall = (call: string) => readonly ReasoningPart[] | undefined

export interface Recalled {
  readonly messages: readonly Message[]
  /** Parts that are this upstream's own, signed or not. */
  readonly recalled: ReadonlySet<Part>
}

/**
 * Puts reasoning back in front of the tool calls that it led to, for clients that have no place for it (`providers.md`
 * §7.2): unmodified, and first in its turn. What a client did keep is left to the client.
 */
export function withRecalledReasoning(messages: readonly Message[], recall: Recall): Recalled {
  const recalled = new Set<Part>()
  const restored = messages.map(message => {
    const { role, parts } = message
    if (role !== 'assistant' || !parts.some(part => part.type === 'tool-call')) return message
    if (parts.some(part => part.type === 'reasoning' && isReplayable(part))) return message
    const told = new Set<readonly ReasoningPart[]>()
    let first = true
    const whole: Part[] = []
    for (const part of parts) {
      // Its text alone, without the signature, is what Chat clients keep of the same thought.
      if (part.type === 'reasoning') continue
      if (part.type === 'tool-call') {
        const known = recall(part.id) ?? []
        if (!told.has(known)) whole.splice(first ? 0 : whole.length, 0, ...known)
        told.add(known)
        for (const thought of known) recalled.add(thought)
        first = false
      }
      whole.push(part)
    }
    return whole.some(part => part.type === 'reasoning') ? { ...message, parts: whole } : message
  })
  return { messages: restored, recalled }
}

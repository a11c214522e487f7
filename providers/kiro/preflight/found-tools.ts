import type { Message } from '../../../core/index.ts'

/** Deeper than any block that names a tool. */
const MAX_DEPTH = 6

/**
 * Names of the tools that a tool search has found in the conversation, the latest find first. References come as blocks
 * of their own, inside a search's result block, or as the text of an ordinary tool result.
 */
export function foundTools(messages: readonly Message[]): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { parts } of messages.toReversed()) {
    for (const part of parts) {
      if (part.type === 'foreign') collect(part.value, names, MAX_DEPTH)
      if (part.type !== 'tool-result') continue
      for (const inner of part.content) if (inner.type === 'text' && inner.text.includes('tool_reference')) collect(parsed(inner.text), names, MAX_DEPTH)
    }
  }
  return names
}

function collect(value: unknown, names: Set<string>, depth: number): void {
  if (typeof value !== 'object' || value === null || depth === 0) return
  if ('type' in value && value.type === 'tool_reference' && 'tool_name' in value && typeof value.tool_name === 'string') names.add(value.tool_name)
  for (const inner of Object.values(value)) collect(inner, names, depth - 1)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

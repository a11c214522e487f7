import type { Draft, DraftTool } from './draft.ts'
import { foundTools } from './found-tools.ts'
import { wellFormed } from './rework.ts'
import type { Rule } from './rule.ts'
import { instruct } from './settings.ts'
import { namesInHistory } from './tools.ts'

/** What is still declared after more was answered with silence: as much as is known to have passed (`kiro.md` §5.6). */
const FEWER = { count: 49, characters: 100_000 }

/** Names beyond these would be a catalogue again. */
const NAMES_TOLD = 300

/**
 * Very many tools are refused or answered with nothing. What the conversation needs stays: tools that its history calls,
 * the one that must be called, those that a tool search just found. Of the rest, the first ones of the client's list.
 */
export const toolLimit: Rule = {
  name: 'tool-limit',
  doc: 'no more tools than the upstream takes: the model is told the names of the others',
  apply: (draft, findings) => {
    const { count, characters } = allowance(draft)
    if (draft.tools.length <= count && (characters === Number.POSITIVE_INFINITY || sizeOf(draft.tools) <= characters)) return draft
    const kept = new Set<DraftTool>()
    let size = 0
    for (const { tool, needed } of byNeed(draft)) {
      const own = sizeOf([tool])
      if (!needed && (kept.size >= count || size + own > characters)) continue
      kept.add(tool)
      size += own
    }
    const left = draft.tools.filter(tool => !kept.has(tool)).map(tool => wellFormed(tool.name))
    if (left.length === 0) return draft
    findings.warn(`${left.length} of ${draft.tools.length} tools were not declared, the model was told their names: ${left.slice(0, 5).join(', ')}`, 'tools')
    const told = `${left.slice(0, NAMES_TOLD).join(', ')}${left.length > NAMES_TOLD ? ` and ${left.length - NAMES_TOLD} more` : ''}`
    const text = `There are more tools than can be offered to you at once. Not available in this turn: ${told}. Say so if you need one of them.`
    return instruct({ ...draft, tools: draft.tools.filter(tool => kept.has(tool)) }, text)
  },
}

/** Whether declaring fewer tools is worth a try when the answer is filtered away without a word. */
export function hasManyTools(draft: Draft, body: string): boolean {
  if (draft.target.remedies.has('fewer-tools')) return false
  if (draft.tools.length > FEWER.count) return true
  // Measured only where it can matter: it costs a second serialisation.
  return body.length > FEWER.characters && sizeOf(draft.tools) > FEWER.characters
}

function allowance({ target }: Draft): { readonly count: number; readonly characters: number } {
  const { maxTools } = target.limits
  if (!target.remedies.has('fewer-tools')) return { count: maxTools, characters: Number.POSITIVE_INFINITY }
  return { count: Math.min(maxTools, FEWER.count), characters: FEWER.characters }
}

function byNeed(draft: Draft): readonly { readonly tool: DraftTool; readonly needed: boolean }[] {
  const called = namesInHistory(draft)
  const found = [...foundTools(draft.request.messages)]
  const isNeeded = ({ name }: DraftTool) => called.has(name) || name === draft.forcedTool
  const rank = (tool: DraftTool) => (isNeeded(tool) ? -1 : found.includes(tool.name) ? found.indexOf(tool.name) : found.length)
  const ranked = draft.tools.map(tool => ({ tool, needed: isNeeded(tool), rank: rank(tool) }))
  return ranked.toSorted((one, other) => one.rank - other.rank)
}

function sizeOf(tools: readonly DraftTool[]): number {
  return tools.reduce((sum, { description, schema }) => sum + description.length + JSON.stringify(schema).length, 0)
}

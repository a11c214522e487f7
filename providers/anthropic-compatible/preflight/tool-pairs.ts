import { CallIds } from './tool-identifiers.ts'
import { type Findings, messageAt } from './rules.ts'
import type { Block, ToolResultBlock, ToolUseBlock, Turn } from './turn.ts'

/**
 * Every call with its one result at the beginning of the next turn, and no result without its call (`providers.md` §7.2).
 * Wants turns that alternate.
 */
export function pairTools(turns: readonly Turn[], findings: Findings): Turn[] {
  const ids = new CallIds(turns.flatMap(({ blocks }) => blocks.flatMap(block => (block.type === 'tool_use' ? [block.id] : []))))
  const paired: Turn[] = []
  let open: OpenCall[] = []
  for (const [position, turn] of turns.entries()) {
    if (turn.role === 'user') {
      paired.push(answered(turn, open, findings))
      open = []
      continue
    }
    const calls = withOwnIds(turn, ids, findings)
    open = calls.open
    paired.push(calls.turn)
    if (open.length === 0 || turns[position + 1] !== undefined) continue
    paired.push(answered({ role: 'user', index: turn.index, blocks: [] }, open, findings))
    open = []
  }
  return paired
}

interface OpenCall {
  /** The client's id, and the one that is sent. */
  readonly id: string
  readonly own: string
}

function withOwnIds(turn: Turn, ids: CallIds, findings: Findings): { readonly turn: Turn; readonly open: OpenCall[] } {
  const open: OpenCall[] = []
  const blocks = turn.blocks.map(block => {
    if (block.type !== 'tool_use') return block
    const own = ids.next(block.id)
    if (own !== block.id) {
      const rule = /^[A-Za-z0-9_-]{1,64}$/.test(block.id) ? 'repeated-tool-ids' : 'tool-ids'
      findings.warn(rule, 'the id of a tool call was rewritten, in its result too', messageAt(turn.index))
    }
    open.push({ id: block.id, own })
    return { ...block, id: own } satisfies ToolUseBlock
  })
  return { turn: { ...turn, blocks }, open }
}

/** Results first, each for one open call; the rest of the turn after them. */
function answered(turn: Turn, open: readonly OpenCall[], findings: Findings): Turn {
  const waiting = [...open]
  const found = new Map<string, ToolResultBlock>()
  const rest: Block[] = []
  for (const block of turn.blocks) {
    if (block.type !== 'tool_result') {
      rest.push(block)
      continue
    }
    const at = waiting.findIndex(({ id }) => id === block.tool_use_id)
    const [call] = at === -1 ? [] : waiting.splice(at, 1)
    if (call !== undefined) {
      found.set(call.own, { ...block, tool_use_id: call.own })
      continue
    }
    findings.warn('orphan-results', 'the result of a call that is not in the turn before became text', messageAt(turn.index))
    rest.push(...asText(block))
  }
  if (waiting.length > 0)
    findings.warn(
      'missing-results',
      `${waiting.length} tool ${waiting.length === 1 ? 'call has' : 'calls have'} no result; the model is told so`,
      messageAt(turn.index),
    )
  const results = open.map(({ own }): ToolResultBlock => found.get(own) ?? missing(own))
  return { ...turn, blocks: [...results, ...rest] }
}

function missing(id: string): ToolResultBlock {
  return { type: 'tool_result', tool_use_id: id, content: [{ type: 'text', text: 'The tool call was not carried out.' }], is_error: true }
}

function asText({ content = [], is_error: failed }: ToolResultBlock): readonly Block[] {
  const heading = failed === true ? 'A tool call failed:' : 'A tool call returned:'
  return content.length === 0 ? [{ type: 'text', text: `${heading} nothing` }] : [{ type: 'text', text: heading }, ...content]
}

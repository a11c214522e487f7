import type { ChatRequest, Message } from '../../../core/index.ts'
import { type ReplayPolicy, turnsOf } from './parts.ts'
import { type Findings, messageAt } from './rules.ts'
import { pairTools } from './tool-pairs.ts'
import { type Block, cacheMark, isBlank, isThinking, type TextBlock, textTurn, type Turn } from './turn.ts'

export interface Conversation {
  readonly system: readonly TextBlock[]
  readonly turns: readonly Turn[]
}

export interface ConversationPolicy extends ReplayPolicy {
  /** Whether the last turn may be the assistant's. */
  readonly prefill: boolean
}

/**
 * System prompt and turns as the API takes them: alternating, the user first, calls and results in pairs.
 * @throws GatewayError `bad_request` when nothing is left to answer
 */
export function composeConversation(request: Pick<ChatRequest, 'system' | 'messages'>, policy: ConversationPolicy, findings: Findings): Conversation {
  const { system, messages } = leadingSystem(request)
  const said = messages.flatMap(message => turnsOf(asSpoken(message, findings), message.at, { findings, policy }))
  const turns = pairTools(alternating(said).flatMap(withoutLooseReasoning(findings)), findings)
  if (turns.length === 0 && system.length === 0) {
    findings.refuse('empty-conversation', { what: 'the conversation holds nothing to answer', where: messageAt(0), remedy: 'send a message with text' })
  }
  return { system, turns: assistantLast(userFirst(turns, findings), policy.prefill, findings) }
}

/** A message with its place in the client's list, by which complaints name it. */
type Placed = Message & { readonly at: number }

/** System messages before the conversation belong to the system prompt: no word comes before them. */
function leadingSystem({ system, messages }: Pick<ChatRequest, 'system' | 'messages'>): {
  readonly system: readonly TextBlock[]
  readonly messages: readonly Placed[]
} {
  const placed = messages.map((message, position) => ({ ...message, at: message.index ?? position }))
  const end = placed.findIndex(({ role }) => role !== 'system')
  const leading = end === -1 ? placed : placed.slice(0, end)
  const texts = [...system, ...leading.flatMap(({ parts }) => parts.filter(part => part.type === 'text'))]
  return {
    system: texts.filter(({ text }) => !isBlank(text)).map(({ text, cache }): TextBlock => ({ type: 'text', text, ...cacheMark(cache) })),
    messages: end === -1 ? [] : placed.slice(end),
  }
}

/** Later ones keep their place: moved into the system prompt they would change the prefix that caches live on. */
function asSpoken(message: Placed, findings: Findings): Placed & { readonly role: 'user' | 'assistant' } {
  const { role } = message
  if (role !== 'system') return { ...message, role }
  findings.warn('mid-conversation-system', 'a system message inside the conversation goes to the model as tagged user text', messageAt(message.at))
  const parts = message.parts.map(part =>
    part.type === 'text' && !isBlank(part.text) ? { ...part, text: `<system-instruction>\n${part.text}\n</system-instruction>` } : part,
  )
  return { ...message, role: 'user', parts }
}

/** Neighbours of one role become one turn. */
function alternating(turns: readonly Turn[]): Turn[] {
  const groups: { readonly role: Turn['role']; readonly index: number; readonly blocks: Block[] }[] = []
  for (const { role, index, blocks } of turns) {
    const last = groups.at(-1)
    if (last?.role === role) last.blocks.push(...blocks)
    else groups.push({ role, index, blocks: [...blocks] })
  }
  return groups
}

/** Reasoning must lead to something: at the end of a turn it is refused. */
function withoutLooseReasoning(findings: Findings): (turn: Turn) => readonly Turn[] {
  return turn => {
    if (turn.role === 'user') return [turn]
    const end = turn.blocks.findLastIndex(block => !isThinking(block)) + 1
    if (end === turn.blocks.length) return [turn]
    findings.warn('reasoning-replay', 'earlier reasoning that led to nothing was left out', messageAt(turn.index))
    return end === 0 ? [] : [{ ...turn, blocks: turn.blocks.slice(0, end) }]
  }
}

function userFirst(turns: readonly Turn[], findings: Findings): readonly Turn[] {
  const [first] = turns
  if (first?.role === 'user') return turns
  if (first !== undefined)
    findings.warn('user-first', 'the conversation begins with the assistant; a word of the user was put before it', messageAt(first.index))
  return [textTurn('user', 'Please begin.', 0), ...turns]
}

/** The end of a prefill must not be blank: the model would have to continue after it. */
function assistantLast(turns: readonly Turn[], prefill: boolean, findings: Findings): readonly Turn[] {
  const last = turns.at(-1)
  if (last?.role !== 'assistant') return turns
  if (prefill) {
    const blocks = last.blocks.map((block, position) =>
      block.type === 'text' && position === last.blocks.length - 1 ? { ...block, text: block.text.trimEnd() } : block,
    )
    return [...turns.slice(0, -1), { ...last, blocks }]
  }
  findings.warn('assistant-last', "the last message is the assistant's; the model is asked to continue it, which is not a true prefill", messageAt(last.index))
  return [...turns, textTurn('user', 'Continue your last message where it stopped, without repeating it.', last.index)]
}

import { type Fields, fieldsOf, isFields, listOf } from '../../untrusted.ts'
import type { SimulatedModel } from '../models.ts'
import { checkBlock, checkText } from './blocks.ts'
import { onlyKnown, refuse, type ValidationContext } from './complaint.ts'

interface Turn {
  readonly role: string
  /** Of its first message. */
  readonly index: number
  readonly blocks: Fields[]
}

/** Order, contents and pairing of the messages (`providers.md` §7.2). @throws Refused */
export function checkConversation(body: Fields, model: SimulatedModel, context: ValidationContext): void {
  if (!Array.isArray(body.messages)) refuse('messages: Field required')
  const messages = listOf(body.messages)
  if (messages.length === 0) refuse('messages: at least one message is required')
  messages.forEach((message, index) => checkMessage(message, index, { model, context, last: index === messages.length - 1 }))
  const turns = mergedTurns(messages)
  if (turns[0]?.role !== 'user') refuse('messages: first message must use the "user" role')
  checkPairs(turns)
  checkEnd(turns, model)
  checkOpenLoop(turns, fieldsOf(body.thinking).type)
}

interface MessageContext {
  readonly model: SimulatedModel
  readonly context: ValidationContext
  readonly last: boolean
}

function checkMessage(message: unknown, index: number, { model, context, last }: MessageContext): void {
  if (!isFields(message)) refuse(`messages.${index}: Input should be a valid dictionary`)
  onlyKnown(message, ['role', 'content'], { path: `messages.${index}`, future: context.future })
  const { role, content } = message
  const roles = ['user', 'assistant', ...(model.systemTurns ? ['system'] : [])]
  if (!roles.includes(String(role))) refuse(`messages.${index}.role: Input should be ${roles.map(each => `'${each}'`).join(' or ')}`)
  if (typeof content === 'string') {
    if (content.trim() === '' && !(last && role === 'assistant'))
      refuse(`messages.${index}: all messages must have non-empty content except for the optional final assistant message`)
    return
  }
  if (!Array.isArray(content)) refuse(`messages.${index}.content: Field required`)
  if (content.length === 0 && !(last && role === 'assistant'))
    refuse(`messages.${index}: all messages must have non-empty content except for the optional final assistant message`)
  content.forEach((block, at) => checkBlock(block, `messages.${index}.content.${at}`, { role: role === 'system' ? 'user' : String(role), context }))
}

/** The API takes neighbours of one role together. */
function mergedTurns(messages: readonly unknown[]): Turn[] {
  const turns: Turn[] = []
  messages.forEach((message, index) => {
    const { role: told, content } = fieldsOf(message)
    const role = told === 'system' ? 'user' : String(told)
    const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : listOf(content).map(fieldsOf)
    const before = turns.at(-1)
    if (before?.role === role) before.blocks.push(...blocks)
    else turns.push({ role, index, blocks: [...blocks] })
  })
  return turns
}

function checkPairs(turns: readonly Turn[]): void {
  const seen = new Set<unknown>()
  turns.forEach(({ role, index, blocks }, position) => {
    if (role === 'assistant') {
      const calls = blocks.filter(({ type }) => type === 'tool_use').map(({ id }) => id)
      for (const id of calls) {
        if (seen.has(id)) refuse(`messages.${index}: \`tool_use\` ids must be unique`)
        seen.add(id)
      }
      const answered = new Set((turns[position + 1]?.blocks ?? []).filter(({ type }) => type === 'tool_result').map(({ tool_use_id: id }) => id))
      const open = calls.filter(id => !answered.has(id))
      if (open.length > 0)
        refuse(
          `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
        )
      return
    }
    const called = new Set((turns[position - 1]?.blocks ?? []).filter(({ type }) => type === 'tool_use').map(({ id }) => id))
    const results = blocks.flatMap(({ type, tool_use_id: id }, at) => (type === 'tool_result' ? [{ id, at }] : []))
    results.forEach(({ id, at }, count) => {
      if (!called.delete(id))
        refuse(
          `messages.${index}.content.${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${String(id)}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
        )
      if (at !== count) refuse(`messages.${index}: \`tool_result\` blocks must come first in the content`)
    })
  })
}

function checkEnd(turns: readonly Turn[], model: SimulatedModel): void {
  const last = turns.at(-1)
  if (last?.role !== 'assistant') return
  if (!model.prefill) refuse('This model does not support assistant message prefill. The conversation must end with a user message.')
  const block = last.blocks.at(-1)
  if (block?.type === 'thinking' || block?.type === 'redacted_thinking') refuse('messages: The final block in an assistant message cannot be `thinking`')
  if (block?.type === 'text' && String(block.text).trimEnd() !== block.text) refuse('messages: final assistant content cannot end with trailing whitespace')
}

/** With a budget, a tool loop goes on from the reasoning with which it began. */
function checkOpenLoop(turns: readonly Turn[], thinking: unknown): void {
  const [before, last] = turns.slice(-2)
  if (thinking !== 'enabled') return
  if (last?.role === 'assistant') refuse('messages: prefilling assistant messages is not supported when thinking is enabled')
  if (before?.role !== 'assistant' || last?.blocks.some(({ type }) => type === 'tool_result') !== true) return
  const first = before.blocks[0]?.type
  if (first !== 'thinking' && first !== 'redacted_thinking')
    refuse(
      `messages.${before.index}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${String(first)}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block.`,
    )
}

export function checkSystem(system: unknown, { future }: ValidationContext): void {
  if (system === undefined || typeof system === 'string') return
  if (!Array.isArray(system)) refuse('system: Input should be a valid array')
  system.forEach((block, index) => {
    const fields = fieldsOf(block)
    onlyKnown(fields, ['type', 'text', 'cache_control', 'citations'], { path: `system.${index}`, future })
    if (fields.type !== 'text') refuse(`system.${index}.type: Input should be 'text'`)
    checkText(fields.text, `system.${index}`)
  })
}

import type { Findings } from './rules.ts'
import { fieldsOf, listOf, textOf } from '../untrusted.ts'
import { safeCallIds } from './tool-identifiers.ts'

/** The fields by which blocks of the client's own tools name a call; those of the vendor's are never another vendor's. */
const ID_FIELDS: Readonly<Record<string, string>> = { tool_use: 'id', tool_result: 'tool_use_id' }

/**
 * Ids that another vendor gave to calls earlier in the session, in the form that this API takes, the same in call and
 * result (`providers.md` §10.2, 10): left as they are they would be refused for as long as the session lives.
 */
export function mendCallIds(body: Record<string, unknown>, findings: Findings): void {
  const messages = listOf(body.messages)
  const ids = messages.flatMap(message => listOf(fieldsOf(message).content).flatMap(block => idOf(block) ?? []))
  const safe = safeCallIds(ids)
  if (safe === undefined) return
  findings.warn('tool-ids', 'ids of tool calls that this API does not take were rewritten, in their results too', 'messages')
  body.messages = messages.map(message => {
    const fields = fieldsOf(message)
    if (!Array.isArray(fields.content)) return message
    return { ...fields, content: listOf(fields.content).map(block => withId(block, safe)) }
  })
}

function idOf(block: unknown): string | undefined {
  const fields = fieldsOf(block)
  return textOf(fields[ID_FIELDS[String(fields.type)] ?? ''])
}

function withId(block: unknown, safe: ReadonlyMap<string, string>): unknown {
  const id = idOf(block)
  const own = id === undefined ? undefined : safe.get(id)
  if (own === undefined) return block
  const fields = fieldsOf(block)
  return { ...fields, [ID_FIELDS[String(fields.type)] as string]: own }
}

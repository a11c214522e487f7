import type { ChatRequest, Message, OriginalRequest, Part, TextPart, Tool } from '../../core/index.ts'
import { partBlocks } from './preflight/parts.ts'
import type { Findings } from './preflight/rules.ts'
import { cacheMark } from './preflight/turn.ts'
import { fieldsOf, listOf } from './untrusted.ts'

type SameWire = ChatRequest & { readonly original: OriginalRequest }

/**
 * Messages, system prompt and tools in the client's own words, of which only what was changed on the way is said anew:
 * a fetched image shall not cost its neighbours what the hub has no word for.
 */
export function originalParts(request: SameWire, findings: Findings): Readonly<Record<'messages' | 'system' | 'tools', unknown>> {
  return { messages: messagesOf(request, findings), system: systemOf(request), tools: toolsOf(request) }
}

function messagesOf({ messages, original: { body, read } }: SameWire, findings: Findings): readonly unknown[] {
  const raw = listOf(body.messages)
  const known = new Map<Message, unknown>(read.messages.map((message, index) => [message, raw[index]]))
  const blocks = new Map<Part, unknown>()
  read.messages.forEach(({ parts }, index) => {
    const content = listOf(fieldsOf(raw[index]).content)
    parts.forEach((part, at) => {
      if (content[at] !== undefined) blocks.set(part, content[at])
    })
  })
  return messages.map(
    (message, index) =>
      known.get(message) ?? {
        role: message.role,
        content: message.parts.flatMap(part => (blocks.has(part) ? [blocks.get(part)] : rendered(part, { message, index, findings }))),
      },
  )
}

function rendered(
  part: Part,
  { message, index, findings }: { readonly message: Message; readonly index: number; readonly findings: Findings },
): readonly unknown[] {
  if (part.type === 'foreign' && part.wire === 'anthropic') return [part.value]
  const where = `messages.${message.index ?? index}`
  return partBlocks(part, { place: { findings, where }, role: message.role === 'assistant' ? 'assistant' : 'user', policy: { dropReasoning: false } })
}

function systemOf({ system, original: { body, read } }: SameWire): unknown {
  const raw = listOf(body.system)
  const known = new Map<TextPart, unknown>(read.system.map((part, index) => [part, raw[index]]))
  return system.map(part => known.get(part) ?? { type: 'text', text: part.text, ...cacheMark(part.cache) })
}

function toolsOf({ tools, original: { body, read } }: SameWire): unknown {
  const raw = listOf(body.tools)
  const known = new Map<Tool, unknown>(read.tools.map((tool, index) => [tool, raw[index]]))
  return tools.map(tool => known.get(tool) ?? { name: tool.name, description: tool.description, input_schema: tool.schema, ...cacheMark(tool.cache) })
}

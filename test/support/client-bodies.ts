import type { ChatRequest, ImagePart, Message, Part, ToolCallPart, ToolResultPart } from '../../core/index.ts'

type Json = Record<string, unknown>

/** The body that an Anthropic client sends for a hub request; what its API has no word for is left out. */
export function asAnthropicBody({ model, system, messages, tools, stop, stream, maxTokens }: ChatRequest): Json {
  return {
    model,
    max_tokens: Math.max(1, maxTokens ?? 1024),
    stream,
    ...(system.length > 0 ? { system: system.map(({ text }) => ({ type: 'text', text })) } : {}),
    ...(stop.length > 0 ? { stop_sequences: stop } : {}),
    ...(tools.length > 0 ? { tools: tools.map(({ name, description, schema }) => ({ name, description, input_schema: schema })) } : {}),
    messages: messages.map(({ role, parts }) => ({ role, content: parts.flatMap(anthropicBlock) })),
  }
}

function anthropicBlock(part: Part): Json[] {
  switch (part.type) {
    case 'text':
      return [{ type: 'text', text: part.text }]
    case 'image':
      return [{ type: 'image', source: anthropicSource(part.source) }]
    case 'document':
      return [{ type: 'document', source: part.source.kind === 'text' ? { type: 'text', media_type: 'text/plain', data: part.source.text } : anthropicSource(part.source) }]
    case 'reasoning':
      return [part.redacted === undefined ? { type: 'thinking', thinking: part.text, signature: part.signature ?? '' } : { type: 'redacted_thinking', data: part.redacted }]
    case 'tool-call':
      return [{ type: 'tool_use', id: part.id, name: part.name, input: part.input }]
    case 'tool-result':
      return [{ type: 'tool_result', tool_use_id: part.id, is_error: part.isError, content: part.content.flatMap(anthropicBlock) }]
    case 'foreign':
      return []
    default:
      return part satisfies never
  }
}

function anthropicSource(source: ImagePart['source']): Json {
  if (source.kind === 'base64') return { type: 'base64', media_type: source.mediaType, data: source.data }
  return source.kind === 'url' ? { type: 'url', url: source.url } : { type: 'file', file_id: source.id }
}

/** The body that an OpenAI client sends for a hub request: results are messages of their own. */
export function asOpenaiBody({ model, system, messages, tools, stop, stream, maxTokens }: ChatRequest): Json {
  return {
    model,
    stream,
    ...(maxTokens === undefined ? {} : { max_completion_tokens: Math.max(1, maxTokens) }),
    ...(stop.length > 0 ? { stop } : {}),
    ...(tools.length > 0 ? { tools: tools.map(({ name, description, schema }) => ({ type: 'function', function: { name, description, parameters: schema } })) } : {}),
    messages: [...system.map(({ text }) => ({ role: 'system', content: text })), ...messages.flatMap(openaiMessages)],
  }
}

function openaiMessages({ role, parts }: Message): Json[] {
  const content = parts.flatMap(openaiContent)
  if (role !== 'assistant') {
    const results = parts.filter((part): part is ToolResultPart => part.type === 'tool-result')
    return [
      ...results.map(({ id, content: inner }) => ({ role: 'tool', tool_call_id: id, content: inner.flatMap(openaiContent).filter(({ type }) => type === 'text') })),
      ...(content.length > 0 ? [{ role, content }] : []),
    ]
  }
  const calls = parts.filter((part): part is ToolCallPart => part.type === 'tool-call')
  const tool_calls = calls.map(({ id, name, input }) => ({ id, type: 'function', function: { name, arguments: JSON.stringify(input) } }))
  return [{ role, content: content.filter(({ type }) => type === 'text'), ...(tool_calls.length > 0 ? { tool_calls } : {}) }]
}

function openaiContent(part: Part): Json[] {
  if (part.type === 'text') return [{ type: 'text', text: part.text }]
  if (part.type === 'image' && part.source.kind === 'base64') return [{ type: 'image_url', image_url: { url: `data:${part.source.mediaType};base64,${part.source.data}` } }]
  return []
}

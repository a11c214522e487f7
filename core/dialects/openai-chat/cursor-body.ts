type Item = Readonly<Record<string, unknown>>

/**
 * Cursor posts bodies of the Responses API here for models whose names it takes for GPT-5, and expects a chat answer
 * (`providers.md` §10.1). Such a body in the words of Chat, item for item, so that positions stay what the client counts;
 * any other body as it is. Nothing is checked here: what comes out is checked like every chat body.
 */
export function asChatBody(body: unknown): unknown {
  if (!isItem(body) || body['messages'] !== undefined || body['input'] === undefined) return body
  const { input, text, max_output_tokens: maxTokens, ...rest } = body
  const messages = typeof input === 'string' ? [{ role: 'user', content: input }] : Array.isArray(input) ? input.map(messageOf) : input
  const format = isItem(text) ? chatFormat(text['format']) : undefined
  return { ...rest, messages, max_completion_tokens: maxTokens, ...(format === undefined ? {} : { response_format: format }) }
}

/** The system prompt that stands beside such a body's messages. */
export function instructionsOf(body: unknown): string {
  const instructions = isItem(body) && body['messages'] === undefined ? body['instructions'] : undefined
  return typeof instructions === 'string' ? instructions : ''
}

function messageOf(item: unknown): unknown {
  if (!isItem(item)) return item
  const { type, call_id: id, name, arguments: json, input, output } = item
  switch (type) {
    case 'function_call':
      return { role: 'assistant', tool_calls: [{ id, type: 'function', function: { name, arguments: json } }] }
    case 'custom_tool_call':
      return { role: 'assistant', tool_calls: [{ id, type: 'custom', custom: { name, input } }] }
    case 'function_call_output':
    case 'custom_tool_call_output':
      return { role: 'tool', tool_call_id: id, content: output }
    case 'reasoning':
      // Encrypted by another vendor: nobody here can read it.
      return { role: 'assistant' }
    default:
      return item
  }
}

function chatFormat(format: unknown): unknown {
  if (!isItem(format) || format['type'] !== 'json_schema') return format
  return { type: 'json_schema', json_schema: { name: format['name'], schema: format['schema'] } }
}

function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

import { type Fields } from '../untrusted.ts'
import type { SimulatedMessage } from './answer.ts'

/** One server-sent event as the service writes it. */
export function sse(data: Fields & { readonly type: string }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
}

/** A message as the events of a stream, its text over so many of them (`providers.md` §7.3). */
export function streamOf(message: SimulatedMessage, textEvents = 1): string[] {
  const { content, usage, stop_reason: reason, stop_sequence: sequence, ...head } = message
  const events = [
    sse({ type: 'message_start', message: { ...head, content: [], stop_reason: null, stop_sequence: null, usage: { ...usage, output_tokens: 1 } } }),
    sse({ type: 'ping' }),
  ]
  content.forEach((block, index) => {
    events.push(sse({ type: 'content_block_start', index, content_block: emptied(block) }))
    for (const delta of deltasOf(block, textEvents)) events.push(sse({ type: 'content_block_delta', index, delta }))
    events.push(sse({ type: 'content_block_stop', index }))
  })
  events.push(
    sse({ type: 'message_delta', delta: { stop_reason: reason, stop_sequence: sequence }, usage: { output_tokens: usage.output_tokens } }),
    sse({ type: 'message_stop' }),
  )
  return events
}

function emptied(block: Fields): Fields {
  switch (block.type) {
    case 'text':
      return { ...block, text: '' }
    case 'thinking':
      return { ...block, thinking: '', signature: '' }
    case 'tool_use':
      return { ...block, input: {} }
    default:
      return block
  }
}

function deltasOf(block: Fields, textEvents: number): readonly Fields[] {
  switch (block.type) {
    case 'text':
      return pieces(String(block.text), textEvents).map(text => ({ type: 'text_delta', text }))
    case 'thinking':
      return [...(block.thinking === '' ? [] : [{ type: 'thinking_delta', thinking: block.thinking }]), { type: 'signature_delta', signature: block.signature }]
    case 'tool_use': {
      const json = JSON.stringify(block.input)
      return json === '{}'
        ? [{ type: 'input_json_delta', partial_json: '' }]
        : pieces(json, 3).map(partial_json => ({ type: 'input_json_delta', partial_json }))
    }
    default:
      return []
  }
}

function pieces(text: string, count: number): readonly string[] {
  const characters = Array.from(text)
  const size = Math.max(1, Math.ceil(characters.length / Math.max(1, count)))
  return Array.from({ length: Math.ceil(characters.length / size) }, (_, index) => characters.slice(index * size, (index + 1) * size).join(''))
}

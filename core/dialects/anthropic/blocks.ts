import { GatewayError } from '../../errors/gateway-error.ts'
import type { CacheHint, DocumentPart, ImagePart, MediaSource, Part, TextPart, ToolResultPart } from '../../model/request.ts'
import {
  AnthropicDocument,
  AnthropicImage,
  AnthropicRedactedThinking,
  type AnthropicSource,
  AnthropicText,
  AnthropicThinking,
  AnthropicToolResult,
  AnthropicToolUse,
} from '../../wire/anthropic.ts'
import { checked } from '../../wire/checked.ts'

const checkText = checked(AnthropicText)
const checkImage = checked(AnthropicImage)
const checkDocument = checked(AnthropicDocument)
const checkToolUse = checked(AnthropicToolUse)
const checkToolResult = checked(AnthropicToolResult)
const checkThinking = checked(AnthropicThinking)
const checkRedacted = checked(AnthropicRedactedThinking)

interface Block {
  readonly type: string
}

/** A content block as a part; one that the hub has no word for is kept as it is. */
export function parseBlock(block: Block, path: string): Part {
  switch (block.type) {
    case 'text':
      return parseText(block, path)
    case 'image':
      return parseImage(block, path)
    case 'document':
      return parseDocument(block, path)
    case 'tool_use': {
      const { id, name, input, cache_control } = checkToolUse(block, path)
      return { type: 'tool-call', id, name, input, ...cacheOf(cache_control) }
    }
    case 'tool_result':
      return parseToolResult(block, path)
    case 'thinking': {
      const { thinking, signature } = checkThinking(block, path)
      return { type: 'reasoning', text: thinking, ...(signature ? { signature } : {}) }
    }
    case 'redacted_thinking':
      return { type: 'reasoning', text: '', redacted: checkRedacted(block, path).data }
    default:
      return { type: 'foreign', wire: 'anthropic', kind: block.type, value: block }
  }
}

/** A text block of `system` or of a tool result. */
export function parseText(block: unknown, path: string): TextPart {
  const { text, cache_control } = checkText(block, path)
  return { type: 'text', text, ...cacheOf(cache_control) }
}

function parseImage(block: unknown, path: string): ImagePart {
  const { source, cache_control } = checkImage(block, path)
  return { type: 'image', source: parseSource(source, `${path}.source`), ...cacheOf(cache_control) }
}

function parseDocument(block: unknown, path: string): DocumentPart {
  const { source, title, cache_control } = checkDocument(block, path)
  const rest = { ...(title ? { title } : {}), ...cacheOf(cache_control) }
  if (source.type === 'text') return { type: 'document', source: { kind: 'text', text: source.data ?? '' }, ...rest }
  if (source.type === 'content') return { type: 'document', source: { kind: 'text', text: textOf(source.content) }, ...rest }
  return { type: 'document', source: parseSource(source, `${path}.source`), ...rest }
}

function parseToolResult(block: unknown, path: string): ToolResultPart {
  const { tool_use_id: id, content, is_error, cache_control } = checkToolResult(block, path)
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? [])
  return {
    type: 'tool-result',
    id,
    content: blocks.map((inner, index) => resultPart(inner, `${path}.content.${index}`)),
    isError: is_error === true,
    ...cacheOf(cache_control),
  }
}

function resultPart(block: Block, path: string): TextPart | ImagePart | DocumentPart {
  if (block.type === 'image') return parseImage(block, path)
  if (block.type === 'document') return parseDocument(block, path)
  if (block.type === 'text') return parseText(block, path)
  // Search results, tool references and whatever comes next: the model reads them as their JSON.
  return { type: 'text', text: JSON.stringify(block) }
}

function parseSource(source: AnthropicSource, path: string): MediaSource {
  if (source.type === 'base64') {
    if (source.data === undefined) throw required(`${path}.data`)
    return { kind: 'base64', mediaType: source.media_type ?? 'application/octet-stream', data: source.data }
  }
  if (source.type === 'url') {
    if (source.url === undefined) throw required(`${path}.url`)
    return { kind: 'url', url: source.url }
  }
  if (source.type === 'file') {
    if (source.file_id === undefined) throw required(`${path}.file_id`)
    return { kind: 'file', id: source.file_id }
  }
  throw new GatewayError('bad_request', `${path}.type: must be one of base64, url, file`, { param: `${path}.type` })
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((block: unknown) => (typeof block === 'object' && block !== null && 'text' in block && typeof block.text === 'string' ? block.text : '')).join('\n')
}

function required(param: string): GatewayError {
  return new GatewayError('bad_request', `${param}: field required`, { param })
}

export function cacheOf(control: { readonly ttl?: string | null } | null | undefined): { cache?: CacheHint } {
  if (control === null || control === undefined) return {}
  return { cache: control.ttl === '1h' || control.ttl === '5m' ? { ttl: control.ttl } : {} }
}

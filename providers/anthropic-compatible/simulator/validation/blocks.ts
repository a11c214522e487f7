import { type Fields, fieldsOf, isFields, listOf } from '../../untrusted.ts'
import { onlyKnown, refuse, type ValidationContext } from './complaint.ts'

const MEDIA_TYPES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp']
const SIGNATURES: Readonly<Record<string, string>> = { iVBOR: 'image/png', '/9j/': 'image/jpeg', R0lGOD: 'image/gif', UklGR: 'image/webp' }
const ID = /^[a-zA-Z0-9_-]+$/
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
/** What vendors' own tools leave in a conversation; their insides are not looked at. */
const SERVER_BLOCKS = [
  'server_tool_use',
  'web_search_tool_result',
  'web_fetch_tool_result',
  'code_execution_tool_result',
  'search_result',
  'container_upload',
  'mcp_tool_use',
  'mcp_tool_result',
]
const IN_RESULTS = ['text', 'image', 'document', 'search_result', 'tool_reference']

/** One block of a message. @throws Refused */
export function checkBlock(block: unknown, path: string, { role, context }: { readonly role: string; readonly context: ValidationContext }): void {
  if (!isFields(block) || typeof block.type !== 'string') refuse(`${path}: Input should be a valid dictionary`)
  const { type } = block
  const only = (side: string) => {
    if (role !== side) refuse(`${path}: \`${type}\` blocks can only be in \`${side}\` messages`)
  }
  switch (type) {
    case 'text':
      onlyKnown(block, ['type', 'text', 'cache_control', 'citations'], { path: `${path}.text`, future: context.future })
      checkText(block.text, path)
      return
    case 'image':
      only('user')
      checkImage(block, path, context)
      return
    case 'document':
      only('user')
      checkDocument(block, path, context)
      return
    case 'tool_use':
      only('assistant')
      onlyKnown(block, ['type', 'id', 'name', 'input', 'cache_control', 'caller'], { path: `${path}.tool_use`, future: context.future })
      if (typeof block.id !== 'string' || !ID.test(block.id)) refuse(`${path}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`)
      if (typeof block.name !== 'string' || !/^[a-zA-Z0-9_-]{1,128}$/.test(block.name))
        refuse(`${path}.tool_use.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`)
      if (!isFields(block.input)) refuse(`${path}.tool_use.input: Input should be a valid dictionary`)
      return
    case 'tool_result':
      only('user')
      checkResult(block, path, context)
      return
    case 'thinking':
      only('assistant')
      onlyKnown(block, ['type', 'thinking', 'signature'], { path: `${path}.thinking`, future: context.future })
      if (typeof block.thinking !== 'string') refuse(`${path}.thinking.thinking: Field required`)
      if (!context.signed(block.thinking, block.signature)) refuse(`${path}: Invalid \`signature\` in \`thinking\` block`)
      return
    case 'redacted_thinking':
      only('assistant')
      if (typeof block.data !== 'string' || block.data === '') refuse(`${path}.redacted_thinking.data: Field required`)
      return
    default:
      if (!SERVER_BLOCKS.includes(type) && !context.future.has(type))
        refuse(`${path}: Input tag '${type}' found using 'type' does not match any of the expected tags`)
  }
}

export function checkText(text: unknown, path: string): void {
  if (typeof text !== 'string') refuse(`${path}.text.text: Input should be a valid string`)
  if (text === '') refuse('messages: text content blocks must be non-empty')
  if (text.trim() === '') refuse('messages: text content blocks must contain non-whitespace text')
}

function checkImage(block: Fields, path: string, { future }: ValidationContext): void {
  onlyKnown(block, ['type', 'source', 'cache_control'], { path: `${path}.image`, future })
  const source = fieldsOf(block.source)
  if (source.type !== 'base64') {
    checkElsewhere(source, `${path}.image.source`)
    return
  }
  const { media_type: mediaType, data } = source
  if (!MEDIA_TYPES.includes(String(mediaType)))
    refuse(`${path}.image.source.base64.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'`)
  if (typeof data !== 'string' || !BASE64.test(data)) refuse(`${path}.image.source.base64: invalid base64 data`)
  const real = Object.entries(SIGNATURES).find(([prefix]) => data.startsWith(prefix))?.[1]
  if (real === undefined) refuse(`${path}.image.source.base64.data: Could not process image`)
  if (real !== mediaType)
    refuse(`${path}.image.source.base64.data: The image was specified using the ${String(mediaType)} media type, but the image appears to be a ${real} image`)
}

function checkDocument(block: Fields, path: string, { future }: ValidationContext): void {
  onlyKnown(block, ['type', 'source', 'title', 'context', 'citations', 'cache_control'], { path: `${path}.document`, future })
  const source = fieldsOf(block.source)
  if (typeof block.title === 'string' && (block.title === '' || block.title.length > 500))
    refuse(`${path}.document.title: String should have between 1 and 500 characters`)
  switch (source.type) {
    case 'base64':
      if (source.media_type !== 'application/pdf') refuse(`${path}.document.source.base64.media_type: Input should be 'application/pdf'`)
      if (typeof source.data !== 'string' || !BASE64.test(source.data)) refuse(`${path}.document.source.base64: invalid base64 data`)
      return
    case 'text':
      if (source.media_type !== 'text/plain' || typeof source.data !== 'string' || source.data.trim() === '')
        refuse(`${path}.document.source.text: Input should be non-empty plain text`)
      return
    case 'content':
      return
    default:
      checkElsewhere(source, `${path}.document.source`)
  }
}

function checkElsewhere(source: Fields, path: string): void {
  const isUrl = source.type === 'url' && /^https?:\/\/\S+$/.test(String(source.url))
  const isFile = source.type === 'file' && /^file_[\w-]+$/.test(String(source.file_id))
  if (!isUrl && !isFile) refuse(`${path}: Input should be a valid source`)
}

function checkResult(block: Fields, path: string, context: ValidationContext): void {
  onlyKnown(block, ['type', 'tool_use_id', 'content', 'is_error', 'cache_control'], { path: `${path}.tool_result`, future: context.future })
  if (typeof block.tool_use_id !== 'string' || !ID.test(block.tool_use_id))
    refuse(`${path}.tool_result.tool_use_id: String should match pattern '^[a-zA-Z0-9_-]+$'`)
  if (block.is_error !== undefined && typeof block.is_error !== 'boolean') refuse(`${path}.tool_result.is_error: Input should be a valid boolean`)
  if (block.content === undefined || typeof block.content === 'string') return
  if (!Array.isArray(block.content)) refuse(`${path}.tool_result.content: Input should be a valid array`)
  listOf(block.content).forEach((inner, index) => {
    const { type } = fieldsOf(inner)
    if (!IN_RESULTS.includes(String(type))) refuse(`${path}.tool_result.content.${index}: Input tag '${String(type)}' does not match any of the expected tags`)
    if (block.is_error === true && type !== 'text') refuse(`${path}.tool_result: all content must be type "text" if \`is_error\` is true`)
    if (type !== 'tool_reference') checkBlock(inner, `${path}.tool_result.content.${index}`, { role: 'user', context })
  })
}

import type { DocumentPart, ForeignPart, ImagePart, MediaSource, Part, TextPart } from '../../model/request.ts'
import {
  AnthropicDocument,
  AnthropicImage,
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

interface Block {
  readonly type: string
}

/**
 * Blocks of Anthropic's API inside chat messages, as Cursor and some relays send them when the model is a Claude
 * (`providers.md` §10.1). Undefined for anything else.
 */
export function parseAnthropicBlock(block: Block, path: string): Part | undefined {
  switch (block.type) {
    case 'image':
      return imageOf(block, path)
    case 'document':
      return documentOf(block, path)
    case 'tool_use': {
      const { id, name, input } = checkToolUse(block, path)
      return { type: 'tool-call', id, name, input }
    }
    case 'tool_result': {
      const { tool_use_id: id, content, is_error } = checkToolResult(block, path)
      const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? [])
      return { type: 'tool-result', id, content: blocks.map((inner, index) => resultPart(inner, `${path}.content.${index}`)), isError: is_error === true }
    }
    case 'thinking': {
      const { thinking, signature } = checkThinking(block, path)
      return { type: 'reasoning', text: thinking, ...(signature ? { signature } : {}) }
    }
    default:
      return undefined
  }
}

function resultPart(block: Block, path: string): TextPart | ImagePart | DocumentPart {
  if (block.type === 'text') return { type: 'text', text: checkText(block, path).text }
  const media = block.type === 'image' ? imageOf(block, path) : block.type === 'document' ? documentOf(block, path) : undefined
  return media === undefined || media.type === 'foreign' ? { type: 'text', text: JSON.stringify(block) } : media
}

function imageOf(block: Block, path: string): ImagePart | ForeignPart {
  const source = sourceOf(checkImage(block, path).source)
  return source === undefined ? foreign(block) : { type: 'image', source }
}

function documentOf(block: Block, path: string): DocumentPart | ForeignPart {
  const { source, title } = checkDocument(block, path)
  const read = source.type === 'text' ? ({ kind: 'text', text: source.data ?? '' } as const) : sourceOf(source)
  return read === undefined ? foreign(block) : { type: 'document', source: read, ...(title ? { title } : {}) }
}

function sourceOf({ type, media_type, data, url }: AnthropicSource): MediaSource | undefined {
  if (type === 'base64' && data !== undefined) return { kind: 'base64', mediaType: media_type ?? 'application/octet-stream', data }
  if (type === 'url' && url !== undefined) return { kind: 'url', url }
  return undefined
}

function foreign(block: Block): ForeignPart {
  return { type: 'foreign', wire: 'anthropic', kind: block.type, value: block }
}

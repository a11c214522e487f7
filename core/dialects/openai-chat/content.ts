import { GatewayError } from '../../errors/gateway-error.ts'
import type { CacheHint, DocumentPart, ImagePart, Part, TextPart } from '../../model/request.ts'
import { checked } from '../../wire/checked.ts'
import { type OpenaiContent, OpenaiFile, OpenaiImage, OpenaiRefusal, OpenaiText } from '../../wire/openai-chat.ts'
import { parseAnthropicBlock } from './anthropic-blocks.ts'
import { fileData, imageSource } from './media.ts'

const checkText = checked(OpenaiText)
const checkImage = checked(OpenaiImage)
const checkFile = checked(OpenaiFile)
const checkRefusal = checked(OpenaiRefusal)

/** A message's content as parts; empty for null. */
export function parseContent(content: OpenaiContent | null | undefined, path: string): readonly Part[] {
  if (content === undefined || content === null) return []
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  return content.map((part, index) => parsePart(part, `${path}.${index}`))
}

/** The texts of a system message: it has no other parts. */
export function parseSystemContent(content: OpenaiContent | null | undefined, path: string): readonly TextPart[] {
  return parseContent(content, path).map((part, index) => {
    if (part.type === 'text') return part
    const param = `${path}.${index}.type`
    throw new GatewayError('bad_request', `${param}: a system or developer message holds text only; move the rest into a user message`, { param })
  })
}

/** What a tool gave back. A part that is no text, image or document the model reads as its JSON. */
export function parseResultContent(content: OpenaiContent | null | undefined, path: string): readonly (TextPart | ImagePart | DocumentPart)[] {
  return parseContent(content, path).map((part): TextPart | ImagePart | DocumentPart => {
    if (part.type === 'text' || part.type === 'image' || part.type === 'document') return part
    return { type: 'text', text: JSON.stringify(part.type === 'foreign' ? part.value : part) }
  })
}

function parsePart(part: { readonly type: string }, path: string): Part {
  switch (part.type) {
    case 'text':
    // Cursor sends parts of the Responses API in chat messages (`providers.md` §10.1).
    case 'input_text':
    case 'output_text': {
      const { text, cache_control } = checkText(part, path)
      return { type: 'text', text, ...cacheOf(cache_control) }
    }
    case 'image_url':
    case 'input_image': {
      const { image_url: image, cache_control } = checkImage(part, path)
      const bare = typeof image === 'string'
      return { type: 'image', source: imageSource(bare ? image : image.url, `${path}.image_url${bare ? '' : '.url'}`), ...cacheOf(cache_control) }
    }
    case 'file':
      return parseFile(part, path)
    case 'refusal':
      return refusalPart(checkRefusal(part, path).refusal)
    default:
      return parseAnthropicBlock(part, path) ?? { type: 'foreign', wire: 'openai-chat', kind: part.type, value: part }
  }
}

/** What the assistant said instead of an answer. */
export function refusalPart(refusal: string): Part {
  return { type: 'foreign', wire: 'openai-chat', kind: 'refusal', value: { type: 'refusal', refusal } }
}

function parseFile(part: unknown, path: string): Part {
  const { file, cache_control } = checkFile(part, path)
  const title = file.filename ?? undefined
  if (file.file_data != null) return { ...fileData(file.file_data, title, `${path}.file.file_data`), ...cacheOf(cache_control) }
  if (file.file_id != null)
    return { type: 'document', source: { kind: 'file', id: file.file_id }, ...(title === undefined ? {} : { title }), ...cacheOf(cache_control) }
  throw new GatewayError('bad_request', `${path}.file.file_data: field required`, { param: `${path}.file.file_data` })
}

/** `cache_control` is Anthropic's word, and every client that pays for a Claude through this API sends it along. */
export function cacheOf(control: { readonly ttl?: string } | null | undefined): { cache?: CacheHint } {
  if (control === null || control === undefined) return {}
  return { cache: control.ttl === '1h' || control.ttl === '5m' ? { ttl: control.ttl } : {} }
}

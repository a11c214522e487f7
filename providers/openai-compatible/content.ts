import type { DocumentPart, ForeignPart, ImagePart, TextPart } from '../../core/index.ts'
import type { Losses } from './losses.ts'
import type { Quirks } from './quirks.ts'

export type Json = Readonly<Record<string, unknown>>

/** What rendering a request needs beside the request. */
export interface Rendering {
  readonly quirks: Quirks
  readonly losses: Losses
}

export type ContentPart = TextPart | ImagePart | DocumentPart | ForeignPart

/** First characters of base64 by what they are an image of: what a client declares is no fact. */
const IMAGE_STARTS: readonly (readonly [start: string, mediaType: string])[] = [
  ['iVBORw0KGgo', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
]
const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/

/** One part of a message in the words of Chat Completions. */
export function renderPart(part: ContentPart, where: string, rendering: Rendering): Json {
  switch (part.type) {
    case 'text':
      return withCache(textPart(part.text), { ...part, where }, rendering)
    case 'image':
      return withCache(image(part, where, rendering), { ...part, where }, rendering)
    case 'document':
      return withCache(document(part, where, rendering), { ...part, where }, rendering)
    case 'foreign':
      return foreign(part, where, rendering)
    default:
      return part satisfies never
  }
}

export function textPart(text: string): Json {
  return { type: 'text', text: text.toWellFormed() }
}

function image({ source }: ImagePart, where: string, { quirks, losses }: Rendering): Json {
  const leftOut = (why: string) => {
    losses.report('images', `an image was left out: ${why}`, where)
    return textPart('[An image was left out here.]')
  }
  if (!quirks.images) return leftOut('this upstream takes none')
  switch (source.kind) {
    case 'url':
      return { type: 'image_url', image_url: { url: source.url } }
    case 'file':
      return leftOut("it lies in another vendor's file store; send its data")
    case 'base64': {
      const mediaType = IMAGE_STARTS.find(([start]) => source.data.startsWith(start))?.[1]
      if (mediaType === undefined || !BASE64.test(source.data)) return leftOut('it is no PNG, JPEG, GIF or WebP in base64')
      return { type: 'image_url', image_url: { url: `data:${mediaType};base64,${source.data}` } }
    }
    default:
      return source satisfies never
  }
}

function document({ source, title }: DocumentPart, where: string, { quirks, losses }: Rendering): Json {
  if (source.kind === 'text') return textPart(title === undefined ? source.text : `${title}\n\n${source.text}`)
  const named = title === undefined || title === '' ? 'A document' : `The document "${title}"`
  const leftOut = (why: string) => {
    losses.report('documents', `a document was left out: ${why}`, where)
    return textPart(`[${named} was left out here.]`)
  }
  if (source.kind !== 'base64') return leftOut('it is named by address; send its data')
  if (!quirks.files || !source.data.startsWith('JVBERi') || !BASE64.test(source.data))
    return leftOut(quirks.files ? 'it is no PDF in base64' : 'this upstream takes none; send its text')
  return { type: 'file', file: { filename: (title || 'document.pdf').toWellFormed(), file_data: `data:application/pdf;base64,${source.data}` } }
}

function foreign({ wire, kind, value }: ForeignPart, where: string, { losses }: Rendering): Json {
  const text = asText(kind, value)
  if (text !== undefined) return textPart(text)
  if (wire === 'openai-chat' && isRecord(value) && value['type'] === kind && kind !== 'refusal') return value
  losses.report('foreign-parts', `a "${kind}" block was left out: this upstream cannot read it`, where)
  return textPart(`[A "${kind}" block was left out here.]`)
}

/** What a block of another vendor says in plain words. */
function asText(kind: string, value: unknown): string | undefined {
  if (!isRecord(value)) return undefined
  const text = (name: string) => (typeof value[name] === 'string' && value[name].trim() !== '' ? value[name] : undefined)
  switch (kind) {
    case 'refusal':
      return text('refusal')
    case 'tool_reference':
      return text('tool_name') === undefined ? undefined : `The tool "${text('tool_name')}" is available.`
    case 'search_result': {
      const content: readonly unknown[] = Array.isArray(value['content']) ? value['content'] : []
      const lines = [text('title'), text('source'), ...content.map(block => (isRecord(block) && typeof block['text'] === 'string' ? block['text'] : undefined))]
      return lines.filter(line => line !== undefined).join('\n') || undefined
    }
    default:
      return undefined
  }
}

function withCache(rendered: Json, { cache, where }: Pick<TextPart, 'cache'> & { readonly where: string }, { quirks, losses }: Rendering): Json {
  if (cache === undefined) return rendered
  if (quirks.cacheMarks) return { ...rendered, cache_control: { type: 'ephemeral', ...cache } }
  losses.report('cache-marks', 'a mark of what should be cached was left out: this upstream knows none', where.replace(/^(messages\.\d+).*/, '$1'))
  return rendered
}

/** Texts alone are one string, which every server understands; a list is for what is more than text. */
export function asContent(parts: readonly Json[]): string | readonly Json[] {
  return parts.every(part => part['type'] === 'text' && !('cache_control' in part)) ? parts.map(part => part['text'] as string).join('\n\n') : parts
}

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

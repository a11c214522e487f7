import type { ChatRequest, DocumentPart, Part, Tool } from '../model/request.ts'
import { imageTokens } from './image-tokens.ts'

/** What a request costs: texts for the tokenizer, and tokens of what is no text. */
export interface CountedContent {
  readonly texts: readonly string[]
  readonly fixed: number
}

/** What stands around the content, in tokens: roles, block borders, and the model's own instructions for tool use. */
const PER_REQUEST = 3
const PER_MESSAGE = 4
const PER_BLOCK = 2
const PER_TOOL = 8
const FOR_TOOLS = 346

/** A page of a PDF is about 2,250 tokens and 50 KB; nothing longer than a hundred pages is read. */
const BYTES_PER_PDF_TOKEN = 25
const LEAST_PER_PDF = 1_500
const MOST_PER_PDF = 300_000
/** A document whose bytes are elsewhere: two pages. */
const UNSEEN_DOCUMENT = 4_500

/** Everything that a model reads of a request, nothing left out: clients compact by this count, so too little is worse than too much. */
export function contentOf(request: ChatRequest): CountedContent {
  const texts: string[] = []
  let fixed = PER_REQUEST
  const add = (part: Part) => {
    fixed += PER_BLOCK + addPart(part, texts)
  }
  for (const part of request.system) add(part)
  for (const message of request.messages) {
    fixed += PER_MESSAGE
    for (const part of message.parts) add(part)
  }
  if (request.tools.length > 0) fixed += FOR_TOOLS
  for (const tool of request.tools) fixed += addTool(tool, texts)
  if (request.toolChoice?.mode === 'tool') texts.push(request.toolChoice.name)
  if (request.responseFormat?.type === 'json-schema') texts.push(JSON.stringify(request.responseFormat.schema))
  return { texts: texts.filter(text => text !== ''), fixed }
}

/** Puts a part's text aside and returns the tokens of what is none. */
function addPart(part: Part, texts: string[]): number {
  switch (part.type) {
    case 'text':
      texts.push(part.text)
      return 0
    case 'reasoning':
      texts.push(part.text)
      // Sealed reasoning is about as long as its text, in base64 of bytes.
      return Math.ceil((part.redacted?.length ?? 0) / 4)
    case 'tool-call':
      texts.push(part.name, JSON.stringify(part.input))
      return 0
    case 'tool-result':
      return part.content.reduce((sum, inner) => sum + PER_BLOCK + addPart(inner, texts), 0)
    case 'image':
      return imageTokens(part.source)
    case 'document':
      return addDocument(part, texts)
    case 'foreign':
      texts.push(JSON.stringify(part.value) ?? '')
      return 0
    default:
      return part satisfies never
  }
}

function addDocument({ source, title }: DocumentPart, texts: string[]): number {
  if (title !== undefined) texts.push(title)
  if (source.kind === 'text') {
    texts.push(source.text)
    return 0
  }
  if (source.kind !== 'base64') return UNSEEN_DOCUMENT
  if (source.mediaType.startsWith('text/')) {
    texts.push(Buffer.from(source.data, 'base64').toString('utf8'))
    return 0
  }
  const bytes = source.data.length * 0.75
  return Math.min(MOST_PER_PDF, Math.max(LEAST_PER_PDF, Math.ceil(bytes / BYTES_PER_PDF_TOKEN)))
}

function addTool({ name, description, schema }: Tool, texts: string[]): number {
  texts.push(name, description, JSON.stringify(schema))
  return PER_TOOL
}

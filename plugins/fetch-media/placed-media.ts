import type { ChatRequest, DocumentPart, ImagePart, Part, TextPart } from '../../core/index.ts'

type Leaf = TextPart | ImagePart | DocumentPart

/** An address in a request: the newest message's is what the client asks about now. */
export interface PlacedUrl {
  readonly url: string
  readonly where: string
  readonly newest: boolean
}

/** All addresses behind which images and documents are, newest first, each once. */
export function urlsOf(request: ChatRequest): readonly PlacedUrl[] {
  const found = new Map<string, PlacedUrl>()
  const last = request.messages.length - 1
  for (const [at, message] of [...request.messages.entries()].reverse()) {
    for (const part of message.parts) {
      for (const leaf of part.type === 'tool-result' ? part.content : [part]) {
        const url = urlOf(leaf)
        if (url !== undefined && !found.has(url)) found.set(url, { url, where: `messages.${message.index ?? at}`, newest: at === last })
      }
    }
  }
  return [...found.values()]
}

/** A copy of the request in which `media` stands where the addresses were. */
export function withMedia(request: ChatRequest, media: (url: string, part: ImagePart | DocumentPart) => Leaf): ChatRequest {
  const placed = <P extends Part>(part: P): P | Leaf => {
    const url = urlOf(part)
    return url === undefined ? part : media(url, part as ImagePart | DocumentPart)
  }
  const parts = (given: readonly Part[]) =>
    given.map((part): Part => (part.type === 'tool-result' ? { ...part, content: part.content.map(placed) } : placed(part)))
  return { ...request, messages: request.messages.map(message => ({ ...message, parts: parts(message.parts) })) }
}

/** Bytes in the address itself need no fetching: providers read them. */
function urlOf(part: Part): string | undefined {
  if (part.type !== 'image' && part.type !== 'document') return undefined
  return part.source.kind === 'url' && !/^data:/i.test(part.source.url) ? part.source.url : undefined
}

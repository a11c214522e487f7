import { createHash } from 'node:crypto'
import type { ChatRequest, Message, Part } from '../../core/index.ts'

/** The client's per-build billing line differs between calls of one conversation. */
const ATTRIBUTION = /^\s*x-anthropic-billing-header:[^\n]*\n?/

/**
 * One id for all requests of a conversation, so that caches and signatures upstream find it again.
 * From the client's own session id where it tells one, else from how the conversation began. The tenant is part of it:
 * two callers with the same first words are not one conversation.
 */
export function conversationIdFor(request: ChatRequest, tenant: string): string {
  const hash = createHash('sha256')
  const add = (kind: string, text: string) => hash.update(`${kind}:${text.length}:`).update(text)
  add('tenant', tenant)
  if (request.session !== undefined && request.session !== '') add('session', request.session)
  else {
    for (const { text } of request.system) add('system', text.replace(ATTRIBUTION, ''))
    for (const message of opening(request.messages)) for (const part of message.parts) add(part.type, essence(part))
  }
  return asUuid(hash.digest())
}

/** Up to the first user message: what later requests of the conversation repeat. */
function opening(messages: readonly Message[]): readonly Message[] {
  const first = messages.findIndex(message => message.role === 'user')
  return messages.slice(0, first === -1 ? 1 : first + 1)
}

function essence(part: Part): string {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return part.text
    case 'image':
    case 'document':
      return part.source.kind === 'base64' ? `${part.source.data.length}:${part.source.data.slice(0, 256)}` : JSON.stringify(part.source)
    case 'tool-call':
    case 'tool-result':
      return part.id
    case 'foreign':
      return part.kind
    default:
      return part satisfies never
  }
}

/** The bits that mark a random UUID: it is what the upstream's own clients send. */
function asUuid(digest: Buffer): string {
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x40
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80
  return digest.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

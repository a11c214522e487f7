import { hash } from 'node:crypto'
import type { ChatRequest, Message, Part } from '../../core/index.ts'

/** The client's per-build billing line differs between calls of one conversation. */
const ATTRIBUTION = /^\s*x-anthropic-billing-header:[^\n]*\n?/

/**
 * One id for all requests of a conversation, so that caches and signatures upstream find it again.
 * From the client's own session id where it tells one, else from how the conversation began. The tenant is part of it:
 * two callers with the same first words are not one conversation.
 */
export function conversationIdFor(request: ChatRequest, tenant: string): string {
  let identity = field('tenant', tenant)
  if (request.session !== undefined && request.session !== '') identity += field('session', request.session)
  else {
    for (const { text } of request.system) identity += field('system', text.replace(ATTRIBUTION, ''))
    for (const message of opening(request.messages)) for (const part of message.parts) identity += field(part.type, essence(part))
  }
  return asUuid(hash('sha256', identity, 'hex'))
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

const field = (kind: string, text: string) => `${kind}:${text.length}:${text}`

/** With the bits that mark a random UUID: it is what the upstream's own clients send. */
function asUuid(digest: string): string {
  const variant = '89ab'[Number.parseInt(digest.charAt(16), 16) & 3]
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-4${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`
}

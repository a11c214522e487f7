import type { Principal } from '../contract/call.ts'
import type { ChatRequest } from '../model/request.ts'

/** Characters looked at from either end of a text: enough to tell beginnings apart, however long they are. */
const ENDS = 96

/** A client's line per build, which differs between calls of one conversation (`providers.md` §10.1). */
const CHANGING = 'x-anthropic-billing-header:'

/** What all requests of one conversation share. */
export interface SessionKey {
  readonly key: string
  /** False for the first request of a conversation that is known by its beginning alone: one that began alike is another. */
  readonly continues: boolean
}

/** The session that the client tells, else how the conversation began; the caller is part of either. */
export function sessionKey({ request, principal }: SessionSource): SessionKey | undefined {
  const { session, system, messages } = request
  const digest = new Digest()
  if (session !== undefined && session !== '') {
    digest.add(session)
    return { key: `${principal.keyId} ${digest.text}`, continues: true }
  }
  const first = messages.find(({ role }) => role === 'user')
  if (first === undefined) return undefined
  const instruction = system.find(({ text }) => !text.startsWith(CHANGING))
  if (instruction !== undefined) digest.add(instruction.text)
  for (const part of first.parts) if (part.type === 'text') digest.add(part.text)
  digest.add(`${first.parts.length} parts`)
  return { key: `${principal.keyId} ${digest.text}`, continues: messages.some(({ role }) => role === 'assistant') }
}

export interface SessionSource {
  readonly principal: Pick<Principal, 'keyId' | 'tenant'>
  readonly request: Pick<ChatRequest, 'session' | 'system' | 'messages'>
}

/** Two sums of 32 bits over the ends of texts: conversations are told apart, nothing is protected by it. */
class Digest {
  #one = 0x811c9dc5
  #other = 0x9e3779b1

  get text(): string {
    return `${(this.#one >>> 0).toString(36)}.${(this.#other >>> 0).toString(36)}`
  }

  add(text: string): void {
    const { length } = text
    let one = Math.imul(this.#one ^ length, 0x01000193)
    let other = Math.imul(this.#other ^ length, 0x85ebca6b)
    const head = Math.min(length, ENDS)
    for (let index = 0; index < length; index = index + 1 === head ? Math.max(length - ENDS, head) : index + 1) {
      const unit = text.charCodeAt(index)
      one = Math.imul(one ^ unit, 0x01000193)
      other = Math.imul(((other << 5) | (other >>> 27)) ^ unit, 0x85ebca6b)
    }
    this.#one = one
    this.#other = other
  }
}

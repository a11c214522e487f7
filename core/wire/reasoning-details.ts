import type { ReasoningPart } from '../model/request.ts'

/**
 * OpenRouter's `reasoning_details` (`providers.md` §6.5), the one form of Chat Completions in which reasoning has a place
 * for its signature. The id says that the gateway made a detail of another wire's reasoning: such a one is nothing to an
 * upstream of this wire.
 */
const MADE_HERE = 'kiro-gateway-'

type Fields = Readonly<Record<string, unknown>>

/** A piece of signed or sealed reasoning for a Chat client; undefined: it has nothing that need be kept. */
export function writeDetail({ text, signature, redacted }: Omit<ReasoningPart, 'type'>, index: number): Fields | undefined {
  const rest = { id: `${MADE_HERE}${index}`, format: 'unknown', index }
  if (redacted !== undefined) return { type: 'reasoning.encrypted', data: redacted, ...rest }
  return signature === undefined || signature === '' ? undefined : { type: 'reasoning.text', text, signature, ...rest }
}

export function isMadeHere(detail: unknown): boolean {
  return isFields(detail) && typeof detail['id'] === 'string' && detail['id'].startsWith(MADE_HERE)
}

/** What a client sends back. A signature is taken from details that say whose it is: any other would be refused wherever it went. */
export function readDetails(details: unknown): readonly ReasoningPart[] {
  if (!Array.isArray(details)) return []
  const parts: ReasoningPart[] = []
  for (const detail of details.filter(isFields)) {
    const { text, summary, signature, data, format } = detail
    const known = isMadeHere(detail) || (typeof format === 'string' && format.startsWith('anthropic'))
    if (detail['type'] === 'reasoning.encrypted') {
      if (known && typeof data === 'string') parts.push({ type: 'reasoning', text: '', redacted: data })
      continue
    }
    const told = typeof text === 'string' ? text : typeof summary === 'string' ? summary : ''
    const signed = known && typeof signature === 'string' && signature !== '' ? { signature } : {}
    const last = parts.at(-1)
    // As they are streamed: one thought in many details, the signature in the last.
    if (last !== undefined && last.redacted === undefined && last.signature === undefined)
      parts[parts.length - 1] = { ...last, text: last.text + told, ...signed }
    else if (told !== '' || 'signature' in signed) parts.push({ type: 'reasoning', text: told, ...signed })
  }
  return parts
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

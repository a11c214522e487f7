import type { ReasoningPart } from '../../core/index.ts'
import { isRecord, type Json } from './content.ts'

/**
 * Says who made it: what another vendor signed would be refused here, and what was signed here means nothing to others
 * (`providers.md` §12.5).
 */
const MADE_HERE = 'or1.'

/** A detail of an answer as the hub carries it: its text apart, all the rest as an opaque signature or sealed text. */
export interface CarriedDetail {
  readonly text: string
  readonly signature?: string
  readonly redacted?: string
}

/** Reads one entry of `reasoning_details` (`providers.md` §6.5). */
export function carryDetail(detail: Json): CarriedDetail | undefined {
  const { text, summary, ...rest } = detail
  switch (detail['type']) {
    case 'reasoning.text':
      return { text: typeof text === 'string' ? text : '', ...(typeof detail['signature'] === 'string' ? { signature: sealed(rest) } : {}) }
    case 'reasoning.summary':
      return { text: typeof summary === 'string' ? summary : '' }
    case 'reasoning.encrypted':
      return { text: '', redacted: sealed(detail) }
    default:
      return undefined
  }
}

/** The details of earlier reasoning that came from here, unmodified. */
export function detailsOf(parts: readonly ReasoningPart[]): readonly Json[] {
  return parts.flatMap(({ text, signature, redacted }) => {
    const found = opened(redacted ?? signature)
    if (found === undefined) return []
    return [redacted === undefined ? { ...found, text } : found]
  })
}

function sealed(detail: Json): string {
  return MADE_HERE + Buffer.from(JSON.stringify(detail)).toString('base64url')
}

function opened(value: string | undefined): Json | undefined {
  if (value === undefined || !value.startsWith(MADE_HERE)) return undefined
  try {
    const detail: unknown = JSON.parse(Buffer.from(value.slice(MADE_HERE.length), 'base64url').toString('utf8'))
    return isRecord(detail) ? detail : undefined
  } catch {
    return undefined
  }
}

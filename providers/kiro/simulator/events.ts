import { encodeEvent } from './frame.ts'

/** One text delta. */
export function textEvent(content: string, modelId?: string): Buffer {
  return encodeEvent('assistantResponseEvent', modelId === undefined ? { content } : { content, modelId })
}

/** A whole answer's text in pieces of the given size. */
export function textEvents(text: string, size: number, modelId?: string): Buffer[] {
  return pieces(text, size).map(piece => textEvent(piece, modelId))
}

export interface ToolCallFrames {
  readonly toolUseId: string
  readonly name: string
  /** Fragments of the input's JSON, in order. */
  readonly fragments: readonly string[]
}

/** A tool call: the announcement, the fragments, the stop. */
export function toolEvents({ toolUseId, name, fragments }: ToolCallFrames): Buffer[] {
  return [toolEvent({ toolUseId, name }), ...fragments.map(input => toolEvent({ toolUseId, name, input })), toolEvent({ toolUseId, name, stop: true })]
}

/** One tool event as it is. */
export function toolEvent(payload: { readonly toolUseId?: string; readonly name?: string; readonly input?: unknown; readonly stop?: boolean }): Buffer {
  return encodeEvent('toolUseEvent', payload)
}

/** Native reasoning: text deltas, then the signature in fragments. */
export function reasoningEvents(text: string, signature: string, size = 24): Buffer[] {
  const third = Math.ceil(signature.length / 3)
  return [
    ...pieces(text, size).map(piece => encodeEvent('reasoningContentEvent', { text: piece })),
    ...pieces(signature, third).map(piece => encodeEvent('reasoningContentEvent', { signature: piece })),
  ]
}

/** The accounting after an answer, in the order in which the service sends it. */
export function trailerEvents(trailer: Trailer): Buffer[] {
  const { stopReason, tokenUsage, contextUsage, credits } = trailer
  const metadata = { ...(stopReason === undefined ? {} : { stopReason }), ...(tokenUsage === undefined ? {} : { tokenUsage }) }
  return [
    ...(Object.keys(metadata).length === 0 ? [] : [encodeEvent('metadataEvent', metadata)]),
    encodeEvent('contextUsageEvent', { contextUsagePercentage: contextUsage }),
    encodeEvent('meteringEvent', { unit: 'credit', unitPlural: 'credits', usage: credits }),
  ]
}

export interface Trailer {
  /** Absent: no `metadataEvent`, unless there is `tokenUsage`. */
  readonly stopReason?: string
  readonly tokenUsage?: Readonly<Record<string, number>>
  readonly contextUsage: number
  readonly credits: number
}

/** A text cut into pieces of `size` UTF-16 units, never through a surrogate pair: each payload is valid by itself. */
export function pieces(text: string, size: number): string[] {
  const result: string[] = []
  let start = 0
  while (start < text.length) {
    let end = Math.min(start + Math.max(1, size), text.length)
    const last = text.charCodeAt(end - 1)
    if (last >= 0xd800 && last <= 0xdbff && end < text.length) end += 1
    result.push(text.slice(start, end))
    start = end
  }
  return result
}

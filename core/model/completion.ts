import type { Batch, FinishReason, RawEvent, StreamEvent, Usage, Warning } from './event.ts'

export type CompletionBlock =
  | { readonly type: 'text'; text: string }
  | { readonly type: 'reasoning'; text: string; signature?: string; readonly redacted?: string }
  | { readonly type: 'tool-call'; readonly id: string; readonly name: string; json: string; readonly signature?: string }

/** A whole answer: the fold of its events. */
export interface Completion {
  readonly id: string
  readonly model: string
  readonly blocks: readonly CompletionBlock[]
  readonly reason: FinishReason
  readonly raw?: string
  readonly stopSequence?: string
  readonly usage: Usage
  readonly warnings: readonly Warning[]
  /** The same answer as the upstream's own JSON, for a client that speaks its wire. */
  readonly original?: Pick<RawEvent, 'wire' | 'text'>
}

/**
 * Folds a stream into one completion.
 * @throws the stream's own error when it fails
 */
export async function fold(events: AsyncIterable<Batch>): Promise<Completion> {
  const blocks: CompletionBlock[] = []
  let start: StreamEvent & { type: 'start' } = { type: 'start', id: '', model: '' }
  let original: RawEvent | undefined
  for await (const batch of events) {
    for (const event of batch) {
      if (event.type === 'start') start = event
      else if (event.type === 'raw') original = event.document ? event : undefined
      else if (event.type === 'failure') throw event.error
      else if (event.type === 'finish') {
        return {
          id: start.id,
          model: start.model,
          blocks,
          reason: event.reason,
          ...(event.raw === undefined ? {} : { raw: event.raw }),
          ...(event.stopSequence === undefined ? {} : { stopSequence: event.stopSequence }),
          // The estimate holds where the upstream never told better.
          usage: { ...start.usage, ...event.usage },
          warnings: start.warnings ?? [],
          ...(original === undefined ? {} : { original: { wire: original.wire, text: original.text } }),
        }
      } else extend(blocks, event)
    }
  }
  throw new Error('the stream ended without a finish event')
}

function extend(blocks: CompletionBlock[], event: StreamEvent): void {
  const last = blocks.at(-1)
  switch (event.type) {
    case 'text-start':
      blocks.push({ type: 'text', text: '' })
      break
    case 'reasoning-start':
      blocks.push({ type: 'reasoning', text: '', ...(event.redacted === undefined ? {} : { redacted: event.redacted }) })
      break
    case 'tool-start':
      blocks.push({ type: 'tool-call', id: event.id, name: event.name, json: '', ...(event.signature === undefined ? {} : { signature: event.signature }) })
      break
    case 'text-delta':
      if (last?.type === 'text') last.text += event.text
      break
    case 'reasoning-delta':
      if (last?.type === 'reasoning') last.text += event.text
      break
    case 'reasoning-signature':
      if (last?.type === 'reasoning') last.signature = (last.signature ?? '') + event.signature
      break
    case 'tool-delta':
      if (last?.type === 'tool-call') last.json += event.json
      break
    default:
  }
}

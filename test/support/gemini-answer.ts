import type { Completion, FailureEvent, StreamEvent } from '../../core/index.ts'
import { fold } from '../../core/index.ts'
import { SignatureMemory } from '../../providers/gemini/signatures.ts'
import { createGeminiParser, type ParserContext } from '../../providers/gemini/stream.ts'
import { checkGrammar } from '../../core/testing/event-grammar.ts'

/** What a parser knows of a plain request. */
function parserContext(changes: Partial<ParserContext> = {}): ParserContext {
  let ids = 0
  return {
    model: 'gemini-3-pro-preview',
    toolNames: { original: name => name },
    argumentTypes: { forClient: (_tool, input) => input },
    memory: new SignatureMemory(),
    watchedStops: [],
    warnings: [],
    reasoning: 'visible',
    newId: () => `id-${++ids}`,
    now: () => Date.UTC(2026, 7, 1, 12),
    ...changes,
  }
}

/** Chunks as the API streams them. */
export function sse(...chunks: readonly unknown[]): string {
  return chunks.map(chunk => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join('')
}

/** The events of an answer that comes in these pieces, checked against the grammar. */
export function eventsOf(pieces: readonly (string | Uint8Array)[], changes: Partial<ParserContext> = {}): readonly StreamEvent[] {
  const parser = createGeminiParser(parserContext(changes))
  const events = pieces.flatMap(piece => [...parser.push(Buffer.from(piece))])
  events.push(...parser.end())
  checkGrammar(events)
  return events
}

export async function completionOf(events: readonly StreamEvent[]): Promise<Completion> {
  return fold(
    (async function* () {
      yield events
    })(),
  )
}

export function failureOf(events: readonly StreamEvent[]): FailureEvent['error'] | undefined {
  const last = events.at(-1)
  return last?.type === 'failure' ? last.error : undefined
}

/** Neighbouring pieces of one block as one, so that answers compare whatever the chunking. */
export function joined(events: readonly StreamEvent[]): readonly unknown[] {
  const result: Record<string, unknown>[] = []
  for (const event of events) {
    const last = result.at(-1)
    if ((event.type === 'text-delta' || event.type === 'reasoning-delta') && last?.['type'] === event.type)
      last['text'] = `${String(last['text'])}${event.text}`
    else if (event.type === 'failure') result.push({ type: 'failure', code: event.error.code })
    else result.push({ ...event })
  }
  return result
}

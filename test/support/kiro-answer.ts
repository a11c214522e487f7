import type { Batch, CompletionBlock, FinishEvent, StartEvent, StreamEvent } from '../../core/index.ts'
import { fold, type GatewayError } from '../../core/index.ts'
import { createKiroParser, type ParserContext } from '../../providers/kiro/stream.ts'
import { checkGrammar } from '../../core/testing/event-grammar.ts'

/** What a client has of an answer in the end, however it came. */
export interface Answer {
  readonly start: StartEvent
  readonly blocks: readonly CompletionBlock[]
  readonly finish?: FinishEvent
  readonly failure?: GatewayError
}

export function parserContext(changes: Partial<ParserContext> = {}): ParserContext {
  let ids = 0
  return {
    model: 'claude-sonnet-4.5',
    toolNames: { original: name => name },
    stop: [],
    warnings: [],
    reasoning: 'visible',
    newId: () => `id-${++ids}`,
    ...changes,
  }
}

export function eventsOf(chunks: readonly Buffer[], changes: Partial<ParserContext> = {}): StreamEvent[] {
  const parser = createKiroParser(parserContext(changes))
  return [...chunks.flatMap(chunk => [...parser.push(chunk)]), ...parser.end()]
}

/** Checks the events' grammar and folds them; pieces that arrived before a failure are kept. */
export async function answerOf(events: readonly StreamEvent[]): Promise<Answer> {
  checkGrammar(events)
  const start = events[0] as StartEvent
  const last = events.at(-1) as StreamEvent
  if (last.type === 'failure') {
    const folded = await fold(one([...events.slice(0, -1), { type: 'finish', reason: 'stop', usage: {} }]))
    return { start, blocks: folded.blocks, failure: last.error }
  }
  return { start, blocks: (await fold(one(events))).blocks, finish: last as FinishEvent }
}

export async function parse(frames: readonly Buffer[], changes: Partial<ParserContext> = {}): Promise<Answer> {
  return answerOf(eventsOf([Buffer.concat(frames)], changes))
}

/** Error objects compare by what they say. */
export function comparable(answer: Answer): unknown {
  const { failure, ...rest } = answer
  return failure === undefined ? rest : { ...rest, failure: { code: failure.code, message: failure.message, reason: failure.reason } }
}

/** Every way of splitting in two, and one byte at a time. */
export function* chunkings(bytes: Buffer): Generator<readonly Buffer[]> {
  yield [bytes]
  for (let at = 1; at < bytes.length; at++) yield [bytes.subarray(0, at), bytes.subarray(at)]
  yield Array.from(bytes, (_, index) => bytes.subarray(index, index + 1))
}


async function* one(batch: Batch): AsyncGenerator<Batch> {
  yield batch
}

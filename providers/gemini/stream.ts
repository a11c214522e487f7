import { type Batch, GatewayError, type ResponseParser, type Usage, type Warning } from '../../core/index.ts'
import { AnswerWriter } from './answer-writer.ts'
import type { ArgumentTypes } from './argument-types.ts'
import { ChunkReader } from './chunks.ts'
import { classifyGeminiChunk } from './faults.ts'
import type { SignatureMemory } from './signatures.ts'
import { readEnding } from './stop-reason.ts'
import { StopWatch } from './stop-sequences.ts'
import type { ToolNames } from './tool-names.ts'
import { type Fields, fieldsOf, isFields, listOf, textOf } from './untrusted.ts'
import { readUsage } from './usage.ts'

/** What an answer's parser must know of its request. */
export interface ParserContext {
  readonly model: string
  readonly toolNames: Pick<ToolNames, 'original'>
  readonly argumentTypes: Pick<ArgumentTypes, 'forClient'>
  readonly memory: Pick<SignatureMemory, 'rememberCall' | 'rememberText'>
  /** Stop sequences that the API was not told. */
  readonly watchedStops: readonly string[]
  readonly warnings: readonly Warning[]
  /** `hidden`: the client did not ask for thoughts and shall see none, nor the place where their signatures stand. */
  readonly reasoning: 'visible' | 'hidden'
  newId(): string
  /** Wall clock, for the end of a quota. */
  now(): number
}

/** A parser for one answer of `generateContent`, streamed or whole: bytes in, the hub's events out. */
export function createGeminiParser(context: ParserContext): ResponseParser {
  return new GeminiParser(context)
}

/** Ids as every client takes them. */
const CALL_ID = /^[A-Za-z0-9_-]{1,64}$/

class GeminiParser implements ResponseParser {
  readonly #context: ParserContext
  readonly #chunks = new ChunkReader()
  readonly #writer = new AnswerWriter()
  readonly #stops: StopWatch
  readonly #callIds = new Set<string>()
  #started = false
  #usage: Usage = {}
  #finishReason: string | undefined
  #blockReason: string | undefined

  constructor(context: ParserContext) {
    this.#context = context
    this.#stops = new StopWatch(context.watchedStops)
  }

  /** The word for the end is said once, though a chunk with counts may follow. */
  get complete(): boolean {
    return this.#finishReason !== undefined
  }

  push(chunk: Buffer): Batch {
    if (this.#writer.ended) return this.#writer.take()
    this.#guarded(() => this.#read(this.#chunks.push(chunk)))
    return this.#writer.take()
  }

  end(): Batch {
    if (this.#writer.ended) return this.#writer.take()
    this.#guarded(() => {
      this.#read(this.#chunks.end())
      if (!this.#writer.ended) this.#end()
    })
    return this.#writer.take()
  }

  #read(chunks: readonly unknown[]): void {
    for (const chunk of chunks) {
      if (this.#writer.ended) return
      if (!isFields(chunk)) throw new GatewayError('upstream_nonsense', "the Gemini endpoint's answer holds a chunk that is no object; try again")
      this.#chunk(chunk)
    }
  }

  #chunk(chunk: Fields): void {
    if (chunk['error'] !== undefined) {
      this.#start(chunk)
      this.#writer.fail(classifyGeminiChunk(chunk, this.#context.now()))
      return
    }
    if (isFields(chunk['usageMetadata'])) this.#usage = { ...this.#usage, ...readUsage(chunk['usageMetadata']) }
    this.#start(chunk)
    this.#blockReason ??= textOf(fieldsOf(chunk['promptFeedback'])['blockReason'])
    const candidate = listOf(chunk['candidates']).find(({ index }) => index === undefined || index === 0)
    if (candidate === undefined) return
    for (const part of listOf(fieldsOf(candidate['content'])['parts'])) {
      if (this.#writer.ended) return
      this.#part(part)
    }
    const reason = textOf(candidate['finishReason'])
    // Said again by a later chunk it may be another word; the first one is about the answer.
    if (reason !== undefined && reason !== 'FINISH_REASON_UNSPECIFIED') this.#finishReason ??= reason
  }

  #part(part: Fields): void {
    const signature = textOf(part['thoughtSignature'])
    if (isFields(part['functionCall'])) this.#call(part['functionCall'], signature)
    else if (typeof part['text'] === 'string') {
      if (part['thought'] === true) this.#thought(part['text'], signature)
      else this.#text(part['text'], signature)
    } else if (isFields(part['inlineData'])) {
      // Whoever waits for the picture must learn that there was one; no client's protocol here has a place for it.
      this.#text(`[The model answered with a file (${textOf(part['inlineData']['mimeType']) ?? 'unknown'}) that cannot be passed on.]`, undefined)
    }
  }

  #thought(text: string, signature: string | undefined): void {
    if (this.#context.reasoning === 'hidden') return
    this.#flushStops()
    this.#writer.reasoning(text)
    if (signature !== undefined) this.#writer.signature('thought', signature)
  }

  #text(text: string, signature: string | undefined): void {
    const { text: shown, match } = this.#stops.push(text)
    this.#writer.text(shown)
    if (match !== undefined) {
      this.#writer.finish({ reason: 'stop-sequence', stopSequence: match, usage: this.#usage })
      return
    }
    if (signature === undefined) return
    // Clients have no place for it, but they give the text back.
    this.#flushStops()
    const { lastText } = this.#writer
    if (lastText !== '') this.#context.memory.rememberText(lastText, { signature, apart: text === '' })
    if (text !== '') this.#writer.close()
  }

  #call({ id, name, args }: Fields, signature: string | undefined): void {
    const { toolNames, argumentTypes, memory, reasoning } = this.#context
    const original = toolNames.original(textOf(name) ?? '')
    const call = { id: this.#callId(textOf(id)), name: original, json: JSON.stringify(argumentTypes.forClient(original, fieldsOf(args))) }
    this.#flushStops()
    if (signature !== undefined) {
      memory.rememberCall(call, signature)
      if (reasoning === 'visible') this.#writer.signature('call', signature)
    }
    this.#writer.toolCall({ ...call, signature })
  }

  /** The upstream's id where it gave one that clients take and that is not there already. */
  #callId(told: string | undefined): string {
    const id = told !== undefined && CALL_ID.test(told) && !this.#callIds.has(told) ? told : `call_${this.#context.newId().replaceAll('-', '')}`
    this.#callIds.add(id)
    return id
  }

  #flushStops(): void {
    this.#writer.text(this.#stops.flush())
  }

  #start(chunk: Fields): void {
    if (this.#started) return
    this.#started = true
    const { model, warnings } = this.#context
    const { output: _output, reasoning: _reasoning, ...usage } = this.#usage
    this.#writer.start({
      type: 'start',
      id: textOf(chunk['responseId']) ?? this.#context.newId(),
      model,
      ...(Object.keys(usage).length === 0 ? {} : { usage }),
      ...(warnings.length === 0 ? {} : { warnings }),
    })
  }

  #end(): void {
    this.#start({})
    this.#flushStops()
    const raw = this.#finishReason ?? this.#blockReason
    const bare = this.#finishReason === undefined ? this.#chunks.bareError() : undefined
    if (isFields(bare)) {
      this.#writer.fail(classifyGeminiChunk(bare, this.#context.now()))
      return
    }
    const { calls, visible } = this.#writer
    const ending = readEnding({ finishReason: this.#finishReason, blockReason: this.#blockReason, calls, visible })
    if (GatewayError.is(ending)) this.#writer.fail(ending)
    else this.#writer.finish({ reason: ending, usage: this.#usage, ...(raw === undefined ? {} : { raw }) })
  }

  /** What was understood before an error is handed on with it. */
  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!GatewayError.is(error)) throw error
      if (this.#writer.ended) return
      this.#start({})
      this.#writer.fail(error)
    }
  }
}

import { type Batch, type FinishEvent, GatewayError, type ResponseParser, type Warning } from '../../core/index.ts'
import { AnswerWriter } from './answer-writer.ts'
import { classifyKiroException } from './faults.ts'
import { type Frame, FrameDecoder } from './frames.ts'
import { type Limited, OutputLimits } from './limits.ts'
import { isObject, type JsonObject, optionalText, readPayload } from './payload.ts'
import { ReasoningTags } from './reasoning-tags.ts'
import { readEnding } from './stop-reason.ts'
import { TextPayloads } from './text-payload.ts'
import { type ToolCall, ToolCalls } from './tool-calls.ts'
import { type UsageBasis, UsageMeter } from './usage.ts'

/** What an answer's parser must know of its request. */
export interface ParserContext extends UsageBasis {
  readonly model: string
  /** Maps the names that tools have upstream back to the client's. */
  readonly toolNames: { original(name: string): string }
  readonly stop: readonly string[]
  readonly maxTokens?: number
  readonly warnings: readonly Warning[]
  /** `hidden`: the client did not ask for reasoning and shall see none. */
  readonly reasoning: 'visible' | 'hidden'
  /** So many tools were declared that silence may be their fault. */
  readonly manyTools?: boolean
  newId(): string
}

/** A parser for one answer of `generateAssistantResponse`: event-stream bytes in, the hub's events out. */
export function createKiroParser(context: ParserContext): ResponseParser {
  return new KiroParser(context)
}

class KiroParser implements ResponseParser {
  readonly #context: ParserContext
  readonly #decoder = new FrameDecoder()
  readonly #writer = new AnswerWriter()
  readonly #meter = new UsageMeter()
  readonly #texts = new TextPayloads()
  readonly #calls: ToolCalls
  readonly #limits: OutputLimits | undefined
  /** Gone as soon as no tag can come any more, which is at the first visible character. */
  #tags: ReasoningTags | undefined
  #started = false
  #nativeReasoning = false
  #metered = false
  #stopReason: string | undefined

  constructor(context: ParserContext) {
    this.#context = context
    this.#calls = new ToolCalls(() => context.newId())
    this.#limits = OutputLimits.for(context.stop, context.maxTokens)
    this.#tags = new ReasoningTags({ text: text => this.#show(text), reasoning: text => this.#tagged(text) })
  }

  /** The last events need not come in one order, and sockets idle after them (`kiro.md` §6.3). */
  get complete(): boolean {
    return this.#metered || (this.#stopReason !== undefined && this.#meter.contextUsage !== undefined)
  }

  push(chunk: Buffer): Batch {
    if (this.#writer.ended) return this.#writer.take()
    this.#guarded(() => this.#decoder.decode(chunk, this.#onFrame))
    return this.#writer.take()
  }

  end(): Batch {
    if (this.#writer.ended) return this.#writer.take()
    this.#start()
    this.#guarded(() => this.#end())
    return this.#writer.take()
  }

  readonly #onFrame = (frame: Frame): void => {
    if (this.#writer.ended) return
    this.#start()
    const { messageType, eventType, exceptionType, errorCode, errorMessage, whole } = frame.headers
    if (messageType === 'exception') this.#refused(classifyKiroException(exceptionType, frame.text))
    else if (messageType === 'error') this.#refused(classifyKiroException(errorCode, frame.text || (errorMessage ?? '')))
    else if (eventType !== undefined) this.#event(eventType, frame)
    else if (!whole) throw new GatewayError('upstream_nonsense', "the upstream's stream holds a frame that does not say what it is; try again")
  }

  #event(type: string, frame: Frame): void {
    switch (type) {
      case 'assistantResponseEvent':
      case 'codeEvent':
        this.#text(this.#content(frame, type))
        break
      case 'reasoningContentEvent':
        this.#native(readPayload(frame, type))
        break
      case 'toolUseEvent':
        // What the tags hold back came before the call.
        this.#flushText()
        if (!this.#writer.ended) for (const call of this.#calls.push(readPayload(frame, type))) this.#call(call)
        break
      case 'metadataEvent':
        this.#metadata(readPayload(frame, type))
        break
      case 'contextUsageEvent': {
        const share = readPayload(frame, type)['contextUsagePercentage']
        if (typeof share === 'number') this.#meter.contextUsage = share
        break
      }
      case 'meteringEvent':
        this.#meter.metering(readPayload(frame, type))
        this.#metered = true
        // The last word of every recorded answer (§6.3); who waits for the connection to close may wait long.
        if (this.#meter.contextUsage !== undefined) this.#end()
        break
      case 'error':
      case 'invalidStateEvent':
        this.#refused(classifyKiroException(type === 'error' ? undefined : type, JSON.stringify(readPayload(frame, type))))
        break
      default:
      // Suggestions, references and whatever comes next year: not part of the answer.
    }
  }

  #content(frame: Frame, type: string): string | undefined {
    const plain = this.#texts.read(frame.bytes, frame.start, frame.end)
    if (plain !== undefined) return plain
    const text = optionalText(readPayload(frame, type), 'content')
    if (text !== undefined) this.#texts.learn(frame.bytes, [frame.start, frame.end], text)
    return text
  }

  #text(text: string | undefined): void {
    if (text === undefined || text === '') return
    this.#interrupt()
    if (this.#tags === undefined) this.#show(text)
    else {
      this.#tags.push(text)
      if (this.#tags.passed) this.#tags = undefined
    }
  }

  #show(text: string): void {
    if (this.#writer.ended) return
    this.#meter.output(text)
    if (this.#limits) this.#limited(this.#limits.push(text))
    else this.#writer.text(text)
  }

  #limited(limited: Limited): void {
    this.#writer.text(limited.text)
    if (limited.end) this.#finish(limited.end)
  }

  /** Reasoning from literal tags; beside native reasoning it is the same thoughts once more. */
  #tagged(text: string): void {
    this.#meter.reasoning(text)
    if (this.#context.reasoning === 'visible' && !this.#nativeReasoning) this.#writer.reasoning(text, 'tags')
  }

  #native(payload: JsonObject): void {
    this.#interrupt()
    this.#nativeReasoning = true
    const text = optionalText(payload, 'text') ?? ''
    const signature = optionalText(payload, 'signature') ?? ''
    const redacted = optionalText(payload, 'redactedContent') ?? ''
    this.#meter.reasoning(text)
    if (this.#context.reasoning === 'hidden') return
    if (this.#limits) this.#limited(this.#limits.flush())
    if (this.#writer.ended) return
    this.#writer.reasoning(text, 'native')
    this.#writer.signature(signature)
    if (redacted !== '') this.#writer.redacted(redacted)
  }

  #metadata(payload: JsonObject): void {
    this.#stopReason = optionalText(payload, 'stopReason') || this.#stopReason
    const usage = payload['tokenUsage']
    if (isObject(usage)) this.#meter.tokenUsage(usage)
  }

  /** Anything but its next piece ends an open call, well or badly. */
  #interrupt(): void {
    if (!this.#calls.open) return
    const call = this.#calls.close(false)
    if (call) this.#call(call)
  }

  #call(call: ToolCall): void {
    this.#meter.output(call.json)
    this.#writer.toolCall({ ...call, name: this.#context.toolNames.original(call.name) })
  }

  #flushText(): void {
    if (this.#tags) {
      this.#tags.flush()
      this.#tags = undefined
    }
    if (this.#limits && !this.#writer.ended) this.#limited(this.#limits.flush())
  }

  #start(): void {
    if (this.#started) return
    this.#started = true
    const { model, estimatedInputTokens: input, warnings } = this.#context
    this.#writer.start({
      type: 'start',
      id: this.#context.newId(),
      model,
      ...(input === undefined ? {} : { usage: { input } }),
      ...(warnings.length === 0 ? {} : { warnings }),
    })
  }

  #end(): void {
    if (this.#decoder.pending > 0 && !this.complete) {
      this.#fail(new GatewayError('upstream_cut', 'the upstream closed the connection in the middle of its answer; send the request again'))
      return
    }
    // Whitespace alone is no answer; unsaid, it leaves the way open for another try.
    if (this.#tags?.blank) this.#tags = undefined
    this.#flushText()
    if (this.#writer.ended) return
    this.#interrupt()
    const ending = readEnding({
      stopReason: this.#stopReason,
      contextUsage: this.#meter.contextUsage,
      calls: this.#writer.calls,
      text: this.#writer.hasText,
      visible: this.#writer.visible,
      manyTools: this.#context.manyTools === true,
    })
    if (GatewayError.is(ending)) this.#fail(ending)
    else this.#finish({ reason: ending })
  }

  #finish(end: Pick<FinishEvent, 'reason' | 'stopSequence'>): void {
    this.#writer.finish({
      ...end,
      ...(this.#stopReason === undefined ? {} : { raw: this.#stopReason }),
      usage: this.#meter.total(this.#context),
    })
  }

  /** Too long after something was said means that the answer became too long: an end, not an error. */
  #refused(error: GatewayError): void {
    if (error.code !== 'context_too_long' || !this.#writer.visible || this.#calls.open) {
      this.#fail(error)
      return
    }
    this.#flushText()
    if (!this.#writer.ended) this.#finish({ reason: 'length' })
  }

  #fail(error: GatewayError): void {
    this.#writer.fail(error)
  }

  /** What was understood before an error is handed on with it. */
  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!GatewayError.is(error)) throw error
      if (this.#writer.ended) return
      this.#start()
      this.#fail(error)
    }
  }
}

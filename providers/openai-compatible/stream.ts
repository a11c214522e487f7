import { type Batch, GatewayError, type ResponseParser, type Usage, type Warning } from '../../core/index.ts'
import { SseDecoder, type SseEvent } from '../../core/wire/sse.ts'
import { AnswerRepair } from './answer-repair.ts'
import { ChunkReader, type ReaderOptions } from './chunk-reader.ts'
import { isRecord, type Json } from './content.ts'
import { ContentTemplate } from './content-template.ts'
import { Document } from './document.ts'
import { ModelName } from './model-name.ts'
import { OwnWords } from './own-words.ts'
import { guessTokens, readUsage } from './usage.ts'

/** What an answer's parser must know of its request. */
export interface ParserContext extends Omit<ReaderOptions, 'lenient'> {
  readonly model: string
  /** What the client called it: answers repeat that. */
  readonly requestedModel: string
  /** The client speaks this wire and gets the upstream's own words. */
  readonly sameWire: boolean
  /** Whether that client wants the chunk with the token counts. */
  readonly wantsUsage: boolean
  /** Whether that client is spared defects that strict clients break on. */
  readonly repair: boolean
  /** How many answers were asked for. */
  readonly choices: number
  readonly warnings: readonly Warning[]
  /** The request's body: where the upstream counts nothing, its length must do. */
  readonly requestBody: string
  classify(body: string): GatewayError
}

/** A parser for one answer of `chat/completions`, as events or as one document, whichever the upstream sends. */
export function createParser(context: ParserContext): ResponseParser {
  return new ChatParser(context)
}

const DONE = '[DONE]'

class ChatParser implements ResponseParser {
  readonly #context: ParserContext
  readonly #reader: ChunkReader
  readonly #names: ModelName
  readonly #words: OwnWords
  readonly #repair: AnswerRepair | undefined
  readonly #sse = new SseDecoder()
  readonly #template = new ContentTemplate()
  #document: Document | undefined
  #sniffed = false
  #started = false
  #usage: Usage | undefined
  readonly #closed = new Set<number>()

  constructor(context: ParserContext) {
    this.#context = context
    this.#reader = new ChunkReader({ ...context, lenient: context.sameWire })
    this.#names = new ModelName(context.requestedModel)
    this.#words = new OwnWords(context.sameWire)
    this.#repair = context.sameWire && context.repair ? new AnswerRepair(() => context.newId()) : undefined
  }

  /** Every answer that was asked for has ended: counts and the end mark may follow, or nothing. */
  get complete(): boolean {
    return this.#closed.size >= this.#context.choices
  }

  push(chunk: Buffer): Batch {
    if (!this.#reader.writer.ended) this.#guarded(() => this.#bytes(chunk))
    return this.#take()
  }

  end(): Batch {
    if (!this.#reader.writer.ended) this.#guarded(() => this.#end())
    return this.#take()
  }

  #take(): Batch {
    return this.#words.before(this.#reader.writer.take())
  }

  #bytes(chunk: Buffer): void {
    if (!this.#sniffed) this.#sniff(chunk)
    if (this.#document) this.#document.push(chunk)
    else for (const event of this.#sse.push(chunk)) this.#event(event)
  }

  /** What an answer is shows its first character: several servers send one document where events were asked for, or the other way round. */
  #sniff(chunk: Buffer): void {
    const first = /[^\s\uFEFF]/.exec(chunk.toString('utf8', 0, 64))?.[0]
    if (first === undefined) return
    this.#sniffed = true
    if (first === '{' || first === '[' || first === '<') this.#document = new Document()
  }

  #event(event: SseEvent): void {
    if (this.#reader.writer.ended) return
    const known = this.#template.match(event.text)
    if (known !== undefined) {
      this.#words.add(known.event)
      this.#reader.content(known.content)
      return
    }
    const { data } = event
    if (data === DONE) {
      this.#words.add(event.text)
      this.#finish()
      return
    }
    if (data.trim() === '') return
    const sent = parse(data)
    if (sent === undefined) throw nonsense('holds an event that is no JSON')
    if (isFault(sent) || event.event === 'error') throw this.#context.classify(data)
    const chunk = this.#repair?.mend(sent) ?? sent
    this.#start(chunk)
    const counts = this.#counts(chunk)
    // Counts were asked for by us: a client that did not want them would find a chunk without a choice.
    if (counts && !this.#context.wantsUsage) return
    const told = renamed(event, this.#names.rename(chunk === sent ? data : JSON.stringify(chunk), chunk['model']))
    this.#words.add(told)
    this.#choices(chunk)
    this.#template.learn(event.text, { json: data, chunk }, told)
  }

  /** @returns whether the chunk holds nothing but counts */
  #counts({ usage, choices }: Json): boolean {
    if (!isRecord(usage)) return false
    this.#usage = { ...this.#usage, ...readUsage(usage) }
    return Array.isArray(choices) && choices.length === 0
  }

  #choices({ choices }: Json): void {
    if (!Array.isArray(choices)) return
    for (const choice of choices as readonly unknown[]) {
      if (!isRecord(choice)) continue
      const index = typeof choice['index'] === 'number' ? choice['index'] : 0
      if (typeof choice['finish_reason'] === 'string' && choice['finish_reason'] !== '') this.#closed.add(index)
      if (isRecord(choice['usage'])) this.#usage = { ...this.#usage, ...readUsage(choice['usage']) }
      // The hub has words for one answer; the others go by in the upstream's own.
      if (index === 0) this.#reader.choice(choice)
    }
  }

  #start({ id, model }: Json): void {
    if (this.#started) return
    this.#started = true
    const { warnings, sameWire, requestBody, newId } = this.#context
    this.#reader.writer.start({
      type: 'start',
      id: typeof id === 'string' && id !== '' ? id : newId(),
      model: typeof model === 'string' ? model : this.#context.model,
      ...(sameWire ? {} : { usage: { input: guessTokens(requestBody), guessed: true } }),
      ...(warnings.length === 0 ? {} : { warnings }),
    })
  }

  #end(): void {
    if (this.#document) {
      this.#whole(this.#document)
      return
    }
    for (const event of this.#sse.end()) this.#event(event)
    if (this.#reader.writer.ended) return
    if (!this.#reader.closed) throw new GatewayError('upstream_cut', 'the upstream ended its answer without closing it; send the request again')
    this.#words.add(`data: ${DONE}\n\n`)
    this.#finish()
  }

  #whole(document: Document): void {
    const text = document.text()
    const sent = parse(text)
    if (sent === undefined) throw nonsense(text.startsWith('<') ? 'is a web page' : 'is no JSON')
    if (isFault(sent) || !Array.isArray(sent['choices']) || sent['choices'].length === 0) throw this.#context.classify(text)
    const answer = this.#repair?.mend(sent) ?? sent
    this.#start(answer)
    this.#counts(answer)
    this.#choices(answer)
    this.#finish()
    this.#words.document(this.#names.rename(answer === sent ? text : JSON.stringify(answer), answer['model']))
  }

  #finish(): void {
    this.#start({})
    this.#reader.finish(this.#usage ?? this.#guess())
  }

  #guess(): Usage {
    return { input: guessTokens(this.#context.requestBody), guessed: true, output: Math.ceil(this.#reader.written / 4) }
  }

  /** What was understood before a failure is handed on with it. */
  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!GatewayError.is(error) && !(error instanceof RangeError)) throw error
      this.#start({})
      this.#reader.writer.fail(GatewayError.is(error) ? error : nonsense('is longer than any answer'))
    }
  }
}

/** The event as it stood, with other data where the model's name was changed. */
function renamed({ event, data, text }: SseEvent, changed: string): string {
  if (changed === data) return text
  const at = text.indexOf(data)
  if (at >= 0) return text.slice(0, at) + changed + text.slice(at + data.length)
  // Its data stood in several lines.
  return `${event === 'message' ? '' : `event: ${event}\n`}${changed.replaceAll(/^/gm, 'data: ')}\n\n`
}

function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Answers of status 200 that are none (`providers.md` §6.4, rules 7 and 9). */
function isFault(answer: Json): boolean {
  const { error, base_resp: base, choices, object } = answer
  if (error !== undefined && error !== null && error !== false && error !== '') return true
  return object === 'error' || (isRecord(base) && base['status_code'] !== 0 && !Array.isArray(choices))
}

function nonsense(what: string): GatewayError {
  return new GatewayError('upstream_nonsense', `the upstream's answer ${what}; something between may be answering in its place`)
}

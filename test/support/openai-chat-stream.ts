/** What a strict client makes of a Chat Completions stream. */
export interface OpenaiChatStream {
  readonly id: string
  readonly model: string
  readonly message: {
    readonly content: string
    readonly reasoning: string
    readonly reasoning_details: readonly unknown[]
    readonly tool_calls: readonly { readonly id: string; readonly name: string; readonly input: unknown }[]
  }
  readonly finish_reason: string | null
  readonly usage?: OpenaiUsage
  /** The in-band error that ended it, if one did. */
  readonly error?: { readonly message: string; readonly type: string; readonly param: string | null; readonly code: string | null }
  readonly keepAlives: number
}

export interface OpenaiUsage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly prompt_tokens_details?: { readonly cached_tokens: number }
  readonly completion_tokens_details?: { readonly reasoning_tokens: number }
}

interface Chunk {
  readonly [member: string]: unknown
  readonly id: string
  readonly model: string
  readonly choices: readonly { readonly index: number; readonly delta: Delta; readonly finish_reason: string | null }[]
  readonly usage?: OpenaiUsage | null
}

interface Delta {
  readonly role?: string
  readonly content?: string
  readonly reasoning_content?: string
  readonly reasoning_details?: readonly unknown[]
  readonly tool_calls?: readonly ToolDelta[]
}

interface ToolDelta {
  readonly index: number
  readonly id?: string
  readonly type?: string
  readonly function: { readonly name?: string; readonly arguments: string }
}

interface OpenCall {
  readonly id: string
  readonly name: string
  json: string
}

const FINISHES = ['stop', 'length', 'tool_calls', 'content_filter']

export interface Expectation {
  /** Whether `stream_options.include_usage` was sent. */
  readonly usage?: boolean
}

/**
 * Checks a whole Chat Completions stream as strictly as its worst client (`providers.md` §6.4, §10.1) and folds it.
 * @throws Error that names the first frame out of place
 */
export function readOpenaiChatStream(text: string, { usage: counted = false }: Expectation = {}): OpenaiChatStream {
  const reader = new Reader(counted)
  if (text !== '' && !text.endsWith('\n\n')) throw new Error(`the stream ends inside a frame: ${JSON.stringify(text.slice(-80))}`)
  text
    .split('\n\n')
    .slice(0, -1)
    .forEach((frame, at) => {
      reader.take(frame, at)
    })
  return reader.result()
}

class Reader {
  readonly #counted: boolean
  #keepAlives = 0
  #head: string | undefined
  #first: Chunk | undefined
  #content = ''
  #reasoning = ''
  readonly #details: unknown[] = []
  readonly #calls: OpenCall[] = []
  #finish: string | null = null
  #usage: OpenaiUsage | undefined
  #error: OpenaiChatStream['error']
  #done = false

  constructor(counted: boolean) {
    this.#counted = counted
  }

  take(frame: string, at: number): void {
    const must = (condition: boolean, why: string): void => {
      if (!condition) throw new Error(`frame ${at}: ${why}\n${frame.slice(0, 500)}`)
    }
    if (frame === ': keep-alive') {
      this.#keepAlives++
      return
    }
    must(/^data: [^\n]+$/.test(frame), 'is not one data line')
    must(!this.#done && this.#error === undefined, 'comes after the end')
    const data = frame.slice('data: '.length)
    if (data === '[DONE]') {
      must(this.#finish !== null, 'comes before a finish_reason')
      must(!this.#counted || this.#usage !== undefined, 'comes before the usage that was asked for')
      this.#done = true
      return
    }
    const chunk = JSON.parse(data) as Chunk & { readonly error?: Record<string, unknown> }
    if (chunk.error !== undefined) {
      this.#fail(chunk, must)
      return
    }
    this.#chunk(chunk, must)
  }

  result(): OpenaiChatStream {
    if (!this.#done && this.#error === undefined) throw new Error('the stream ends with neither [DONE] nor an error')
    const calls = this.#calls.map(({ id, name, json }) => ({ id, name, input: this.#error === undefined ? objectOf(json) : json }))
    return {
      id: this.#first?.id ?? '',
      model: this.#first?.model ?? '',
      message: { content: this.#content, reasoning: this.#reasoning, reasoning_details: this.#details, tool_calls: calls },
      finish_reason: this.#finish,
      ...(this.#usage === undefined ? {} : { usage: this.#usage }),
      ...(this.#error === undefined ? {} : { error: this.#error }),
      keepAlives: this.#keepAlives,
    }
  }

  #fail({ error = {}, ...rest }: Record<string, unknown> & { readonly error?: Record<string, unknown> }, must: Must): void {
    must(Object.keys(rest).length === 0, 'an error frame has nothing but the error')
    must(Object.keys(error).sort().join() === 'code,message,param,type', 'an error has message, type, param and code')
    must(typeof error['message'] === 'string' && error['message'] !== '' && typeof error['type'] === 'string', 'has no message or no type')
    must(this.#finish === null, 'an answer that failed has no finish_reason')
    this.#error = error as NonNullable<OpenaiChatStream['error']>
  }

  #chunk(chunk: Chunk, must: Must): void {
    const { id, object, created, model, system_fingerprint, choices, usage } = chunk
    must(object === 'chat.completion.chunk' && typeof model === 'string' && /^chatcmpl-./.test(id), 'is no chunk')
    must(Number.isInteger(created) && Number(created) > 1_600_000_000 && Number(created) < 10_000_000_000, 'created is no time in seconds')
    const head = JSON.stringify([id, created, model, system_fingerprint])
    must(this.#head === undefined || this.#head === head, 'id, created and model change within the stream')
    this.#head = head
    must(Array.isArray(choices), 'choices is no array')
    if (choices.length === 0) {
      must(this.#counted && this.#finish !== null && this.#usage === undefined, 'only one usage chunk, asked for and after the finish, has no choices')
      must(isUsage(usage), 'is no usage')
      this.#usage = usage as OpenaiUsage
      return
    }
    must(this.#finish === null, 'comes after the finish_reason')
    must(this.#counted ? usage === null : !('usage' in chunk), 'usage is null if it was asked for, else absent')
    const [choice] = choices
    must(choices.length === 1 && choice?.index === 0 && typeof choice.delta === 'object', 'has not one choice with a delta')
    this.#delta((choice as Chunk['choices'][number]).delta, must)
    const finish = choice?.finish_reason ?? null
    if (finish !== null) {
      must(FINISHES.includes(finish), 'is no finish_reason of this API')
      must((finish === 'tool_calls') === (this.#calls.length > 0 && finish !== 'length' && finish !== 'content_filter'), 'finish_reason and calls disagree')
      for (const { json } of this.#calls) objectOf(json)
      this.#finish = finish
    }
    this.#first ??= chunk
  }

  #delta(delta: Delta, must: Must): void {
    const { role, content, reasoning_content: reasoning, reasoning_details: details = [], tool_calls: calls, ...rest } = delta
    this.#details.push(...details)
    must(Object.keys(rest).length === 0, 'has unknown members in its delta')
    must((this.#first === undefined) === (role !== undefined), 'the role comes once and first')
    must(role === undefined || (role === 'assistant' && content === ''), 'the first chunk is the assistant, empty')
    must(content === undefined || typeof content === 'string', 'content is no text')
    must(reasoning === undefined || typeof reasoning === 'string', 'reasoning_content is no text')
    this.#content += content ?? ''
    this.#reasoning += reasoning ?? ''
    for (const call of calls ?? []) this.#call(call, must)
  }

  #call({ index, id, type, function: piece }: ToolDelta, must: Must): void {
    must(Number.isInteger(index) && typeof piece === 'object' && typeof piece.arguments === 'string', 'a call has an index and arguments')
    if (index === this.#calls.length) {
      must(
        typeof id === 'string' && id !== '' && type === 'function' && typeof piece.name === 'string' && piece.name !== '',
        'a call begins with id, type and name',
      )
      must(piece.arguments === '', 'a call begins without arguments')
      must(!this.#calls.some(call => call.id === id), 'two calls have one id')
      for (const { json } of this.#calls) objectOf(json)
      this.#calls.push({ id: id as string, name: piece.name as string, json: '' })
      return
    }
    must(index === this.#calls.length - 1, `call ${this.#calls.length} would be next`)
    must(id === undefined && type === undefined && piece.name === undefined, 'id, type and name come once')
    must(piece.arguments !== '', 'adds nothing to the arguments')
    ;(this.#calls[index] as OpenCall).json += piece.arguments
  }
}

type Must = (condition: boolean, why: string) => void

function objectOf(json: string): unknown {
  const value: unknown = JSON.parse(json)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`the arguments are no JSON object: ${json}`)
  return value
}

function isUsage(usage: OpenaiUsage | null | undefined): boolean {
  if (usage === null || usage === undefined) return false
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = usage
  if (![prompt, completion, total].every(isCount) || total !== prompt + completion) return false
  const cached = usage.prompt_tokens_details?.cached_tokens ?? 0
  const thought = usage.completion_tokens_details?.reasoning_tokens ?? 0
  return isCount(cached) && cached <= prompt && isCount(thought) && thought <= completion
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
}

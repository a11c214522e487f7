import type { AnswerWriter } from './answer-writer.ts'
import { isRecord, type Json } from './content.ts'
import { ToolCall } from './tool-call.ts'

interface ToolCallsOptions {
  readonly writer: AnswerWriter
  readonly newId: () => string
  /** The client's name for a tool. */
  readonly original: (name: string) => string
}

/**
 * Sorts the pieces of parallel calls (`providers.md` §6.4, rule 4). One call at a time is told as it comes; what arrives
 * for others in between waits until it is whole, because blocks do not overlap.
 */
export class ToolCalls {
  readonly #options: ToolCallsOptions
  readonly #calls: ToolCall[] = []
  /** Calls by the index that the upstream gives them; one that is used anew belongs to the newer call. */
  readonly #byIndex = new Map<number, ToolCall>()
  /** How many of the calls were told to their end. */
  #told = 0
  #telling = false

  constructor(options: ToolCallsOptions) {
    this.#options = options
  }

  get count(): number {
    return this.#calls.length
  }

  push(pieces: readonly unknown[]): void {
    for (const piece of pieces) if (isRecord(piece)) this.#piece(piece)
    this.#advance()
  }

  /**
   * Tells everything that is left.
   * @throws GatewayError `tool_call_truncated` when a call is not whole and must be
   */
  end(lenient: boolean): void {
    for (; this.#told < this.#calls.length; this.#told++) {
      const call = this.#calls[this.#told] as ToolCall
      const rest = lenient ? call.restAsItIs() : call.rest()
      this.#begin(call)
      this.#options.writer.toolDelta(rest)
      this.#telling = false
    }
    this.#options.writer.close()
  }

  #piece(piece: Json): void {
    const { id, index, function: called } = piece
    const { name, arguments: given } = isRecord(called) ? called : ({} as Json)
    const call = this.#callOf({ id: text(id), index: typeof index === 'number' ? index : undefined, named: text(name) !== '' })
    call.addName(text(name))
    call.addArguments(isRecord(given) ? JSON.stringify(given) : text(given))
  }

  #callOf({ id, index, named }: { readonly id: string; readonly index: number | undefined; readonly named: boolean }): ToolCall {
    const last = this.#calls.at(-1)
    if (index === undefined) {
      const same = last !== undefined && (id === '' || id === last.id) && !(named && last.begun)
      return same ? last : this.#add(id, index)
    }
    const known = this.#byIndex.get(index)
    if (known !== undefined) return id === '' || id === known.id ? known : this.#add(id, index)
    // Arguments that name nobody continue the last call, whatever number they bear.
    return id === '' && !named && last !== undefined ? last : this.#add(id, index)
  }

  #add(id: string, index: number | undefined): ToolCall {
    const call = new ToolCall(id === '' ? `call_${this.#options.newId()}` : id)
    this.#calls.push(call)
    if (index !== undefined) this.#byIndex.set(index, call)
    return call
  }

  /** Tells what can be told of the first call that is not told to its end. */
  #advance(): void {
    for (;;) {
      const call = this.#calls[this.#told]
      if (call === undefined) return
      const fresh = call.take()
      if (fresh !== '') {
        this.#begin(call)
        this.#options.writer.toolDelta(fresh)
      }
      // The next may begin as soon as nothing of this one can be missing.
      if (this.#told + 1 >= this.#calls.length || !call.begun || !call.whole) return
      this.#begin(call)
      this.#options.writer.toolDelta(call.rest())
      this.#options.writer.close()
      this.#telling = false
      this.#told++
    }
  }

  #begin(call: ToolCall): void {
    if (this.#telling) return
    this.#telling = true
    this.#options.writer.toolStart(call.id, this.#options.original(call.name))
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

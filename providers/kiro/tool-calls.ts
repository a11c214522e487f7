import { GatewayError } from '../../core/index.ts'
import { isObject, type JsonObject, optionalText } from './payload.ts'
import { readToolInput } from './tool-input.ts'

/** One whole call. `json` is empty for a call without arguments. */
export interface ToolCall {
  readonly id: string
  readonly name: string
  readonly json: string
}

interface OpenCall {
  readonly id: string
  name: string | undefined
  input: string
}

/** Far above any real argument: a call that never ends must not fill the memory. */
const MAX_INPUT = 32 * 1024 * 1024

/** Holds a call back until it is whole: half a call must never reach a client (`kiro.md` §6.4). */
export class ToolCalls {
  readonly #newId: () => string
  readonly #done = new Map<string, ToolCall>()
  #open: OpenCall | undefined

  constructor(newId: () => string) {
    this.#newId = newId
  }

  get open(): boolean {
    return this.#open !== undefined
  }

  /** Takes one event; returns the calls that it completes. */
  push(event: JsonObject): readonly ToolCall[] {
    const id = optionalText(event, 'toolUseId') || this.#open?.id
    const completed: ToolCall[] = []
    if (this.#open && id !== this.#open.id) append(completed, this.close(false))
    const name = optionalText(event, 'name') || undefined
    const input = event['input'] ?? undefined
    if (!this.#open && id === undefined && name === undefined && input === undefined) return completed
    this.#open ??= { id: id ?? this.#freshId(), name: undefined, input: '' }
    this.#open.name ??= name
    take(this.#open, input)
    if (event['stop'] === true) append(completed, this.close(true))
    return completed
  }

  /**
   * Ends the open call. Only a stopped one may be without arguments: otherwise nothing says that they were to be none.
   * @throws GatewayError `tool_call_truncated` when its arguments are not whole
   */
  close(stopped: boolean): ToolCall | undefined {
    const call = this.#open
    if (!call) return undefined
    this.#open = undefined
    const empty = call.input.trim() === ''
    const earlier = this.#done.get(call.id)
    // A second stop for a call that is already out says nothing new.
    if (earlier && empty) return undefined
    if (empty && !stopped) throw truncated()
    const json = empty ? '' : argumentsOf(call.input)
    if (earlier?.json === json && (call.name === undefined || call.name === earlier.name)) return undefined
    const name = call.name ?? earlier?.name
    if (name === undefined) throw malformed('without a name')
    // Other arguments under a used id are another call; clients need ids that differ.
    const done = { id: earlier ? this.#freshId() : call.id, name, json }
    this.#done.set(call.id, done)
    return done
  }

  #freshId(): string {
    return `tooluse_${this.#newId().replaceAll('-', '')}`
  }
}

function take(call: OpenCall, input: unknown): void {
  if (typeof input === 'string') {
    call.input += input
    if (call.input.length > MAX_INPUT) throw malformed('with endless arguments')
  } else if (isObject(input)) {
    // An empty object is how older streams begin a call; one with members is the whole of its arguments.
    if (Object.keys(input).length > 0) call.input = JSON.stringify(input)
  } else if (input !== undefined) throw malformed('with arguments that are no object')
}

function argumentsOf(input: string): string {
  const read = readToolInput(input)
  switch (read.kind) {
    case 'object':
      return read.json
    case 'other':
      throw malformed('with arguments that are no object')
    case 'broken':
      throw truncated()
    default:
      return read satisfies never
  }
}

function append(calls: ToolCall[], call: ToolCall | undefined): void {
  if (call) calls.push(call)
}

function truncated(): GatewayError {
  return new GatewayError(
    'tool_call_truncated',
    'the upstream cut off a tool call before its arguments were whole; send it again, or ask for smaller pieces (large files in several writes)',
  )
}

function malformed(how: string): GatewayError {
  return new GatewayError('malformed_answer', `the upstream sent a tool call ${how}; send the request again`)
}

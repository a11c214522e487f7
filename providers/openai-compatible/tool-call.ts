import { GatewayError } from '../../core/index.ts'
import { isRecord } from './content.ts'

/**
 * One call as it comes in pieces. Mostly a piece continues what came before; some upstreams repeat everything each time
 * instead, and a piece that begins with all that was said may be either: then nothing more is told until the end shows
 * which of the two is JSON (`providers.md` §10.2, 26).
 */
export class ToolCall {
  readonly id: string
  name = ''
  #joined = ''
  #repeated: string | undefined
  /** How much of the arguments was handed out. */
  #told = 0

  constructor(id: string) {
    this.id = id
  }

  get begun(): boolean {
    return this.#joined !== ''
  }

  /** Pieces of a name come before any arguments; a name that is there already is only said again. */
  addName(piece: string): void {
    if (piece !== this.name && !this.begun) this.name += piece
  }

  addArguments(piece: string): void {
    if (piece === '') return
    if (this.#repeated !== undefined) this.#repeated = piece.startsWith(this.#repeated) ? piece : this.#repeated + piece
    else if (this.begun && piece.startsWith(this.#joined)) this.#repeated = piece
    this.#joined += piece
  }

  /** What can be handed out now without taking it back later. */
  take(): string {
    if (this.#repeated !== undefined || !this.#joined.trimStart().startsWith('{')) return ''
    const fresh = this.#joined.slice(this.#told)
    this.#told = this.#joined.length
    return fresh
  }

  /** Whether the arguments are a whole object. */
  get whole(): boolean {
    return this.#arguments() !== undefined
  }

  /**
   * What is left to be handed out when no more comes.
   * @throws GatewayError `tool_call_truncated` when that does not make an object
   */
  rest(): string {
    const json = this.#arguments()
    if (json !== undefined) return json.slice(this.#told)
    throw new GatewayError('tool_call_truncated', 'the upstream broke off in the middle of a tool call; send the request again, or ask for smaller pieces')
  }

  /** The same for whoever takes half a call as well. */
  restAsItIs(): string {
    return this.#arguments()?.slice(this.#told) ?? this.#joined.slice(this.#told)
  }

  #arguments(): string | undefined {
    // With a part handed out, only what continues it can be meant.
    if (this.#told === 0 && ['', 'null', '{}', '""'].includes(this.#joined.trim())) return this.#joined.trim() === '{}' ? '{}' : ''
    for (const json of [this.#joined, this.#repeated]) {
      const value = json === undefined ? undefined : parsed(json)
      if (isRecord(value)) return json
      // An object that was made text twice.
      if (typeof value === 'string' && this.#told === 0 && isRecord(parsed(value))) return value
    }
    return undefined
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

import { callId } from './tool-names.ts'

interface OpenCall {
  readonly original: string
  readonly upstream: string
}

/** The calls of the last assistant turn that have no result yet. Ids that two of them share are told apart by their order. */
export class OpenCalls {
  #calls: OpenCall[] = []

  /** The id under which a call goes upstream. */
  add(original: string): string {
    const turn = this.#calls.filter(call => call.original === original).length
    const upstream = callId(original, turn)
    this.#calls.push({ original, upstream })
    return upstream
  }

  /** The call that a result answers, which is then answered; undefined when there is none. */
  answer(original: string): string | undefined {
    const at = this.#calls.findIndex(call => call.original === original)
    return at < 0 ? undefined : this.#calls.splice(at, 1)[0]?.upstream
  }

  /** Gives up on the rest. */
  abandon(): readonly string[] {
    const left = this.#calls.map(({ upstream }) => upstream)
    this.#calls = []
    return left
  }

  get size(): number {
    return this.#calls.length
  }
}

/** What a client asks, in words that hold for every dialect. */
export interface Question {
  readonly model: string
  readonly system?: string
  readonly turns: readonly Turn[]
  readonly tools?: readonly ClientTool[]
  readonly thinking?: 'effort' | 'budget'
  /** JSON Schema of the answer. */
  readonly schema?: Readonly<Record<string, unknown>>
  readonly maxTokens?: number
  /** Fields of the dialect's own. */
  readonly more?: Readonly<Record<string, unknown>>
}

export type Turn =
  | { readonly kind: 'user'; readonly text: string; readonly png?: string }
  /** Exactly as the client got it, or a text. */
  | { readonly kind: 'assistant'; readonly message: unknown }
  | { readonly kind: 'results'; readonly results: readonly { readonly id: string; readonly text: string; readonly failed?: boolean }[]; readonly text?: string }

export interface ClientTool {
  readonly name: string
  readonly description: string
  readonly schema: Readonly<Record<string, unknown>>
}

/** What a client was told. */
export interface Told {
  readonly text: string
  readonly reasoning: string
  readonly calls: readonly { readonly id: string; readonly name: string; readonly input: unknown }[]
  readonly stop: string
  readonly model: string
  readonly tokens: { readonly input: number; readonly output: number }
  /** The answer as it goes back with the next turn. */
  readonly message: unknown
  /** Rules that the gateway says it applied. */
  readonly changes: readonly string[]
}

/** How a client learned that there is no answer. */
export interface Refusal {
  /** Undefined for an error inside a stream that had begun. */
  readonly status: number | undefined
  readonly type: string
  readonly code: string | null
  readonly message: string
  readonly retryAfter: string | null
  /** Text that came before it. */
  readonly text: string
}

export type DialectName = 'anthropic' | 'openai-chat'

/** The official client of one dialect. */
export interface MatrixClient {
  readonly dialect: DialectName
  /** Ways in which reasoning can be asked for. */
  readonly thinking: readonly ('effort' | 'budget')[]
  ask(question: Question, stream: boolean): Promise<Told>
  /** @throws Error when it is answered after all */
  refused(question: Question, stream: boolean): Promise<Refusal>
}

export interface ClientPlace {
  readonly url: string
  readonly key: string
}

/** A `fetch` that keeps the headers of the last answer: the clients' streaming helpers do not show them. */
export class NotingFetch {
  headers = new Headers()

  readonly fetch: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    this.headers = response.headers
    return response
  }

  get changes(): readonly string[] {
    return this.headers.get('x-kiro-gateway-changes')?.split(', ') ?? []
  }
}

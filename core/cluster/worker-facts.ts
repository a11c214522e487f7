/** What a gateway has to say of itself once it can serve. */
export interface ServingFacts {
  readonly sandboxed: boolean
  /** Made at this start; shown once and kept nowhere. */
  readonly firstKey?: string
}

/** What a worker sends to the process that started it. */
export type WorkerMessage =
  | { readonly kind: 'ready'; readonly facts: ServingFacts }
  /** The connection of this number is the worker's from here on. */
  | { readonly kind: 'taken'; readonly connection: number }
  /** It ends, and wants no more connections. */
  | { readonly kind: 'leaving' }

/** What it gets, with a socket beside it. */
export interface ConnectionMessage {
  readonly kind: 'connection'
  readonly connection: number
}

/** Other libraries may send messages of their own over the same channel. */
export function isMessage(message: unknown): message is { readonly kind: unknown } {
  return typeof message === 'object' && message !== null && 'kind' in message
}

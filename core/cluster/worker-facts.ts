/** What a gateway has to say once it listens. */
export interface ServingFacts {
  readonly url: string
  readonly sandboxed: boolean
  /** Made at this start; shown once and kept nowhere. */
  readonly firstKey?: string
}

/** What a worker sends to the process that started it. */
export interface ReadyMessage {
  readonly kind: 'ready'
  readonly facts: ServingFacts
}

/** Other libraries may send messages of their own over the same channel. */
export function isReadyMessage(message: unknown): message is ReadyMessage {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'ready' && 'facts' in message
}

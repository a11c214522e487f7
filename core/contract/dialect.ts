import type { GatewayError } from '../errors/gateway-error.ts'
import type { Completion } from '../model/completion.ts'
import type { Batch } from '../model/event.ts'
import type { ModelCard } from '../model/model-card.ts'
import type { ChatRequest } from '../model/request.ts'
import type { Call } from './call.ts'

/** One inbound API: foreign requests to the hub, hub events to foreign answers. */
export interface Dialect {
  readonly name: string
  readonly routes: readonly DialectRoute[]
  /** An error before the first byte. */
  fault(error: GatewayError, requestId: string): FaultAnswer
  readonly chat?: ChatDialect
  readonly models?: ModelsDialect
  readonly tokens?: TokensDialect
}

export interface ChatDialect {
  /** @throws GatewayError `bad_request` with the field as `param` */
  parse(body: unknown, context: ParseContext): ChatRequest
  /** A whole answer as the JSON that clients expect; a string is that JSON's text already. */
  complete(completion: Completion, call: Call): unknown
  encoder(call: Call): StreamEncoder
}

export interface TokensDialect {
  /**
   * The request to be counted; what is not valid for a chat is not valid here.
   * @throws GatewayError `bad_request` with the field as `param`
   */
  parse(body: unknown, context: ParseContext): ChatRequest
  render(tokens: number): unknown
}

export interface ModelsDialect {
  list(cards: readonly NamedModelCard[], query: URLSearchParams): unknown
  one(card: NamedModelCard): unknown
}

export type Serves = 'chat' | 'models' | 'model' | 'count-tokens'

export interface DialectRoute {
  readonly method: 'GET' | 'POST'
  /** Router pattern; `*id` takes the rest of the path: model ids may contain slashes. */
  readonly path: string
  readonly serves: Serves
  /** Whether this dialect answers a request on a path that several share. */
  readonly claims?: (headers: Readonly<Record<string, string | undefined>>, query: URLSearchParams) => boolean
}

export interface ParseContext {
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
}

/** Writes one stream. Text is made in one piece per batch and written once. */
export interface StreamEncoder {
  readonly contentType: string
  /** Includes the dialect's form of a failure and whatever closes a stream. */
  encode(batch: Batch): string
  /** A sign of life before or between events. */
  readonly keepAlive: string
}

export interface FaultAnswer {
  readonly status: number
  readonly body: unknown
}

/** A model under the name that clients use for it. */
export interface NamedModelCard extends ModelCard {
  readonly provider: string
  readonly publicId: string
}

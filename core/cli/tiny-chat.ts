import { randomUUID } from 'node:crypto'
import type { Account } from '../contract/account.ts'
import type { Attempt } from '../contract/call.ts'
import type { Clock } from '../contract/clock.ts'
import type { HttpClient } from '../contract/http-client.ts'
import type { Logger } from '../contract/log.ts'
import type { Provider } from '../contract/provider.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import { fold } from '../model/completion.ts'
import type { ChatRequest } from '../model/request.ts'

export interface TinyChat {
  readonly provider: Provider
  readonly account: Account
  readonly http: HttpClient
  /** The provider's own id. */
  readonly model: string
  readonly clock: Clock
  readonly log: Logger
}

const PATIENCE_MS = 60_000
const MOST_TOKENS = 16

/**
 * Asks this very account for an answer of a few tokens, past pool and plugins.
 * @returns what came, in words
 * @throws GatewayError what the upstream said instead
 */
export async function tinyChat({ provider, account, http, model, clock, log }: TinyChat): Promise<string> {
  const request: ChatRequest = {
    model,
    system: [],
    messages: [{ role: 'user', parts: [{ type: 'text', text: 'Answer with the word ready.' }] }],
    tools: [],
    maxTokens: MOST_TOKENS,
    stop: [],
    stream: true,
  }
  const ending = new AbortController()
  const timer = clock.timer(PATIENCE_MS, () => ending.abort(new GatewayError('upstream_timeout', `there was no answer within ${PATIENCE_MS / 1000} seconds`)))
  const { signal } = ending
  const call = {
    id: `test_${randomUUID()}`,
    dialect: 'command-line',
    principal: { keyId: 'command-line' },
    request,
    requestedModel: model,
    trail: [],
    signal,
    log,
  }
  const lane = provider.lanes?.(account as never)[0] ?? { id: provider.name, origin: '' }
  const attempt: Attempt = { call, number: 1, account, lane, model, http, clock, remedies: new Set(), signal }
  const startedAt = clock.monotonic()
  try {
    await fold(provider.stream(request, attempt as never))
    return `${model} answered in ${((clock.monotonic() - startedAt) / 1000).toFixed(1)} s`
  } finally {
    timer.cancel()
    ending.abort()
  }
}

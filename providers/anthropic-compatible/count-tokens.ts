import type { Account, ChatRequest, HttpClient } from '../../core/index.ts'
import type { AnthropicCredential } from './credential.ts'
import { baseOf, urlOf } from './endpoints.ts'
import { classifyAnthropicFailure } from './faults.ts'
import { type HeaderOptions, headersFor } from './headers.ts'
import { type RequestContext } from './hub-body.ts'
import { buildCount } from './request.ts'
import { countOf, fieldsOf, parseJson } from './untrusted.ts'

export interface CountCaller {
  readonly account: Account<AnthropicCredential>
  readonly http: HttpClient
  readonly options: HeaderOptions
  readonly signal: AbortSignal
  /** Wall clock, for dates in `Retry-After`. */
  readonly now: number
}

/**
 * The upstream's own count of a request's tokens.
 * @throws GatewayError where it has none, or gives none
 */
export async function countTokens(request: ChatRequest, context: RequestContext, { account, http, options, signal, now }: CountCaller): Promise<number> {
  const { original } = request
  const body = buildCount(request, context)
  const answer = await http.send(
    {
      method: 'POST',
      url: urlOf(baseOf(account.credential, options.baseUrl), '/v1/messages/count_tokens'),
      headers: headersFor({ account, ...(original === undefined ? {} : { original }) }, options),
      body,
    },
    { signal },
  )
  const text = answer.body.toString('utf8')
  const tokens = countOf(fieldsOf(parseJson(text)).input_tokens)
  if (answer.status === 200 && tokens !== undefined) return tokens
  throw classifyAnthropicFailure({ status: answer.status, headers: answer.headers, body: text, requestBytes: Buffer.byteLength(body) }, now)
}

import { type Account, GatewayError, type HttpClient } from '../../core/index.ts'
import type { KiroCredential } from './credential.ts'
import type { EndpointOptions } from './endpoints.ts'
import { classifyKiroFailure } from './faults.ts'
import { controlHeaders, type IdentityOptions } from './identity.ts'
import { type Fields, parseObject } from './untrusted.ts'

type ControlOptions = EndpointOptions & IdentityOptions

/** Who asks the control plane, and over which way out. */
export interface ControlCaller {
  readonly account: Account<KiroCredential>
  readonly http: HttpClient
  readonly options: ControlOptions
}

/** One question to one host. Members of `query` that are undefined are left out. */
export interface ControlCall {
  readonly origin: string
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  /** Makes it a POST. */
  readonly body?: Fields
}

/** Reason of the refusal that tells a Builder ID from an enterprise account. */
export const BUILDER_ID_REFUSED = 'builder_id_not_supported'

const LIMITS = { timeoutMs: 20_000, maxBytes: 2 * 1024 * 1024 }

/** Answers that another host or another form of the question would not change. */
const FINAL = new Set(['token_rejected', 'account_suspended', 'account_rate_limited', 'account_suspicious', 'quota_exhausted', 'cancelled', 'needs_login'])

/**
 * Asks once.
 * @throws GatewayError as the inference endpoints' failures are classified, `upstream_nonsense` for what is no JSON object
 */
export async function askControlPlane(call: ControlCall, { account, http, options }: ControlCaller): Promise<Fields> {
  const query = new URLSearchParams(Object.entries(call.query ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined))
  const body = call.body === undefined ? undefined : JSON.stringify(call.body)
  const response = await http.send(
    {
      method: body === undefined ? 'GET' : 'POST',
      url: `${call.origin}${call.path}${query.size === 0 ? '' : `?${query.toString()}`}`,
      headers: { ...controlHeaders(account, options), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body }),
    },
    LIMITS,
  )
  const text = response.body.toString('utf8')
  if (response.status !== 200) {
    if (/Builder ID is not supported/i.test(text)) {
      throw new GatewayError('feature_not_offered', 'the Kiro control plane does not offer this to Builder ID accounts', { reason: BUILDER_ID_REFUSED })
    }
    throw classifyKiroFailure({ status: response.status, headers: response.headers, body: text, requestBytes: body?.length ?? 0 })
  }
  const answer = parseObject(text)
  if (answer === undefined)
    throw new GatewayError(
      'upstream_nonsense',
      'the Kiro control plane answered with something that is no JSON object; something between may be answering in its place',
    )
  return answer
}

/** Whether asking elsewhere or otherwise is worth it after this failure. */
export function mayHelpElsewhere(error: unknown): boolean {
  return GatewayError.is(error) && !FINAL.has(error.code)
}

/**
 * The first answer of several questions asked one after the other.
 * @throws the first failure that says more than "not here": the questions after it are fallbacks, whose words mislead
 */
export async function firstAnswer<Q, A>(questions: Iterable<Q>, ask: (question: Q) => Promise<A>): Promise<A> {
  const failures: unknown[] = []
  for (const question of questions) {
    try {
      return await ask(question)
    } catch (error) {
      if (!mayHelpElsewhere(error)) throw error
      failures.push(error)
    }
  }
  throw failures.find(failure => !isMissingOperation(failure)) ?? failures[0] ?? new GatewayError('internal', 'no host of the Kiro control plane is known')
}

/** Whether the host does not know the operation at all. */
export function isMissingOperation(error: unknown): boolean {
  return GatewayError.is(error) && error.code === 'lane_unavailable'
}

import { GatewayError } from '../../errors/gateway-error.ts'

interface Refusal {
  readonly field: string
  /** Whether this value asks for something; null never does. */
  readonly asks: (value: unknown) => boolean
  readonly why: string
}

const always = () => true
const notEmpty = (value: unknown) => !(Array.isArray(value) && value.length === 0)

/**
 * What would change the form of the answer and cannot be given: left out silently, the client would wait for it in vain.
 * Settings that only colour an answer are taken and ignored (`docs/clients.md`).
 */
export const REFUSED: readonly Refusal[] = [
  { field: 'n', asks: value => value !== 1, why: 'one answer per request is given; leave it out and send the request several times' },
  { field: 'logprobs', asks: value => value !== false, why: 'token probabilities are not known here; leave it out' },
  { field: 'top_logprobs', asks: value => value !== 0, why: 'token probabilities are not known here; leave it out' },
  {
    field: 'modalities',
    asks: value => !Array.isArray(value) || value.some(kind => kind !== 'text'),
    why: 'answers are text only; send ["text"] or leave it out',
  },
  { field: 'audio', asks: always, why: 'answers are text only; leave it out' },
  { field: 'prediction', asks: always, why: 'predicted outputs are not supported; leave it out' },
  { field: 'web_search_options', asks: always, why: 'there is no built-in web search; leave it out and offer a search tool of your own in "tools"' },
  { field: 'functions', asks: notEmpty, why: 'the old function calls are not supported; send "tools"' },
  { field: 'function_call', asks: value => typeof value !== 'string', why: 'the old function calls are not supported; send "tools" and "tool_choice"' },
]

/** @throws GatewayError `unsupported` with the field as `param` */
export function refuseUnsupported(body: Readonly<Record<string, unknown>>): void {
  for (const { field, asks, why } of REFUSED) {
    const value = body[field]
    if (value !== undefined && value !== null && asks(value)) throw new GatewayError('unsupported', `${field}: ${why}`, { param: field })
  }
}

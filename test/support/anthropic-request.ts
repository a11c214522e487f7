import type { ChatRequest } from '../../core/index.ts'
import { parseMessages } from '../../core/dialects/anthropic/parse.ts'
import { knownModel } from '../../providers/anthropic-compatible/known-models.ts'
import type { RequestContext } from '../../providers/anthropic-compatible/hub-body.ts'
import { buildMessages } from '../../providers/anthropic-compatible/request.ts'
import { readRequest } from '../../providers/anthropic-compatible/simulator/validation/request.ts'
import { chatRequest } from './calls.ts'

/** A context for building a request; the official host unless said otherwise. */
export function requestContext(changes: Partial<RequestContext> = {}): RequestContext {
  const model = changes.model ?? 'claude-sonnet-4-5-20250929'
  const card = knownModel(model)
  return { model, remedies: new Set(), official: true, ...(card === undefined ? {} : { card }), ...changes }
}

/** What is sent for a request in the hub's words, as the upstream reads it. */
export function built(request: Partial<ChatRequest>, context: Partial<RequestContext> = {}) {
  const { body, warnings } = buildMessages(chatRequest(request), requestContext(context))
  return { body: JSON.parse(body) as any, rules: warnings.map(({ rule }) => rule), warnings }
}

/** What is sent for a body of this wire. */
export function passedOn(
  body: Record<string, unknown>,
  context: Partial<RequestContext> = {},
  change: (request: ChatRequest) => ChatRequest = request => request,
) {
  const request = parseMessages(body, { headers: {}, params: {}, query: new URLSearchParams() })
  const { body: sent, warnings } = buildMessages(change(request), requestContext(context))
  return { body: JSON.parse(sent) as any, rules: warnings.map(({ rule }) => rule) }
}

/** Why the strict upstream would refuse a body; undefined: it would not. */
export function complaintOf(body: string, signed: (thinking: string, signature: unknown) => boolean = () => true): string | undefined {
  const read = readRequest(body, { betas: new Set(), signed, future: new Set() })
  return 'message' in read ? read.message : undefined
}

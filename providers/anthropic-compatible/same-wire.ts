import type { ChatRequest, OriginalRequest } from '../../core/index.ts'
import { originalBody, type Saying } from '../../core/wire/original-body.ts'
import { composeBody, type RequestContext } from './hub-body.ts'
import { defaultOutput } from './known-models.ts'
import { claudeVersion } from './model-names.ts'
import { type ModelTraits, traitsOf } from './model-traits.ts'
import { originalParts } from './original-messages.ts'
import { isSealedElsewhere, isSigned } from './preflight/parts.ts'
import type { Findings } from './preflight/rules.ts'
import { mendCallIds } from './preflight/same-wire-ids.ts'
import { thinkingFields } from './preflight/thinking.ts'
import { countOf, fieldsOf, listOf } from './untrusted.ts'

type SameWire = ChatRequest & { readonly original: OriginalRequest }
type Body = Record<string, unknown>

/** Members of a request and the fields of a body that say the same. */
const SAYINGS: readonly Saying[] = [
  { members: ['messages'], fields: ['messages'] },
  { members: ['system'], fields: ['system'] },
  { members: ['tools'], fields: ['tools'] },
  { members: ['toolChoice', 'parallelToolCalls'], fields: ['tool_choice'] },
  { members: ['maxTokens'], fields: ['max_tokens'] },
  { members: ['temperature'], fields: ['temperature'] },
  { members: ['topP'], fields: ['top_p'] },
  { members: ['topK'], fields: ['top_k'] },
  { members: ['stop'], fields: ['stop_sequences'] },
  { members: ['reasoning', 'responseFormat'], fields: ['thinking', 'output_config'] },
]

/**
 * The client's own body with the model's own name. Beside what plugins changed, only that is mended which this upstream is
 * known to refuse and the client could not know: it may speak with several accounts and models in one conversation.
 */
export function originalRequestBody(request: SameWire, context: RequestContext, findings: Findings): Body {
  const body = originalBody(request, SAYINGS, () => ({ ...composeBody(settingsOf(request), context, findings).body, ...originalParts(request, findings) }))
  keepOutputConfig(body, request.original)
  body.model = context.model
  body.max_tokens ??= defaultOutput(context.model, context.card)
  // The client's own word where it has one: the media type of the answer follows it.
  if (request.stream !== (body.stream === true)) body.stream = request.stream
  mendCallIds(body, findings)
  mendReasoning(body, { request, context, findings })
  return body
}

/** A request for its settings' sake: the rules for conversations are not for one that goes as it is. */
function settingsOf(request: SameWire): ChatRequest {
  const { system: _system, ...rest } = request
  return {
    ...rest,
    system: [],
    messages: [{ role: 'user', parts: [{ type: 'text', text: '.' }] }],
    tools: request.tools.filter(tool => tool.hosted === undefined),
  }
}

/** Wishes beside effort and format of which the hub knows nothing. */
function keepOutputConfig(body: Body, original: OriginalRequest): void {
  if (body.output_config === original.body.output_config) return
  const { effort: _effort, format: _format, ...rest } = fieldsOf(original.body.output_config)
  const merged = { ...rest, ...fieldsOf(body.output_config) }
  if (Object.keys(merged).length > 0) body.output_config = merged
}

interface Mending {
  readonly request: SameWire
  readonly context: RequestContext
  readonly findings: Findings
}

function mendReasoning(body: Body, mending: Mending): void {
  const { context, findings } = mending
  const keep = replayed(context)
  if (withoutBlocks(body, keep)) {
    const why = context.remedies.has('drop-signatures')
      ? 'the upstream did not accept the signature of earlier reasoning, so it was left out'
      : 'earlier reasoning that is unsigned or of another vendor was left out'
    findings.warn('reasoning-replay', why, 'messages')
    if (fieldsOf(body.thinking).type === 'enabled' && loopLacksReasoning(body)) {
      delete body.thinking
      findings.warn(
        'thinking-and-tools',
        'the reasoning before the open tool call is missing, without which the model cannot go on reasoning; it was switched off',
        'thinking',
      )
    }
  }
  mendStyle(body, mending)
}

/** Which blocks of earlier reasoning may go back. */
function replayed({ remedies, official }: RequestContext): (block: unknown) => boolean {
  if (remedies.has('drop-signatures')) return () => false
  // Other vendors behind this API have signatures of their own making, or none, and want their reasoning back all the same.
  return official ? isSigned : block => !isSealedElsewhere(block)
}

/** Takes blocks of reasoning out; whether there were any. */
function withoutBlocks(body: Body, keep: (block: unknown) => boolean): boolean {
  const isReasoning = (block: unknown) => /^(?:redacted_)?thinking$/.test(String(fieldsOf(block).type))
  const goes = (block: unknown) => isReasoning(block) && !keep(block)
  const messages = listOf(body.messages)
  if (!messages.some(message => listOf(fieldsOf(message).content).some(goes))) return false
  body.messages = messages.flatMap(message => {
    const fields = fieldsOf(message)
    const content = listOf(fields.content)
    if (!content.some(goes)) return [message]
    const rest = content.filter(block => !goes(block))
    return rest.length === 0 ? [] : [{ ...fields, content: rest }]
  })
  return true
}

function loopLacksReasoning(body: Body): boolean {
  const [before, last] = listOf(body.messages).slice(-2)
  const answers = listOf(fieldsOf(last).content).some(block => fieldsOf(block).type === 'tool_result')
  const [first] = listOf(fieldsOf(before).content)
  return answers && !String(fieldsOf(first).type).endsWith('thinking')
}

/** A model that was put in the place of the one that the client meant may think in another way (`providers.md` §10.2, 7). */
function mendStyle(body: Body, { request, context, findings }: Mending): void {
  if (claudeVersion(context.model) === undefined) return
  const traits = traitsOf(context.model)
  if (!isRefused(fieldsOf(body.thinking).type, traits)) return
  const forced = request.toolChoice?.mode === 'required' || request.toolChoice?.mode === 'tool'
  const { thinking, effort } = thinkingFields(request.reasoning, {
    traits,
    maxTokens: countOf(body.max_tokens) ?? 0,
    forced,
    openLoop: loopLacksReasoning(body),
    findings,
  })
  findings.warn('thinking-style', 'this model is asked to think in another way than the request says', 'thinking')
  const { effort: _told, ...config } = fieldsOf(body.output_config)
  const outputConfig = { ...config, ...(effort === undefined ? {} : { effort }) }
  delete body.thinking
  delete body.output_config
  if (thinking !== undefined) body.thinking = thinking
  if (Object.keys(outputConfig).length > 0) body.output_config = outputConfig
}

function isRefused(type: unknown, { thinking }: ModelTraits): boolean {
  switch (type) {
    case 'adaptive':
      return thinking === 'budget' || thinking === 'none'
    case 'enabled':
      return thinking !== 'budget' && thinking !== 'either'
    case 'disabled':
      return thinking === 'always'
    default:
      return false
  }
}

import { randomUUID } from 'node:crypto'
import type { ChatRequest, ModelCard, Warning } from '../../core/index.ts'
import { estimateTokens } from './estimate.ts'
import type { Draft } from './preflight/draft.ts'
import { DEFAULT_LIMITS, type PreflightLimits } from './preflight/limits.ts'
import { readMessages } from './preflight/read-messages.ts'
import { wantsReasoning } from './preflight/reasoning-request.ts'
import { inspectBody, repair } from './preflight/rules.ts'
import { hasManyTools } from './preflight/tool-limit.ts'
import { composeBody } from './request-body.ts'
import { mapToolNames, type ToolNames } from './tool-names.ts'

/** What a request's body needs that the client's request does not say. */
export interface KiroRequestContext {
  /** The upstream's id of the model. */
  readonly model: string
  readonly profileArn?: string
  /** `AI_EDITOR` with the IDE's headers, `KIRO_CLI` with the CLI's. */
  readonly origin: 'AI_EDITOR' | 'KIRO_CLI'
  readonly conversationId: string
  readonly agentContinuationId: string
  /** What an earlier attempt's failure asked for: `drop-signatures`, `drop-model-fields`, `fewer-tools`, `new-conversation`. */
  readonly remedies: ReadonlySet<string>
  readonly card?: ModelCard
  /** What the model's schema lists for `additionalModelRequestFields`; absent: it takes none. */
  readonly modelFields?: readonly string[]
  readonly limits?: Partial<PreflightLimits>
}

export interface BuiltKiroRequest {
  readonly body: string
  readonly warnings: readonly Warning[]
  readonly toolNames: ToolNames
  readonly estimatedInputTokens: number
  /** Whether the client asked for reasoning, in whichever way the model can be told. */
  readonly reasoningRequested: boolean
  /** Whether an answer without a word may be the tools' fault: another try with fewer of them is then worth it. */
  readonly manyTools: boolean
}

/** About what an image costs a model, whatever its bytes: one of a screen's size. */
const IMAGE_TOKENS = 1_500

/**
 * A client's request as the body of `generateAssistantResponse`, repaired by the rules of `preflight/rules.ts`.
 * @throws GatewayError `bad_request` naming the rule and the message when no repair helps
 */
export function buildKiroRequest(request: ChatRequest, context: KiroRequestContext): BuiltKiroRequest {
  const warnings: Warning[] = []
  const draft = repair(draftOf(request, context), warnings)
  const { profileArn, origin, agentContinuationId } = context
  const conversationId = context.remedies.has('new-conversation') ? randomUUID() : context.conversationId
  const body = JSON.stringify(composeBody(draft, { conversationId, agentContinuationId, origin, ...(profileArn === undefined ? {} : { profileArn }) }))
  inspectBody(body, draft, warnings)
  return {
    body,
    warnings,
    toolNames: draft.names,
    estimatedInputTokens: inputTokens(body, draft),
    reasoningRequested: wantsReasoning(request.reasoning),
    manyTools: hasManyTools(draft, body),
  }
}

function draftOf(request: ChatRequest, context: KiroRequestContext): Draft {
  const { model, remedies, card, modelFields } = context
  return {
    request,
    target: { model, remedies, fields: modelFields ?? [], limits: { ...DEFAULT_LIMITS, ...context.limits }, ...(card === undefined ? {} : { card }) },
    system: request.system.map(part => part.text),
    instructions: [],
    thinkingTags: '',
    turns: readMessages(request.messages),
    tools: request.tools.map(({ name, description, schema, hosted }, index) => ({
      name,
      description,
      schema,
      index,
      ...(hosted === undefined ? {} : { hosted }),
    })),
    names: mapToolNames([]),
  }
}

/** From the body's length: its punctuation stands for what the upstream adds itself. Images count by piece, not by byte. */
function inputTokens(body: string, draft: Draft): number {
  let count = 0
  let characters = 0
  for (const turn of draft.turns) {
    for (const piece of turn.pieces) {
      if (piece.type !== 'picture') continue
      count += 1
      characters += piece.data.length
    }
  }
  return Math.max(1, estimateTokens(body) - Math.floor(characters / 4) + count * IMAGE_TOKENS)
}

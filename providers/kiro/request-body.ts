import type { AssistantTurn, Draft, DraftResult, DraftTool, UserTurn } from './preflight/draft.ts'
import { isBlank, textOf } from './preflight/rework.ts'
import { NO_OUTPUT } from './preflight/tool-results.ts'

export interface Envelope {
  readonly conversationId: string
  readonly agentContinuationId: string
  readonly origin: 'AI_EDITOR' | 'KIRO_CLI'
  readonly profileArn?: string
}

/** A repaired draft as `generateAssistantResponse` wants it (`kiro.md` §5.1); members that would be empty are left out. */
export function composeBody(draft: Draft, envelope: Envelope): Record<string, unknown> {
  const { conversationId, agentContinuationId, profileArn } = envelope
  const { model } = draft.target
  const entries = draft.turns.map((turn, position) => {
    if (turn.role === 'assistant') return assistantEntry(turn)
    return userEntry(turn, {
      content: position === 0 ? prefixed(draft, textOf(turn.pieces)) : textOf(turn.pieces),
      modelId: model,
      origin: envelope.origin,
      tools: position === draft.turns.length - 1 ? draft.tools : [],
    })
  })
  const currentMessage = entries.pop()
  return {
    conversationState: {
      chatTriggerType: 'MANUAL',
      conversationId,
      agentContinuationId,
      agentTaskType: 'vibe',
      currentMessage,
      ...(entries.length === 0 ? {} : { history: entries }),
    },
    ...(profileArn === undefined ? {} : { profileArn }),
    ...(draft.modelFields === undefined ? {} : { additionalModelRequestFields: draft.modelFields }),
  }
}

/** The upstream has no place for a system prompt; in the first user turn it stays the same through a conversation, for caches. */
function prefixed(draft: Draft, text: string): string {
  const system = [...draft.system, ...draft.instructions].filter(paragraph => !isBlank(paragraph)).join('\n\n')
  const head = [draft.thinkingTags, system].filter(part => part !== '').join('\n')
  return [head, text].filter(part => part !== '').join('\n\n')
}

interface UserEntry {
  readonly content: string
  readonly modelId: string
  readonly origin: string
  readonly tools: readonly DraftTool[]
}

/** Turns with tool results and no words of the user have `content: ""`: any filler makes models stop early (`kiro.md` §5.4). */
function userEntry(turn: UserTurn, { content, modelId, origin, tools }: UserEntry): object {
  const images = turn.pieces.flatMap(piece => (piece.type === 'picture' ? [{ format: piece.format, source: { bytes: piece.data } }] : []))
  const context = {
    ...(tools.length === 0 ? {} : { tools: tools.map(specification) }),
    ...(turn.results.length === 0 ? {} : { toolResults: turn.results.map(resultEntry) }),
  }
  return {
    userInputMessage: {
      content,
      modelId,
      origin,
      ...(images.length === 0 ? {} : { images }),
      ...(tools.length + turn.results.length === 0 ? {} : { userInputMessageContext: context }),
    },
  }
}

function assistantEntry({ pieces, uses, reasoning: [reasoning] }: AssistantTurn): object {
  return {
    assistantResponseMessage: {
      content: textOf(pieces),
      ...(uses.length === 0 ? {} : { toolUses: uses.map(({ id, name, input }) => ({ toolUseId: id, name, input })) }),
      ...(reasoning === undefined ? {} : { reasoningContent: reasoningEntry(reasoning) }),
    },
  }
}

function reasoningEntry({ text, signature, redacted }: AssistantTurn['reasoning'][number]): object {
  return redacted === undefined ? { reasoningText: { text, signature } } : { redactedContent: redacted }
}

function resultEntry({ id, content, isError }: DraftResult): object {
  const texts = content.flatMap(part => (part.type === 'text' && !isBlank(part.text) ? [{ text: part.text }] : []))
  return { toolUseId: id, status: isError ? 'error' : 'success', content: texts.length === 0 ? [{ text: NO_OUTPUT }] : texts }
}

function specification({ name, description, schema }: DraftTool): object {
  return { toolSpecification: { name, description, inputSchema: { json: schema } } }
}

import { randomBytes } from 'node:crypto'
import type { Directives } from './directives.ts'
import { encodeEvent } from './frame.ts'
import { pieces, reasoningEvents, textEvent, toolEvents, trailerEvents } from './events.ts'
import { contentOf, conversationKeys, estimateTokens, type Generation, resultTexts } from './generation.ts'
import { newToolUseId } from './identifiers.ts'
import { findModel } from './models.ts'
import type { SignatureRegistry } from './signatures.ts'
import type { AnswerOptions } from './steps.ts'

/** What one answer is made for. */
export interface AnswerContext {
  readonly generation: Generation
  readonly marker: string
  /** Overrides the model's own window. */
  readonly contextWindow: number | undefined
  /** Whether the account's answers carry a `metadataEvent`; enterprise accounts' do not (`kiro.md` §6.3). */
  readonly metadata: boolean
  readonly signatures: SignatureRegistry
}

export interface ComposedAnswer {
  readonly frames: readonly Buffer[]
  readonly credits: number
}

const ECHO_LIMIT = 400
const FILLER = 'The quick brown fox jumps over the lazy dog. '

/** Makes the frames of an answer out of the request, its directives and the options. */
export function composeAnswer(context: AnswerContext, options: AnswerOptions, directives?: Directives & { readonly rest: string }): ComposedAnswer {
  const { generation, marker } = context
  const modelId = generation.modelId === undefined || generation.modelId === 'auto' ? 'claude-sonnet-4.5' : generation.modelId
  const calls = [...(options.toolCalls ?? []), ...(directives?.tools ?? [])]
  const text = marker + (options.text ?? plainText(generation, directives, calls.length > 0))
  const events = options.events ?? directives?.events
  const reasoning = options.reasoning ?? directives?.reasoning
  const said = text.length + (reasoning?.length ?? 0) + JSON.stringify(calls).length
  const account = accounting(context, said)
  const metadata = options.metadata ?? (context.metadata || options.stopReason !== undefined || directives?.stopReason !== undefined)
  const stopReason = options.stopReason ?? directives?.stopReason ?? (calls.length > 0 ? 'TOOL_USE' : 'END_TURN')
  return {
    credits: account.credits,
    frames: [
      ...(reasoning === undefined ? [] : reasoningFrames(context, { text: reasoning, modelId })),
      ...textPieces(text, events).map(piece => textEvent(piece, modelId)),
      ...calls.flatMap(({ name, input }) => toolEvents({ toolUseId: newToolUseId(), name, fragments: fragmentsOf(input) })),
      ...trailerEvents({
        ...(metadata ? { stopReason } : {}),
        ...(options.tokenUsage === undefined ? {} : { tokenUsage: options.tokenUsage }),
        contextUsage: options.contextUsage ?? directives?.contextUsage ?? account.contextUsage,
        credits: account.credits,
      }),
    ],
  }
}

/** A fixed answer's frames; none of it depends on a request, so it is encoded once. */
export function staticAnswer(options: AnswerOptions, marker: string): readonly Buffer[] {
  const text = options.text ?? filler((options.events ?? 1) * 24)
  const calls = options.toolCalls ?? []
  const stopReason = options.stopReason ?? (calls.length > 0 ? 'TOOL_USE' : 'END_TURN')
  return [
    ...textPieces(marker + text, options.events).map(piece => textEvent(piece)),
    ...calls.flatMap(({ name, input }) => toolEvents({ toolUseId: newToolUseId(), name, fragments: fragmentsOf(input) })),
    ...trailerEvents({
      ...(options.metadata === false ? {} : { stopReason }),
      ...(options.tokenUsage === undefined ? {} : { tokenUsage: options.tokenUsage }),
      contextUsage: options.contextUsage ?? 1.5,
      credits: 0.01,
    }),
  ]
}

/** Gives out a signature for a reasoning text; the same block may be replayed later in the same conversation. */
export function issueSignature(context: AnswerContext, reasoning: { readonly text: string; readonly modelId: string }): string {
  const signature = randomBytes(96).toString('base64')
  context.signatures.add(signature, { ...reasoning, conversations: conversationKeys(context.generation) })
  return signature
}

/** How much of the window is used up, and what the answer costs. */
export function accounting(context: AnswerContext, saidCharacters: number): { readonly contextUsage: number; readonly credits: number } {
  const model = findModel(context.generation.modelId)
  const window = context.contextWindow ?? model?.contextWindow ?? 200_000
  const tokens = estimateTokens(context.generation) + Math.ceil(saidCharacters / 4)
  return {
    contextUsage: Math.round((tokens / window) * 1e6) / 1e4,
    credits: Math.round(tokens * (model?.rateMultiplier ?? 1) * 0.02) / 1000 + 0.001,
  }
}

/** `count` characters of text. */
export function filler(count: number): string {
  return FILLER.repeat(Math.ceil(count / FILLER.length)).slice(0, count)
}

function plainText(generation: Generation, directives: (Directives & { readonly rest: string }) | undefined, calling: boolean): string {
  if (directives?.text !== undefined) return directives.text
  if (directives?.characters !== undefined) return filler(directives.characters)
  const { current } = generation
  const results = current?.role === 'user' ? current.results : []
  if (results.length > 0) {
    const quoted = results.map(result => `${result.status === 'error' ? 'failed with' : 'said'} "${shortened(resultTexts(result).join(' '))}"`)
    return quoted.length === 1 ? `The tool ${quoted[0]}.` : `The tools answered: ${quoted.map((quote, index) => `${index + 1}. it ${quote}`).join('; ')}.`
  }
  if (calling) return 'I will use a tool.'
  const said = lastParagraph(directives?.rest ?? contentOf(current))
  return said === '' ? 'You said nothing.' : `You said: ${shortened(said)}`
}

/**
 * The user's own words: the system prompt stands before them in the same text, with a blank line between.
 */
function lastParagraph(text: string): string {
  return (
    text
      .replaceAll(/<(thinking_mode|thinking_effort|max_thinking_length)>[^<]*<\/\1>/g, '')
      .trim()
      .split(/\n\s*\n/)
      .at(-1)
      ?.trim() ?? ''
  )
}

function shortened(text: string): string {
  return text.length <= ECHO_LIMIT ? text : `${pieces(text, ECHO_LIMIT)[0]}…`
}

function textPieces(text: string, events: number | undefined): readonly string[] {
  if (events === undefined) return pieces(text, 12)
  const count = Math.min(Math.max(1, events), Math.max(1, text.length))
  const boundary = (index: number) => {
    const at = Math.floor((index * text.length) / count)
    return isHighSurrogate(text, at - 1) ? at + 1 : at
  }
  return Array.from({ length: count }, (_, index) => text.slice(boundary(index), boundary(index + 1)))
}

function isHighSurrogate(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800
}

function fragmentsOf(input: unknown): readonly string[] {
  const json = JSON.stringify(input)
  return json === '{}' ? [] : pieces(json, Math.max(24, Math.ceil(json.length / 64)))
}

function reasoningFrames(context: AnswerContext, reasoning: { readonly text: string; readonly modelId: string }): readonly Buffer[] {
  const { generation } = context
  const native = generation.body?.additionalModelRequestFields !== undefined
  const tagged = generation.turns.some(turn => contentOf(turn).includes('<thinking_mode>'))
  if (!native && tagged) return textPieces(`<thinking>\n${reasoning.text}\n</thinking>\n\n`, undefined).map(piece => textEvent(piece, reasoning.modelId))
  // The GPT family shows nothing of its reasoning (`kiro.md` §6.8).
  if (findModel(reasoning.modelId)?.reasoning?.field === 'reasoning') {
    return [encodeEvent('reasoningContentEvent', { redactedContent: Buffer.from(reasoning.text).toString('base64') })]
  }
  return reasoningEvents(reasoning.text, issueSignature(context, reasoning))
}

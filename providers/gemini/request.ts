import type { ChatRequest, Warning } from '../../core/index.ts'
import type { GeminiPart, GeminiRequest, GeminiSafetySetting } from '../../core/wire/gemini.ts'
import { anthropicExtras } from '../../core/wire/anthropic-extras.ts'
import { type ArgumentTypes, argumentTypes } from './argument-types.ts'
import { composeContents } from './contents.ts'
import { setUpGeneration } from './generation.ts'
import { Losses } from './losses.ts'
import type { SignatureMemory } from './signatures.ts'
import { wantsSignatures } from './thinking.ts'
import type { ToolNames } from './tool-names.ts'
import { setUpTools } from './tools.ts'
import { readTurns } from './turns.ts'

/** What a request's body needs that the client's request does not say. */
export interface GeminiRequestContext {
  /** The upstream's id of the model. */
  readonly model: string
  readonly memory: Pick<SignatureMemory, 'ofCall' | 'ofText'>
  /** What an earlier attempt's failure asked for: `drop-signatures`. */
  readonly remedies: ReadonlySet<string>
  readonly filesRoot: string
  readonly safetySettings?: readonly GeminiSafetySetting[]
  readonly outputTokens?: number
}

export interface BuiltGeminiRequest {
  readonly request: GeminiRequest
  readonly body: string
  readonly warnings: readonly Warning[]
  readonly toolNames: ToolNames
  readonly argumentTypes: ArgumentTypes
  /** Stop sequences beyond those that the API looks for itself. */
  readonly watchedStops: readonly string[]
  /** Whether the client wants to see thoughts, and so has a place for signatures. */
  readonly reasoningRequested: boolean
}

/**
 * A client's request as the body of `generateContent`.
 * @throws GatewayError `bad_request` naming the rule and the message when no repair helps
 */
export function buildGeminiRequest(request: ChatRequest, context: GeminiRequestContext): BuiltGeminiRequest {
  const { model, memory, remedies, filesRoot, safetySettings = [], outputTokens } = context
  const losses = new Losses()
  const { names: toolNames, tools, retyped } = setUpTools(request, losses)
  const { config, instructions, watched } = setUpGeneration(request, { model, losses, outputTokens })
  const turns = readTurns(request, { losses, memory, filesRoot, dropSignatures: remedies.has('drop-signatures') })
  const types = argumentTypes(retyped)
  const contents = composeContents(turns, { losses, toolNames, argumentTypes: types, filesRoot, wantsSignatures: wantsSignatures(model) })
  const system = systemParts(request, instructions)
  if (hasCacheMarkers(request)) losses.add('cache-markers', 'cache markers were left out: the API caches repeated beginnings by itself')
  for (const { rule, message, where } of anthropicExtras(request)) losses.add(rule, message, where)
  const composed: GeminiRequest = {
    ...(system.length === 0 ? {} : { systemInstruction: { parts: system } }),
    contents: [...contents],
    ...tools,
    ...(safetySettings.length === 0 ? {} : { safetySettings: [...safetySettings] }),
    ...(Object.keys(config).length === 0 ? {} : { generationConfig: config }),
  }
  return {
    request: composed,
    body: wellFormedJson(composed),
    warnings: losses.warnings,
    toolNames,
    argumentTypes: types,
    watchedStops: watched,
    reasoningRequested: request.reasoning !== undefined && request.reasoning.mode !== 'off',
  }
}

/** Tells Anthropic which client asks; it changes with each request, and with it would change all that is cached (`providers.md` §10.2, 31). */
const ATTRIBUTION = /^x-anthropic-billing-header:/

function systemParts({ system }: ChatRequest, instructions: readonly string[]): GeminiPart[] {
  const texts = [...system.map(({ text }) => text).filter(text => text !== '' && !ATTRIBUTION.test(text)), ...instructions]
  return texts.map(text => ({ text }))
}

function hasCacheMarkers({ system, tools, messages }: ChatRequest): boolean {
  return [...system, ...tools, ...messages.flatMap(({ parts }) => parts)].some(part => 'cache' in part && part.cache !== undefined)
}

/** Lone surrogates, which no UTF-8 can carry, stand escaped in JSON; a replacement character is what they decode to anyway. */
const LONE_SURROGATE = /\\(?:\\|(ud[89a-f][0-9a-f]{2}))/g

function wellFormedJson(value: unknown): string {
  const json = JSON.stringify(value)
  return json.includes('\\ud') ? json.replace(LONE_SURROGATE, (escape, lone?: string) => (lone === undefined ? escape : '\ufffd')) : json
}

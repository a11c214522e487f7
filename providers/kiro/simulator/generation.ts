import { arrayOf, isObject, type JsonObject, objectOf, parseJson, textOf } from './json.ts'

export interface UserTurn {
  readonly role: 'user'
  readonly path: string
  readonly message: JsonObject
  readonly images: readonly unknown[]
  readonly results: readonly JsonObject[]
}

export interface AssistantTurn {
  readonly role: 'assistant'
  readonly path: string
  readonly message: JsonObject
  readonly toolUses: readonly JsonObject[]
}

/** An entry that is neither of the two messages. */
interface StrangeTurn {
  readonly role: 'neither'
  readonly path: string
  readonly message: JsonObject
}

export type Turn = UserTurn | AssistantTurn | StrangeTurn

/** The body of generateAssistantResponse, taken apart but not checked. */
export interface Generation {
  /** Undefined when it was no JSON object. */
  readonly body: JsonObject | undefined
  readonly raw: Buffer
  readonly state: JsonObject
  readonly history: readonly Turn[]
  readonly current: Turn | undefined
  /** History and the current message. */
  readonly turns: readonly Turn[]
  /** Entries of `tools` in the current message. */
  readonly tools: readonly unknown[]
  readonly modelId: string | undefined
  readonly conversationId: string | undefined
  readonly profileArn: string | undefined
}

/** Takes a request's body apart; it must hold together whatever the body is. */
export function readGeneration(raw: Buffer): Generation {
  const parsed = parseJson(raw.toString())
  const body = isObject(parsed) ? parsed : undefined
  const state = objectOf(body?.conversationState)
  const history = arrayOf(state.history).map((entry, index) => turnOf(entry, `history[${index}]`))
  const current = isObject(state.currentMessage) ? turnOf(state.currentMessage, 'currentMessage') : undefined
  const message = objectOf(current?.message)
  return {
    body,
    raw,
    state,
    history,
    current,
    turns: current === undefined ? history : [...history, current],
    tools: arrayOf(objectOf(message.userInputMessageContext).tools),
    modelId: textOf(message.modelId),
    conversationId: textOf(state.conversationId),
    profileArn: textOf(body?.profileArn),
  }
}

/** The text of a turn, empty when it has none. */
export function contentOf(turn: Turn | undefined): string {
  return textOf(turn?.message.content) ?? ''
}

/** Names of the declared tools. */
export function declaredNames(generation: Generation): readonly string[] {
  return generation.tools.flatMap(tool => textOf(objectOf(objectOf(tool).toolSpecification).name) ?? [])
}

/** The texts inside a tool result. */
export function resultTexts(result: JsonObject): readonly string[] {
  return arrayOf(result.content).map(part => {
    const { text, json } = objectOf(part)
    return textOf(text) ?? JSON.stringify(json ?? null)
  })
}

/**
 * What makes two requests parts of one conversation: the same conversation id, or the same first message.
 * Clients may take a new id for every request, because the service keeps no state; replayed text is what stays.
 */
export function conversationKeys(generation: Generation): readonly string[] {
  return [`id:${generation.conversationId ?? ''}`, `first:${contentOf(generation.turns[0])}`]
}

/** About as many tokens as the service would count: four bytes each, images apart, and its own hidden prompt of 2000. */
export function estimateTokens(generation: Generation): number {
  let imageBytes = 0
  let images = 0
  for (const turn of generation.turns) {
    if (turn.role !== 'user') continue
    for (const image of turn.images) {
      imageBytes += textOf(objectOf(objectOf(image).source).bytes)?.length ?? 0
      images += 1
    }
  }
  return Math.ceil((generation.raw.length - imageBytes) / 4) + images * 1500 + 2000
}

function turnOf(entry: unknown, path: string): Turn {
  const { userInputMessage, assistantResponseMessage } = objectOf(entry)
  if (isObject(userInputMessage) && assistantResponseMessage === undefined) {
    const context = objectOf(userInputMessage.userInputMessageContext)
    return {
      role: 'user',
      path: `${path}.userInputMessage`,
      message: userInputMessage,
      images: arrayOf(userInputMessage.images),
      results: arrayOf(context.toolResults).map(objectOf),
    }
  }
  if (isObject(assistantResponseMessage) && userInputMessage === undefined) {
    return {
      role: 'assistant',
      path: `${path}.assistantResponseMessage`,
      message: assistantResponseMessage,
      toolUses: arrayOf(assistantResponseMessage.toolUses).map(objectOf),
    }
  }
  return { role: 'neither', path, message: {} }
}

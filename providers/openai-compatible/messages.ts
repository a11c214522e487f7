import type { ChatRequest, Message, Part, ToolCallPart, ToolResultPart } from '../../core/index.ts'
import { asContent, type Json, type Rendering, renderPart, textPart } from './content.ts'
import { OpenCalls } from './open-calls.ts'
import { type RecallReasoning, replayedReasoning } from './reasoning.ts'
import type { ToolNames } from './tool-names.ts'

/** Varies per client build and call; meant for its vendor's billing, it would only break caching here (`providers.md` §10.2, 31). */
const ATTRIBUTION = /^\s*x-anthropic-billing-header:[^\n]*\n?/
const LEADING_THOUGHT = /^\s*<think>[\s\S]*?<\/think>\s*/

/** What a conversation is rendered with. */
export interface ConversationRendering extends Rendering {
  readonly names: ToolNames
  readonly recall: RecallReasoning
}

interface Conversation extends ConversationRendering {
  readonly wanted: boolean
  /** The index of the first message of the turn that is under way: what is said since the user last spoke. */
  readonly loopFrom: number
}

/** The conversation as this API wants it: every call answered before anybody else speaks, results in messages of their own. */
export function renderMessages(request: ChatRequest, rendering: ConversationRendering, instructions: readonly string[]): readonly Json[] {
  const loopFrom = request.messages.findLastIndex(({ role, parts }) => role === 'user' && parts.some(part => part.type !== 'tool-result'))
  const wanted = request.reasoning !== undefined && request.reasoning.mode !== 'off'
  const writer = new ConversationWriter({ ...rendering, loopFrom, wanted })
  writer.systemPrompt(request, instructions)
  for (const [index, message] of request.messages.entries()) writer.message(message, index)
  return writer.done()
}

class ConversationWriter {
  readonly #conversation: Conversation
  readonly #messages: Json[] = []
  readonly #open = new OpenCalls()
  /** What waits until the open calls have their results. */
  readonly #waiting: Json[] = []

  constructor(conversation: Conversation) {
    this.#conversation = conversation
  }

  systemPrompt({ system }: ChatRequest, instructions: readonly string[]): void {
    const told = system.map(part => ({ ...part, text: part.text.replace(ATTRIBUTION, '') })).filter(({ text }) => text !== '')
    const parts = [...told.map(part => renderPart(part, 'system', this.#conversation)), ...instructions.map(textPart)]
    if (parts.length > 0) this.#messages.push({ role: 'system', content: asContent(parts) })
  }

  message(message: Message, index: number): void {
    const where = `messages.${message.index ?? index}`
    switch (message.role) {
      case 'system':
        this.#instruction(message, where)
        break
      case 'user':
        this.#user(message, where)
        break
      case 'assistant':
        this.#assistant(message, index, where)
        break
      default:
        message.role satisfies never
    }
  }

  done(): readonly Json[] {
    this.#closeCalls()
    return this.#messages
  }

  #instruction({ parts }: Message, where: string): void {
    const { quirks, losses } = this.#conversation
    const content = this.#content(parts, where)
    if (content.length === 0) return
    if (quirks.lateSystem || this.#messages.length === 0) this.#say({ role: 'system', content: asContent(content.filter(({ type }) => type === 'text')) })
    else {
      losses.report('late-system', 'a system message inside the conversation goes to the model as tagged text of the user', where)
      this.#say({ role: 'user', content: asContent([textPart('<system-instruction>'), ...content, textPart('</system-instruction>')]) })
    }
  }

  #user({ parts }: Message, where: string): void {
    const results = parts.filter(part => part.type === 'tool-result')
    const rest: Json[] = []
    for (const result of results) rest.push(...this.#result(result, where))
    this.#closeCalls()
    rest.push(...this.#content(parts, where))
    if (rest.length > 0) this.#messages.push({ role: 'user', content: asContent(rest) })
  }

  /** @returns what of a result must be said by the user */
  #result({ id, content, isError }: ToolResultPart, where: string): readonly Json[] {
    const { losses } = this.#conversation
    const parts = content.map(part => renderPart(part, where, this.#conversation))
    const texts = parts.flatMap(part => (part['type'] === 'text' ? [part['text'] as string] : []))
    const media = parts.filter(part => part['type'] !== 'text')
    const upstream = this.#open.answer(id)
    if (upstream === undefined) {
      losses.report('orphan-tool-result', 'a tool result has no call before it and goes to the model as text of the user', where)
      return [textPart(`[Result of a tool]\n${texts.join('\n')}`), ...media]
    }
    if (media.length > 0) losses.report('tool-result-media', 'images and documents of a tool result follow in a message of the user', where)
    if (isError) losses.report('tool-error', 'that a tool failed is said in the text of its result', where)
    const said = texts.join('\n') || (media.length > 0 ? '[The result follows in the next message.]' : '')
    // There is no field for it, and models read it well.
    this.#messages.push({ role: 'tool', tool_call_id: upstream, content: isError ? `Error: ${said}` : said })
    return media
  }

  #assistant({ parts }: Message, index: number, where: string): void {
    const { names, quirks, losses, loopFrom, recall, wanted } = this.#conversation
    this.#closeCalls()
    const text = this.#said(parts, where).join('\n\n')
    const said = quirks.thinkTags === 'none' ? text : text.replace(LEADING_THOUGHT, '')
    const calls = parts.filter(part => part.type === 'tool-call').map(call => renderCall(call, this.#open.add(call.id), names))
    if (said === '' && calls.length === 0) return
    this.#messages.push({
      role: 'assistant',
      content: said === '' ? null : said,
      ...replayedReasoning(parts, { quirks, losses, where, current: index > loopFrom, recall, wanted }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    })
  }

  /** What a user or the system says beside results. */
  #content(parts: readonly Part[], where: string): readonly Json[] {
    return parts.flatMap<Json>(part => {
      switch (part.type) {
        case 'tool-result':
        case 'reasoning':
          return []
        case 'tool-call':
          return this.#misplaced(part, where)
        case 'text':
          return part.text === '' ? [] : [renderPart(part, where, this.#conversation)]
        case 'image':
        case 'document':
        case 'foreign':
          return [renderPart(part, where, this.#conversation)]
        default:
          return part satisfies never
      }
    })
  }

  /** What an assistant says beside calls and reasoning: text alone. */
  #said(parts: readonly Part[], where: string): readonly string[] {
    return parts.flatMap<string>(part => {
      switch (part.type) {
        case 'tool-call':
        case 'reasoning':
          return []
        case 'tool-result':
        case 'image':
          return this.#misplaced(part, where)
        case 'text':
        case 'document':
        case 'foreign': {
          const rendered = renderPart(part, where, this.#conversation)
          const text = rendered['type'] === 'text' ? (rendered['text'] as string) : ''
          return text === '' ? [] : [text]
        }
        default:
          return part satisfies never
      }
    })
  }

  #misplaced({ type }: Part, where: string): readonly never[] {
    this.#conversation.losses.report('misplaced-parts', `a ${type} has no place in this message and was left out`, where)
    return []
  }

  #say(message: Json): void {
    if (this.#open.size > 0) this.#waiting.push(message)
    else this.#messages.push(message)
  }

  #closeCalls(): void {
    for (const id of this.#open.abandon()) {
      this.#conversation.losses.report('missing-tool-result', 'a tool call has no result; the model is told so')
      this.#messages.push({ role: 'tool', tool_call_id: id, content: '[There is no result: the call was not carried out.]' })
    }
    this.#messages.push(...this.#waiting.splice(0))
  }
}

function renderCall({ name, input }: ToolCallPart, id: string, names: ToolNames): Json {
  return { id, type: 'function', function: { name: names.upstream(name), arguments: JSON.stringify(input) } }
}

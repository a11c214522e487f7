import type { ChatRequest, DocumentPart, ImagePart, Message, ReasoningPart, ToolCallPart, ToolResultPart } from '../../core/index.ts'
import type { GeminiPart } from '../../core/wire/gemini.ts'
import { textOfForeign } from './foreign-parts.ts'
import type { Losses } from './losses.ts'
import { readMedia } from './media.ts'
import { type SignatureMemory, unseal } from './signatures.ts'

/** A part that is ready, a call, or a result that still looks for its call. */
export type Piece =
  | { readonly kind: 'part'; readonly part: GeminiPart }
  | { readonly kind: 'call'; readonly call: ToolCallPart; readonly signature: string | undefined }
  | { readonly kind: 'result'; readonly result: ToolResultPart; readonly index: number }

/** Consecutive messages of one side. */
export interface Turn {
  readonly role: 'user' | 'model'
  readonly pieces: readonly Piece[]
  /** The first message's place in the client's list. */
  readonly index: number
}

export interface TurnContext {
  readonly losses: Losses
  readonly memory: Pick<SignatureMemory, 'ofCall' | 'ofText'>
  /** Signatures were refused: none is sent. */
  readonly dropSignatures: boolean
  readonly filesRoot: string
}

/** The conversation as turns that alternate: what a role cannot hold is text or gone, messages of one side are joined. */
export function readTurns({ messages }: Pick<ChatRequest, 'messages'>, context: TurnContext): readonly Turn[] {
  const turns: Turn[] = []
  for (const [position, message] of messages.entries()) {
    const reader = new MessageReader(context, { index: message.index ?? position, newest: position === messages.length - 1 })
    const pieces = reader.read(message)
    if (pieces.length === 0) continue
    const role = message.role === 'assistant' ? 'model' : 'user'
    const last = turns.at(-1)
    if (last?.role === role) turns[turns.length - 1] = { ...last, pieces: [...last.pieces, ...pieces] }
    else turns.push({ role, pieces, index: message.index ?? position })
  }
  return turns
}

interface Standing {
  readonly index: number
  readonly newest: boolean
}

class MessageReader {
  readonly #context: TurnContext
  readonly #standing: Standing
  readonly #where: string
  readonly #pieces: Piece[] = []
  /** A signature that reasoning brought along for the call after it. */
  #callSignature: string | undefined

  constructor(context: TurnContext, standing: Standing) {
    this.#context = context
    this.#standing = standing
    this.#where = `messages.${standing.index}`
  }

  read({ role, parts }: Message): readonly Piece[] {
    for (const part of parts) {
      switch (part.type) {
        case 'text':
          this.#text(role, part.text)
          break
        case 'image':
        case 'document':
          this.#media(part)
          break
        case 'reasoning':
          this.#reasoning(role, part)
          break
        case 'tool-call':
          if (role === 'assistant') this.#call(part)
          else this.#misplaced('a tool call', `[Call of the tool ${part.name}: ${JSON.stringify(part.input)}]`)
          break
        case 'tool-result':
          if (role === 'user') this.#pieces.push({ kind: 'result', result: part, index: this.#standing.index })
          else this.#misplaced('a tool result', resultText(part))
          break
        case 'foreign': {
          const text = textOfForeign(part)
          this.#context.losses.add(
            'foreign-parts',
            `a "${part.kind}" block ${text === undefined ? 'was left out' : 'became text'}: Gemini has none of that kind`,
            this.#where,
          )
          if (text !== undefined) this.#text(role, text)
          break
        }
        default:
          part satisfies never
      }
    }
    return this.#pieces
  }

  #text(role: Message['role'], text: string): void {
    // The API refuses empty parts.
    if (text === '') return
    if (role === 'system') {
      this.#context.losses.add('system-messages', 'an instruction in the middle of the conversation became marked text of a user turn', this.#where)
      this.#part({ text: `<system>\n${text}\n</system>` })
      return
    }
    const signed = role === 'assistant' && !this.#context.dropSignatures ? this.#context.memory.ofText(text) : undefined
    if (signed === undefined) this.#part({ text })
    else if (signed.apart) {
      this.#part({ text })
      this.#part({ text: '', thoughtSignature: signed.signature })
    } else this.#part({ text, thoughtSignature: signed.signature })
  }

  /** Refuses only what a person can mend now: a bad image that is history would fail every later turn of the session. */
  #media(part: ImagePart | DocumentPart): void {
    const { losses, filesRoot } = this.#context
    const reading = readMedia(part, filesRoot)
    if ('part' in reading) {
      if (part.type === 'document' && part.title !== undefined && part.title !== '') this.#part({ text: `Document: ${part.title}` })
      if (reading.part.text !== '') this.#part(reading.part)
      return
    }
    if (this.#standing.newest) losses.refuse('media', { what: reading.problem, where: this.#where, remedy: reading.remedy })
    losses.add('media', `${reading.problem}; a note stands in its place`, this.#where)
    this.#part({ text: `[Left out: ${reading.problem}.]` })
  }

  #reasoning(role: Message['role'], { text, signature }: ReasoningPart): void {
    const sealed = role === 'assistant' && !this.#context.dropSignatures ? unseal(signature) : undefined
    if (sealed?.part === 'call') {
      this.#callSignature = sealed.signature
      return
    }
    if (sealed?.part === 'thought') {
      this.#part({ text, thought: true, thoughtSignature: sealed.signature })
      return
    }
    if (text !== '' || signature !== undefined) this.#context.losses.add('reasoning-replay', 'earlier reasoning was not sent again: the model does not read it')
  }

  #call(call: ToolCallPart): void {
    const { losses, memory, dropSignatures } = this.#context
    const known = call.signature ?? this.#callSignature ?? memory.ofCall(call)
    this.#callSignature = undefined
    const signature = dropSignatures ? undefined : known
    if (signature !== known) losses.add('thought-signatures', 'the signature of an earlier tool call was refused; it was left out')
    this.#pieces.push({ kind: 'call', call, signature })
  }

  #misplaced(what: string, text: string): void {
    this.#context.losses.add('misplaced-parts', `${what} in a message that cannot hold one became text`, this.#where)
    if (text !== '') this.#part({ text })
  }

  #part(part: GeminiPart): void {
    this.#pieces.push({ kind: 'part', part })
  }
}

/** The words of a tool result; what is no text is not in it. */
export function resultText({ content }: ToolResultPart): string {
  return content
    .flatMap(part => {
      if (part.type === 'text') return part.text
      return part.type === 'document' && part.source.kind === 'text' ? part.source.text : []
    })
    .join('\n')
}

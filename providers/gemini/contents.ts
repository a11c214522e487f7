import type { ToolCallPart, ToolResultPart } from '../../core/index.ts'
import type { GeminiContent, GeminiPart } from '../../core/wire/gemini.ts'
import type { ArgumentTypes } from './argument-types.ts'
import type { Losses } from './losses.ts'
import { readMedia } from './media.ts'
import { NO_SIGNATURE } from './signatures.ts'
import type { ToolNames } from './tool-names.ts'
import { type Piece, resultText, type Turn } from './turns.ts'

export interface ContentsContext {
  readonly losses: Losses
  readonly toolNames: ToolNames
  readonly argumentTypes: ArgumentTypes
  readonly filesRoot: string
  /** The model refuses calls without a signature. */
  readonly wantsSignatures: boolean
}

/** Stands where the API wants a turn that the conversation does not have. */
const FILLER: GeminiPart = { text: 'Continue.' }

interface SentCall {
  readonly call: ToolCallPart
  readonly name: string
  /** Unlike the client's, the same only for its result. */
  readonly id: string
}

/**
 * Turns as the API wants them: user first and last, each turn's calls answered in the next turn, one result per call in
 * the same order (`providers.md` §0.6).
 */
export function composeContents(turns: readonly Turn[], context: ContentsContext): readonly GeminiContent[] {
  const contents: GeminiContent[] = []
  let open: readonly SentCall[] = []
  for (const turn of turns) {
    if (turn.role === 'user') {
      contents.push({ role: 'user', parts: userParts(turn, open, context) })
      open = []
    } else {
      const { parts, calls } = modelParts(turn, context)
      contents.push({ role: 'model', parts })
      open = calls
    }
  }
  // Calls that nobody answered end the list: the model waits for something that will not come.
  if (open.length > 0) contents.push({ role: 'user', parts: userParts({ role: 'user', pieces: [], index: turns.at(-1)?.index ?? 0 }, open, context) })
  return signed(withUserEnds(contents, context.losses), context)
}

function withUserEnds(contents: readonly GeminiContent[], losses: Losses): readonly GeminiContent[] {
  const before = contents[0]?.role === 'user' ? [] : [{ role: 'user' as const, parts: [FILLER] }]
  const after = contents.length > 0 && contents.at(-1)?.role === 'model' ? [{ role: 'user' as const, parts: [FILLER] }] : []
  if (before.length + after.length > 0)
    losses.add('turn-order', 'a short user turn was added: the API wants conversations to begin and end with one', 'messages')
  return [...before, ...contents, ...after]
}

function modelParts({ pieces }: Turn, { toolNames, argumentTypes }: ContentsContext): { readonly parts: GeminiPart[]; readonly calls: readonly SentCall[] } {
  const calls: SentCall[] = []
  const taken = new Set<string>()
  const parts = pieces.flatMap((piece): readonly GeminiPart[] => {
    if (piece.kind === 'part') return [piece.part]
    if (piece.kind === 'result') return []
    const { call, signature } = piece
    const sent = { call, name: toolNames.upstream(call.name), id: ownId(call.id, taken) }
    calls.push(sent)
    return [
      {
        functionCall: { id: sent.id, name: sent.name, args: argumentTypes.forUpstream(call.name, call.input) },
        ...(signature === undefined ? {} : { thoughtSignature: signature }),
      },
    ]
  })
  return { parts, calls }
}

/** Unique within its turn; what clients call an id may be empty, or there twice. */
function ownId(id: string, taken: Set<string>): string {
  const plain = id.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64) || 'call'
  let own = plain
  for (let number = 2; taken.has(own); number++) own = `${plain}_${number}`
  taken.add(own)
  return own
}

function userParts({ pieces, index }: Turn, open: readonly SentCall[], context: ContentsContext): GeminiPart[] {
  const results = pieces.filter(piece => piece.kind === 'result')
  const answered = new Set<Piece>()
  const beside: GeminiPart[] = []
  const responses = open.map(({ call, name, id }): GeminiPart => {
    const piece = results.find(candidate => candidate.result.id === call.id && !answered.has(candidate))
    if (piece === undefined) {
      context.losses.add('unanswered-calls', 'a tool call had no result; one that says so was added', `messages.${index}`)
      return { functionResponse: { id, name, response: { error: 'The tool gave no result.' } } }
    }
    answered.add(piece)
    return { functionResponse: { id, name, response: responseOf(piece.result, { ...context, beside, index: piece.index }) } }
  })
  const others = pieces.flatMap((piece): readonly GeminiPart[] => {
    if (piece.kind === 'part') return [piece.part]
    if (piece.kind === 'call' || answered.has(piece)) return []
    context.losses.add('orphan-results', 'a tool result without its call in the turn before became text', `messages.${piece.index}`)
    const response = responseOf(piece.result, { ...context, beside, index: piece.index })
    return [{ text: `[Result of an earlier tool call: ${String(response['error'] ?? response['output'])}]` }]
  })
  return [...responses, ...beside, ...others]
}

interface Beside extends ContentsContext {
  /** Images and files of results: the API takes them next to a response, not in it. */
  readonly beside: GeminiPart[]
  readonly index: number
}

function responseOf(result: ToolResultPart, { beside, filesRoot, losses, index }: Beside): Readonly<Record<string, unknown>> {
  const notes: string[] = []
  for (const part of result.content) {
    if (part.type === 'text' || (part.type === 'document' && part.source.kind === 'text')) continue
    const reading = readMedia(part, filesRoot)
    if ('part' in reading) {
      beside.push(reading.part)
      notes.push(`[The ${part.type} is attached to this message.]`)
    } else {
      losses.add('media', `${reading.problem}; a note stands in its place`, `messages.${index}`)
      notes.push(`[Left out: ${reading.problem}.]`)
    }
  }
  const text = [resultText(result), ...notes].filter(line => line !== '').join('\n')
  return result.isError ? { error: text || 'The tool failed.' } : { output: text }
}

/** The first call of each step since the user last spoke needs a signature; where it is lost, the word that stands in for one. */
function signed(contents: readonly GeminiContent[], { wantsSignatures, losses }: ContentsContext): readonly GeminiContent[] {
  if (!wantsSignatures) return contents
  const spoken = contents.findLastIndex(
    ({ role, parts }) => role === 'user' && parts.every(part => part.functionResponse === undefined) && parts.some(part => part.text !== undefined),
  )
  return contents.map((content, position) => {
    if (position < spoken || content.role !== 'model') return content
    const first = content.parts.findIndex(part => part.functionCall !== undefined)
    const part = content.parts[first]
    if (part === undefined || part.thoughtSignature !== undefined) return content
    losses.add('thought-signatures', 'the signature of an earlier tool call is lost; its check was switched off')
    return { ...content, parts: content.parts.with(first, { ...part, thoughtSignature: NO_SIGNATURE }) }
  })
}

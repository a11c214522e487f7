import type { ChatRequest, DocumentPart, ForeignPart, ImagePart, ModelCard, ReasoningPart, TextPart } from '../../../core/index.ts'
import type { ToolNames } from '../tool-names.ts'
import type { PreflightLimits } from './limits.ts'

/** A request on its way to the upstream's shape. Rules return a changed copy, or the same draft when nothing is to be done. */
export interface Draft {
  readonly request: ChatRequest
  readonly target: Target
  /** Paragraphs of the system prompt. */
  readonly system: readonly string[]
  /** What the upstream has no field for, said to the model after the system prompt. */
  readonly instructions: readonly string[]
  /** Stands before the system prompt: how models without native fields are told to think. */
  readonly thinkingTags: string
  readonly turns: readonly Turn[]
  readonly tools: readonly DraftTool[]
  readonly names: ToolNames
  /** The tool that must be called, by the client's name; true: any. */
  readonly forcedTool?: string | true
  /** `additionalModelRequestFields` of the body. */
  readonly modelFields?: Readonly<Record<string, unknown>>
}

/** What the rules must know of the model and of earlier attempts. */
export interface Target {
  readonly model: string
  readonly card?: ModelCard
  /** Names that the model's schema lists for `additionalModelRequestFields`; empty: it has none. */
  readonly fields: readonly string[]
  readonly remedies: ReadonlySet<string>
  readonly limits: PreflightLimits
}

export type Turn = UserTurn | AssistantTurn

export interface UserTurn {
  readonly role: 'user'
  /** Index in the client's `messages`; of the first one where several were merged. */
  readonly index: number
  readonly pieces: readonly Piece[]
  readonly results: readonly DraftResult[]
  /** Was a system message inside the conversation. */
  readonly instruction: boolean
}

export interface AssistantTurn {
  readonly role: 'assistant'
  readonly index: number
  readonly pieces: readonly Piece[]
  readonly uses: readonly DraftUse[]
  readonly reasoning: readonly ReasoningPart[]
}

/** After the rules on media only text and pictures are left. */
export type Piece = TextPart | ImagePart | DocumentPart | ForeignPart | Picture

/** An image that the upstream takes. */
export interface Picture {
  readonly type: 'picture'
  readonly format: PictureFormat
  /** Base64. */
  readonly data: string
  readonly index: number
  /** By a person; false: it came out of a tool. */
  readonly attached: boolean
}

export type PictureFormat = 'png' | 'jpeg' | 'gif' | 'webp'

export interface DraftUse {
  readonly id: string
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
  readonly index: number
}

export interface DraftResult {
  readonly id: string
  readonly content: readonly (TextPart | ImagePart | DocumentPart)[]
  readonly isError: boolean
  readonly index: number
}

export interface DraftTool {
  readonly name: string
  readonly description: string
  readonly schema: Readonly<Record<string, unknown>>
  readonly hosted?: string
  /** Position in the client's `tools`, or -1 for one that we added. */
  readonly index: number
}

/** What a client asks of a model, in words of no vendor. Immutable: a change is a copy. */
export interface ChatRequest {
  /** As routed: may carry a provider prefix (`kiro/claude-sonnet-4.5`) until routing takes it off. */
  readonly model: string
  readonly system: readonly TextPart[]
  readonly messages: readonly Message[]
  readonly tools: readonly Tool[]
  readonly toolChoice?: ToolChoice
  /** Whether the model may call several tools in one turn; absent: as it likes. */
  readonly parallelToolCalls?: boolean
  readonly maxTokens?: number
  readonly temperature?: number
  readonly topP?: number
  readonly topK?: number
  readonly stop: readonly string[]
  readonly reasoning?: Reasoning
  readonly responseFormat?: ResponseFormat
  /** Whether the client wants events as they come. */
  readonly stream: boolean
  /** The client's conversation id where it tells one: affinity and caching, never identity. */
  readonly session?: string
  readonly original?: OriginalRequest
}

/** The client's own words, for an upstream of the same wire, which then loses nothing of what the hub has no word for. */
export interface OriginalRequest {
  readonly wire: string
  readonly body: Readonly<Record<string, unknown>>
  /** Those that mean something to such an upstream, names in lower case; never a credential. */
  readonly headers: Readonly<Record<string, string>>
  /** What the body asks for in vain where another wire is spoken. */
  readonly needs: readonly Need[]
  /** As it was read from the body. A member of the request that is no longer this one's own was changed on the way. */
  readonly read: Omit<ChatRequest, 'original'>
}

/** A wish that the hub has no word for and that cannot be left out: without it the answer would have another form. */
export interface Need {
  /** The field of the client's request. */
  readonly field: string
  /** Why it cannot be had from others, and what to do. */
  readonly why: string
}

/** `system` inside the conversation is an instruction at that point of it. */
export interface Message {
  readonly role: 'user' | 'assistant' | 'system'
  readonly parts: readonly Part[]
  /** Its place in the client's own list where that is another one than here: complaints name it. */
  readonly index?: number
}

export type Part = TextPart | ImagePart | DocumentPart | ReasoningPart | ToolCallPart | ToolResultPart | ForeignPart

interface Cacheable {
  /** The client asks that everything up to here be cached. */
  readonly cache?: CacheHint
}

export interface CacheHint {
  readonly ttl?: '5m' | '1h'
}

export interface TextPart extends Cacheable {
  readonly type: 'text'
  readonly text: string
}

export interface ImagePart extends Cacheable {
  readonly type: 'image'
  readonly source: MediaSource
}

export interface DocumentPart extends Cacheable {
  readonly type: 'document'
  readonly source: MediaSource | { readonly kind: 'text'; readonly text: string }
  readonly title?: string
}

/** `data` is base64 without a data-URL prefix; `mediaType` is what the client declares, not a fact. */
export type MediaSource =
  | { readonly kind: 'base64'; readonly mediaType: string; readonly data: string }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'file'; readonly id: string }

/** Text and signature are replayed verbatim or not at all: signatures are bound to their text and issuer. */
export interface ReasoningPart {
  readonly type: 'reasoning'
  readonly text: string
  readonly signature?: string
  /** Encrypted reasoning that only its issuer can read. */
  readonly redacted?: string
}

export interface ToolCallPart extends Cacheable {
  readonly type: 'tool-call'
  /** Opaque, kept verbatim. */
  readonly id: string
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
  /** Google's signature of the call, bare, as Chat clients carry it (`providers.md` §12.5); others bind none to a call. */
  readonly signature?: string
}

export interface ToolResultPart extends Cacheable {
  readonly type: 'tool-result'
  readonly id: string
  readonly content: readonly (TextPart | ImagePart | DocumentPart)[]
  readonly isError: boolean
}

/** A block that the hub has no word for; a provider of the same wire may send it as it is. */
export interface ForeignPart {
  readonly type: 'foreign'
  readonly wire: string
  readonly kind: string
  readonly value: unknown
}

export interface Tool extends Cacheable {
  readonly name: string
  readonly description: string
  /** JSON Schema of the arguments, as the client wrote it. */
  readonly schema: Readonly<Record<string, unknown>>
  /** A tool that runs at the vendor (web search, code execution): its type word. The gateway cannot run it. */
  readonly hosted?: string
}

export type ToolChoice = { readonly mode: 'auto' | 'none' | 'required' } | { readonly mode: 'tool'; readonly name: string }

export interface Reasoning {
  readonly mode: 'on' | 'off' | 'adaptive'
  readonly budgetTokens?: number
  readonly effort?: ReasoningEffort
  readonly display?: 'summarized' | 'omitted'
}

export type ReasoningEffort = 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'

export type ResponseFormat =
  | { readonly type: 'json' }
  | { readonly type: 'json-schema'; readonly name?: string; readonly schema: Readonly<Record<string, unknown>> }

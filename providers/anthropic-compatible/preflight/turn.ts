import type { CacheHint } from '../../../core/index.ts'

/** A conversation as this API takes it (`providers.md` §7.2). */
export interface Turn {
  readonly role: 'user' | 'assistant'
  /** Place of its first message in the client's list. */
  readonly index: number
  readonly blocks: readonly Block[]
}

export interface CacheControl {
  readonly type: 'ephemeral'
  readonly ttl?: '5m' | '1h'
}

interface Cacheable {
  readonly cache_control?: CacheControl
}

export interface TextBlock extends Cacheable {
  readonly type: 'text'
  readonly text: string
}

export interface ImageBlock extends Cacheable {
  readonly type: 'image'
  readonly source: Source
}

export interface DocumentBlock extends Cacheable {
  readonly type: 'document'
  readonly source: Source | { readonly type: 'text'; readonly media_type: 'text/plain'; readonly data: string }
  readonly title?: string
}

type Source =
  | { readonly type: 'base64'; readonly media_type: string; readonly data: string }
  | { readonly type: 'url'; readonly url: string }
  | { readonly type: 'file'; readonly file_id: string }

export interface ToolUseBlock extends Cacheable {
  readonly type: 'tool_use'
  readonly id: string
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
}

export interface ToolResultBlock extends Cacheable {
  readonly type: 'tool_result'
  readonly tool_use_id: string
  readonly content?: readonly ContentBlock[]
  readonly is_error?: true
}

export interface ThinkingBlock {
  readonly type: 'thinking'
  readonly thinking: string
  readonly signature: string
}

export interface RedactedBlock {
  readonly type: 'redacted_thinking'
  readonly data: string
}

export type ContentBlock = TextBlock | ImageBlock | DocumentBlock
export type Block = ContentBlock | ToolUseBlock | ToolResultBlock | ThinkingBlock | RedactedBlock

export function isThinking(block: Block): block is ThinkingBlock | RedactedBlock {
  return block.type === 'thinking' || block.type === 'redacted_thinking'
}

/** The API refuses text blocks that are empty or blank. */
export function isBlank(text: string): boolean {
  return text.trim() === ''
}

export function textTurn(role: Turn['role'], text: string, index: number): Turn {
  return { role, index, blocks: [{ type: 'text', text }] }
}

export function cacheMark(cache: CacheHint | undefined): Cacheable {
  return cache === undefined ? {} : { cache_control: { type: 'ephemeral', ...cache } }
}

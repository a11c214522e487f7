import type { Dialect } from '../contract/dialect.ts'
import { anthropic } from './anthropic/index.ts'
import { openaiChat } from './openai-chat/index.ts'

/** All inbound dialects. Where several share a path, the first that claims the request answers it. */
export const dialects: readonly Dialect[] = [anthropic, openaiChat]

/** Whose error shape a path has when no route of any dialect matches it. */
export function dialectOfPath(path: string): Dialect {
  return path.startsWith('/anthropic') || path.startsWith('/v1/messages') || path.startsWith('/messages') ? anthropic : openaiChat
}

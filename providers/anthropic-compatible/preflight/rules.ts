import { GatewayError, type Warning } from '../../../core/index.ts'

/** What is done to a request that did not come in this API's own words, by the name under which it is reported. */
export const RULES = {
  'foreign-parts': 'blocks of other vendors become text or are left out',
  'misplaced-parts': "images and documents are the user's alone",
  images: 'images are PNG, JPEG, GIF or WebP, of the type that they declare',
  documents: 'documents are PDF or plain text',
  'file-reference': 'a file that another vendor keeps cannot be read',
  'lone-surrogates': 'half a surrogate pair cannot be sent',
  'mid-conversation-system': 'system messages inside the conversation become tagged user text',
  'reasoning-replay': 'earlier reasoning goes back with its signature, first in its turn, or not at all',
  'repeated-tool-ids': 'the id of a tool call stands in the conversation once',
  'tool-ids': 'ids of tool calls are made of letters, digits, _ and -',
  'missing-results': 'every tool call has its result in the next turn',
  'orphan-results': 'a result without its call becomes text',
  'empty-conversation': 'something must be asked',
  'user-first': 'the conversation begins with the user',
  'assistant-last': 'newer models continue no answer that was begun for them',
  'hosted-tools': 'tools that run at another vendor cannot be offered',
  'repeated-tools': 'a tool is declared once',
  'tool-names': 'names of tools are made of letters, digits, _ and -, 64 at most',
  'tool-schema': "the root of a tool's schema is an object without anyOf, oneOf and allOf",
  'tool-choice': 'only a tool that is declared can be forced',
  'cache-marks': 'at most four places are marked for caching, the longer-lived first',
  'thinking-style': 'a model is asked to think in the way that it knows',
  'thinking-budget': 'reasoning has at least 1024 tokens and leaves some for the answer',
  'thinking-effort': 'an effort that the model does not know becomes the next lower one',
  'thinking-and-tools': 'with a thinking budget no tool can be forced, and an open tool loop begins with reasoning',
  sampling: 'temperature, top_p and top_k are sent where the model takes them',
  'stop-sequences': 'stop sequences are not blank',
  'max-tokens': 'an answer is at most as long as the model can make it',
  'response-format': 'structured output is asked for in words where the model has no setting for it',
} as const

export type RuleName = keyof typeof RULES

export interface Refusal {
  readonly what: string
  readonly where: string
  readonly remedy: string
}

/** Where rules write down what they did. */
export class Findings {
  readonly warnings: Warning[] = []

  warn(rule: RuleName, message: string, where?: string): void {
    this.warnings.push({ rule, message, ...(where === undefined ? {} : { where }) })
  }

  /** @throws GatewayError `bad_request` always: no repair helps */
  refuse(rule: RuleName, { what, where, remedy }: Refusal): never {
    throw new GatewayError('bad_request', `${rule}: ${what} (${where}); ${remedy}`, { param: where })
  }
}

export function messageAt(index: number): string {
  return `messages.${index}`
}

import type { Warning } from '../../core/index.ts'
import { ANTHROPIC_EXTRAS } from '../../core/wire/anthropic-extras.ts'

/** What may be changed or left out so that an upstream of this wire can serve a request of another, and how it is called in reports. */
export const LOSSES = {
  'cache-marks': 'marks of what should be cached are left out; such upstreams cache by themselves or not at all',
  'developer-role': 'messages of the role `developer` go as `system`',
  documents: 'documents that the upstream does not take are left out, with a note in their place',
  'foreign-parts': 'blocks that only another vendor knows become text or are left out',
  'hosted-tools': "tools that run at another vendor's are left out",
  images: 'images that the upstream does not take are left out, with a note in their place',
  'late-system': 'system messages inside a conversation become tagged text of the user',
  'left-out-fields': 'fields that the configuration names in `quirks.leaveOut` are left out',
  'misplaced-parts': 'tool calls of a user, and media and results of an assistant, have no place and are left out',
  'missing-tool-result': 'a call without a result gets one that says so',
  'orphan-tool-result': 'a result without its call becomes text of the user',
  'parallel-tool-calls': 'parallel tool calls cannot be switched off',
  'reasoning-effort': 'the effort or budget asked for becomes the nearest that the upstream knows, or is left out where the model knows none',
  'reasoning-history': 'earlier reasoning is not sent back, or only where this upstream made it',
  'reasoning-off': 'reasoning cannot be switched off by this field; the model decides',
  sampling: '`temperature` and `top_p` are left out where the model takes none',
  'stop-sequences': 'stop sequences beyond the fourth are left out',
  'structured-output': 'the form of the answer is asked for in the system prompt and not enforced',
  temperature: 'temperatures outside 0 to 2 become the nearest within',
  'tool-choice': 'the choice of a tool that is not there is left out',
  'tool-error': 'that a tool failed is said in the text of its result',
  'tool-result-media': 'images and documents of a tool result follow in a message of the user',
  'tool-schema': 'keywords at the root of a tool schema that such upstreams refuse are left out',
  'top-k': '`top_k` is left out',
  ...ANTHROPIC_EXTRAS,
} as const

export type Loss = keyof typeof LOSSES

/** Gathers what a request loses on its way. */
export class Losses {
  readonly #found = new Map<string, Warning>()

  report(rule: Loss, message: string, where?: string): void {
    const key = `${rule} ${where ?? ''} ${message}`
    if (!this.#found.has(key)) this.#found.set(key, { rule, message, ...(where === undefined ? {} : { where }) })
  }

  get warnings(): readonly Warning[] {
    return [...this.#found.values()]
  }
}

import { GatewayError, type Warning } from '../../core/index.ts'
import { ANTHROPIC_EXTRAS } from '../../core/wire/anthropic-extras.ts'

/** Everything that a request can lose on its way to Gemini, by name; `docs/gemini.md` lists the same. */
export const LOSS_RULES = {
  'system-messages': 'an instruction in the middle of the conversation becomes marked text of a user turn',
  'turn-order': 'the conversation begins and ends with a user turn; a short one is added where it does not',
  'misplaced-parts': 'what the role of a message cannot hold becomes text, or is left out',
  'unanswered-calls': 'a tool call without a result gets one that says so',
  'orphan-results': 'a tool result without its call becomes text',
  'tool-names': 'tool names that the API refuses are rewritten, and written back in answers',
  'tool-schemas': 'conditions that the API does not know are left out of tool schemas; some become words of the description',
  'hosted-tools': 'tools that run at another vendor are left out',
  'repeated-tools': 'of several tools with one name the first is taken',
  'tool-choice': 'a forced choice of a tool that is not declared is left out',
  'parallel-tool-calls': 'parallel tool calls cannot be switched off',
  media: 'an image or document that the API does not take becomes a note, or the request is refused',
  'foreign-parts': 'blocks of other vendors become text or are left out',
  'reasoning-replay': 'earlier reasoning is not sent again; signatures of other vendors are worthless here',
  'thought-signatures': 'a lost or refused signature of an earlier call is left out or replaced by the word that switches its check off',
  'reasoning-settings': "budgets and efforts become what the model's family has",
  'sampling-settings': "settings out of the API's range are moved into it or left out",
  'stop-sequences': 'of more than five stop sequences the rest is watched for by the gateway',
  'max-tokens': "a limit beyond the model's own becomes the model's",
  'response-format': 'a JSON schema loses what the API does not know; beside tools, older models are asked in words',
  'cache-markers': 'cache markers have no place here: the API caches by itself',
  ...ANTHROPIC_EXTRAS,
} as const satisfies Readonly<Record<string, string>>

export type LossRule = keyof typeof LOSS_RULES

/** Gathers what a request loses, each sentence once. */
export class Losses {
  readonly #found = new Map<string, Warning>()

  get warnings(): readonly Warning[] {
    return [...this.#found.values()]
  }

  add(rule: LossRule, message: string, where?: string): void {
    const key = `${rule}\0${message}`
    if (!this.#found.has(key)) this.#found.set(key, { rule, message, ...(where === undefined ? {} : { where }) })
  }

  /** @throws GatewayError `bad_request`: only its author can mend it */
  refuse(rule: LossRule, { what, where, remedy }: { readonly what: string; readonly where: string; readonly remedy: string }): never {
    throw new GatewayError('bad_request', `${rule}: ${what} (${where}); ${remedy}`, { param: where })
  }
}

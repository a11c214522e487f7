import { GatewayError, type Warning } from '../../../core/index.ts'
import type { Draft } from './draft.ts'

/** One thing that the upstream does not take, by name, with its repair. The list of them is data: `rules.ts`. */
export interface Rule {
  readonly name: string
  /** One line for people. */
  readonly doc: string
  readonly apply: (draft: Draft, findings: Findings) => Draft
}

/** A rule on the finished body: it can only report. */
export interface BodyRule {
  readonly name: string
  readonly doc: string
  readonly inspect: (body: string, draft: Draft, findings: Findings) => void
}

/** What a rule says about the request it works on. */
export interface Findings {
  warn(message: string, where?: string): void
  /** @throws GatewayError `bad_request` that carries the rule's name and the place */
  refuse(problem: Problem): never
}

interface Problem {
  readonly what: string
  /** Such as `messages.3`. */
  readonly where: string
  readonly remedy: string
}

/** The findings of one rule after the other, collected into `warnings`. */
export class RuleFindings implements Findings {
  /** The rule at work. */
  rule = ''
  readonly #warnings: Warning[]

  constructor(warnings: Warning[]) {
    this.#warnings = warnings
  }

  warn(message: string, where?: string): void {
    const { rule } = this
    this.#warnings.push(where === undefined ? { rule, message } : { rule, message, where })
  }

  refuse({ what, where, remedy }: Problem): never {
    throw new GatewayError('bad_request', `${this.rule}: ${what} (${where}); ${remedy}`, { param: where })
  }
}

/** The place of a message, as clients know it. */
export const messageAt = (index: number): string => `messages.${index}`

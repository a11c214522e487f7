import { isRecord, type Json } from './content.ts'

/** The reasoning of one answer in the upstream's own form, to be sent back with the calls that it led to. */
export interface KeptReasoning {
  readonly content: string
  readonly details: readonly Json[]
}

/** Where reasoning is wanted back (`quirks.reasoningHistory`), the reader of an answer fills one of these. */
export class ReasoningTrace {
  #content = ''
  readonly #details: Json[] = []

  text(text: string): void {
    this.#content += text
  }

  /** Pieces of one detail are told by its index, as clients of this form join them (`providers.md` §6.5). */
  detail(detail: unknown): void {
    if (!isRecord(detail)) return
    const last = this.#details.at(-1)
    if (last === undefined || !continues(last, detail)) this.#details.push(detail)
    else this.#details[this.#details.length - 1] = joined(last, detail)
  }

  get kept(): KeptReasoning {
    return { content: this.#content, details: [...this.#details] }
  }
}

const GROWING = ['text', 'summary'] as const

function continues(last: Json, detail: Json): boolean {
  return (
    last['type'] === detail['type'] && last['index'] === detail['index'] && detail['type'] !== 'reasoning.encrypted' && typeof last['signature'] !== 'string'
  )
}

function joined(last: Json, detail: Json): Json {
  const told = Object.fromEntries(Object.entries(detail).filter(([, value]) => value !== null && value !== undefined))
  const grown = GROWING.flatMap(field => (typeof last[field] === 'string' && typeof told[field] === 'string' ? [[field, last[field] + told[field]]] : []))
  return { ...last, ...told, ...Object.fromEntries(grown) }
}

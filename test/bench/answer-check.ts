import { answerText, type Scenario } from './scenario.ts'

export type AnswerForm = 'anthropic-stream' | 'anthropic-document' | 'openai-stream' | 'kiro-frames'

/** What tells events and the end in an answer that is read as it comes. */
const MARKS = {
  'anthropic-stream': { event: '"text_delta"', end: 'event: message_stop\ndata: {"type":"message_stop"}\n\n' },
  'openai-stream': { event: '"content":"piece', end: 'data: [DONE]\n\n' },
  'kiro-frames': { event: 'assistantResponseEvent', end: '"usage":0.0897' },
} as const

/** Long enough for any mark and what follows it in its last frame. */
const TAIL = 96

export interface AnswerCheck {
  /** Events seen so far. */
  readonly events: number
  push(chunk: Buffer): void
  /** What is wrong with the answer, now that it has ended; undefined: it is whole. */
  problem(): string | undefined
}

/**
 * Counts while it reads, since the generator must cost less than what it measures.
 * @param thorough whether the text itself is compared too, where the form allows it
 */
export function createCheck(form: AnswerForm, scenario: Scenario, thorough: boolean): AnswerCheck {
  switch (form) {
    case 'anthropic-document':
      return new DocumentCheck(scenario)
    case 'anthropic-stream':
    case 'openai-stream':
      return new StreamCheck(MARKS[form], scenario, thorough && !scenario.stamped)
    case 'kiro-frames':
      return new StreamCheck(MARKS[form], scenario, false)
    default:
      return form satisfies never
  }
}

class StreamCheck implements AnswerCheck {
  events = 0
  readonly #marks: { readonly event: string; readonly end: string }
  readonly #scenario: Scenario
  readonly #kept: Buffer[] | undefined
  #tail = ''

  constructor(marks: { readonly event: string; readonly end: string }, scenario: Scenario, thorough: boolean) {
    this.#marks = marks
    this.#scenario = scenario
    this.#kept = thorough ? [] : undefined
  }

  push(chunk: Buffer): void {
    const { event } = this.#marks
    const text = this.#tail + chunk.toString('latin1')
    // A mark that lies wholly in the tail has been counted.
    let at = text.indexOf(event, Math.max(0, this.#tail.length - event.length + 1))
    for (; at !== -1; at = text.indexOf(event, at + event.length)) this.events += 1
    this.#tail = text.slice(-TAIL)
    this.#kept?.push(chunk)
  }

  problem(): string | undefined {
    if (!this.#tail.includes(this.#marks.end)) return 'the answer has no end'
    if (this.events !== this.#scenario.events) return `the answer has ${this.events} events instead of ${this.#scenario.events}`
    if (this.#kept !== undefined && streamedText(Buffer.concat(this.#kept).toString()) !== answerText(this.#scenario)) return 'the answer has another text'
    return undefined
  }
}

class DocumentCheck implements AnswerCheck {
  readonly #chunks: Buffer[] = []
  readonly #scenario: Scenario
  events = 0

  constructor(scenario: Scenario) {
    this.#scenario = scenario
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
  }

  problem(): string | undefined {
    const document = JSON.parse(Buffer.concat(this.#chunks).toString()) as { readonly content: readonly { readonly text?: string }[] }
    if (document.content.map(block => block.text ?? '').join('') !== answerText(this.#scenario)) return 'the answer has another text'
    this.events = this.#scenario.events
    return undefined
  }
}

function streamedText(stream: string): string {
  return stream
    .split('\n')
    .filter(line => line.startsWith('data: {'))
    .map(line => pieceOf(JSON.parse(line.slice('data: '.length)) as Parameters<typeof pieceOf>[0]))
    .join('')
}

interface StreamedPiece {
  readonly delta?: { readonly text?: string }
  readonly choices?: readonly { readonly delta: { readonly content?: string } }[]
}

function pieceOf({ delta, choices }: StreamedPiece): string {
  return delta?.text ?? choices?.[0]?.delta.content ?? ''
}

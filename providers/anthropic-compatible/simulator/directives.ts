import { isFields, parseJson } from '../untrusted.ts'

/**
 * What the last user text asks the simulator to do, in double brackets, from any client and through any gateway.
 *
 * | Directive | Effect |
 * |---|---|
 * | `[[tool:NAME {"a":1}]]` | calls the tool; several of them are parallel calls; without JSON the input is `{}` |
 * | `[[text:TEXT]]` | answers with this text instead of repeating the user's |
 * | `[[events:N]]` | spreads the text over N events |
 * | `[[reason:TEXT]]` | reasons first |
 * | `[[stop:REASON]]` | ends with this stop reason |
 * | `[[error:NAME]]` | refuses with this row of the error catalogue |
 * | `[[exception:NAME]]` | starts to answer, then breaks off with this error inside the stream |
 * | `[[script:NAME]]` | plays this stream script |
 */
export interface Directives {
  readonly tools: readonly { readonly name: string; readonly input: Readonly<Record<string, unknown>> }[]
  readonly text?: string
  readonly events?: number
  readonly reasoning?: string
  readonly stopReason?: string
  readonly error?: string
  readonly exception?: string
  readonly script?: string
}

const DIRECTIVE = /\[\[([a-z]+):((?:(?!\]\]).)*(?:\}\]\]|\]\]))/gs

/** Finds the directives in a text, and what is left of it. */
export function readDirectives(text: string): Directives & { readonly rest: string } {
  const tools: { name: string; input: Readonly<Record<string, unknown>> }[] = []
  const words: Record<string, string> = {}
  const rest = text.replace(DIRECTIVE, (whole, name: string, tail: string) => {
    const value = tail.slice(0, -2)
    if (name !== 'tool') {
      words[name] = value
      return ''
    }
    const [, tool = '', json = ''] = /^(\S+)\s*([\s\S]*)$/.exec(value) ?? []
    const input = json === '' ? {} : parseJson(json)
    if (tool === '' || !isFields(input)) return whole
    tools.push({ name: tool, input })
    return ''
  })
  const { text: answer, events, reason, stop, error, exception, script } = words
  return {
    tools,
    rest: rest.trim(),
    ...(answer === undefined ? {} : { text: answer }),
    ...(events === undefined ? {} : { events: Number(events) || 1 }),
    ...(reason === undefined ? {} : { reasoning: reason }),
    ...(stop === undefined ? {} : { stopReason: stop }),
    ...(error === undefined ? {} : { error }),
    ...(exception === undefined ? {} : { exception }),
    ...(script === undefined ? {} : { script }),
  }
}

import { type ErrorName, isErrorName } from './error-catalogue.ts'
import { parseJson } from './json.ts'
import type { PlannedToolCall } from './steps.ts'
import { isStreamScriptName, type StreamScriptName } from './stream-script-names.ts'

/**
 * What the last user text asks the simulator to do, in double brackets, from any client and through any gateway.
 *
 * | Directive | Effect |
 * |---|---|
 * | `[[tool:NAME {"a":1}]]` | calls the tool; several of them are parallel calls; without JSON the input is `{}` |
 * | `[[text:TEXT]]` | answers with this text instead of repeating the user's |
 * | `[[chars:N]]` | answers with N characters of text |
 * | `[[events:N]]` | spreads the text over N events |
 * | `[[reason:TEXT]]` | reasons first |
 * | `[[delay:MS]]` | waits before the first byte |
 * | `[[gap:MS]]` | waits between events |
 * | `[[stop:REASON]]` | ends with this stop reason, `MAX_TOKENS` for instance |
 * | `[[usage:PERCENT]]` | claims that so much of the context window is used |
 * | `[[error:NAME]]` | refuses with this row of the error catalogue, every time it is asked |
 * | `[[exception:NAME]]` | starts to answer, then breaks off with this error inside the stream |
 * | `[[script:NAME]]` | plays this stream script |
 *
 * Unknown directives are text. Directives in earlier turns, and in tool results, are not followed.
 */
export interface Directives {
  readonly tools: readonly PlannedToolCall[]
  readonly text?: string
  readonly characters?: number
  readonly events?: number
  readonly reasoning?: string
  readonly delayMs?: number
  readonly gapMs?: number
  readonly stopReason?: string
  readonly contextUsage?: number
  readonly error?: ErrorName
  readonly exception?: ErrorName
  readonly script?: StreamScriptName
}

export interface ReadDirectives {
  readonly directives: Directives
  /** The text without them. */
  readonly rest: string
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const OPENING = /\[\[([a-z]+)(?::|\]\])/g
/** More than anyone needs, and less than what would hurt. */
const LARGEST = 10_000_000

/** Finds the directives in a text. */
export function readDirectives(text: string): ReadDirectives {
  const tools: PlannedToolCall[] = []
  const directives: Mutable<Directives> = { tools }
  let rest = ''
  let from = 0
  for (const match of text.matchAll(OPENING)) {
    // A directive's own value may contain what looks like another one.
    if (match.index < from) continue
    const valueAt = match.index + match[0].length
    const end = match[0].endsWith(']]') ? undefined : endOfValue(text, { name: match[1] ?? '', from: valueAt })
    if (end === undefined || !follow({ directives, tools, name: match[1] ?? '', value: text.slice(valueAt, end) })) continue
    rest += text.slice(from, match.index)
    from = end + 2
  }
  return { directives, rest: (rest + text.slice(from)).trim() }
}

/** Where the value's closing brackets are. A tool's JSON may contain such brackets itself, so there the longest valid JSON counts. */
function endOfValue(text: string, { name, from }: { readonly name: string; readonly from: number }): number | undefined {
  let end = text.indexOf(']]', from)
  if (name !== 'tool') return end === -1 ? undefined : end
  while (end !== -1) {
    if (toolCall(text.slice(from, end)) !== undefined) return end
    end = text.indexOf(']]', end + 1)
  }
  return undefined
}

interface Found {
  readonly directives: Mutable<Directives>
  readonly tools: PlannedToolCall[]
  readonly name: string
  readonly value: string
}

function follow({ directives, tools, name, value }: Found): boolean {
  const count = countOf(value)
  switch (name) {
    case 'tool': {
      const call = toolCall(value)
      if (call !== undefined) tools.push(call)
      return call !== undefined
    }
    case 'text':
      directives.text = value
      return true
    case 'reason':
      directives.reasoning = value
      return true
    case 'stop':
      directives.stopReason = value
      return true
    case 'chars':
      return count !== undefined && assign(directives, { characters: count })
    case 'events':
      return count !== undefined && assign(directives, { events: count })
    case 'delay':
      return count !== undefined && assign(directives, { delayMs: count })
    case 'gap':
      return count !== undefined && assign(directives, { gapMs: count })
    case 'usage':
      return Number.isFinite(Number.parseFloat(value)) && assign(directives, { contextUsage: Number.parseFloat(value) })
    case 'error':
      return isErrorName(value) && assign(directives, { error: value })
    case 'exception':
      return isErrorName(value) && assign(directives, { exception: value })
    case 'script':
      return isStreamScriptName(value) && assign(directives, { script: value })
    default:
      return false
  }
}

function assign(directives: Mutable<Directives>, more: Partial<Directives>): true {
  Object.assign(directives, more)
  return true
}

function countOf(value: string): number | undefined {
  return /^\d+$/.test(value) ? Math.min(Number(value), LARGEST) : undefined
}

function toolCall(value: string): PlannedToolCall | undefined {
  const [, name, json] = /^([A-Za-z0-9_-]+)\s*([\s\S]*)$/.exec(value) ?? []
  if (name === undefined) return undefined
  if (json === undefined || json.trim() === '') return { name, input: {} }
  const input = parseJson(json)
  return input === undefined ? undefined : { name, input }
}

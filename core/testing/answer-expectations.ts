import { deepStrictEqual, fail, ok, strictEqual } from 'node:assert/strict'
import { CODES } from '../errors/codes.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { FailureEvent, StreamEvent, Usage } from '../model/event.ts'
import { checkGrammar } from './event-grammar.ts'
import type { WantedAnswer } from './sample-conversations.ts'

/** What an answer said, whatever pieces it came in. */
export interface ToldAnswer {
  readonly reasoning: string
  readonly text: string
  readonly calls: readonly { readonly name: string; readonly input: unknown }[]
}

/** Checks everything that must hold of an answer, however it ends. What fails before anything was said is one failure without a start. */
export function checkAnswer(events: readonly StreamEvent[]): void {
  if (events.length === 1 && events[0]?.type === 'failure') return
  checkGrammar(events)
  const ids = events.flatMap(event => (event.type === 'tool-start' ? [event.id] : []))
  ok(
    ids.every(id => id !== ''),
    'a tool call has no id',
  )
  strictEqual(new Set(ids).size, ids.length, 'two tool calls have one id')
  for (const event of events) {
    if (event.type === 'start') {
      if (event.usage) checkUsage(event.usage)
      for (const { rule, message } of event.warnings ?? []) ok(rule !== '' && message !== '', 'a warning has no rule or no message')
    } else if (event.type === 'finish') checkUsage(event.usage)
  }
}

function checkUsage({ cost, guessed: _guessed, ...counts }: Usage): void {
  for (const [name, count] of Object.entries(counts)) {
    ok(Number.isSafeInteger(count) && count >= 0, `usage.${name} is ${String(count)}: unknown is absent, known a count`)
  }
  if (cost) ok(Number.isFinite(cost.amount) && cost.amount >= 0, `usage.cost is ${cost.amount}`)
  const { input, cacheRead = 0, cacheWrite = 0, output, reasoning = 0 } = counts
  if (input !== undefined) ok(cacheRead + cacheWrite <= input, 'more was read from caches than was read at all')
  if (output !== undefined) ok(reasoning <= output, 'more was reasoned than was said at all')
}

/** The failure that a stream ended with, checked for what every failure must be. */
export function checkFailure(events: readonly StreamEvent[], secrets: readonly string[]): GatewayError {
  checkAnswer(events)
  const last = events.at(-1)
  if (last?.type !== 'failure') return fail(`it ended with ${last?.type ?? 'nothing'}, not with a failure`)
  checkError(last.error, secrets)
  return last.error
}

export function checkError(error: FailureEvent['error'], secrets: readonly string[]): void {
  ok(GatewayError.is(error), `${String(error)} is no GatewayError`)
  ok(Object.hasOwn(CODES, error.code), `${error.code} is no word of the error table`)
  ok(error.code !== 'internal', `it met its upstream's words with a fault of its own: ${String(error.cause)}`)
  ok(error.message.trim() !== '', 'it says nothing')
  ok(error.retryAfterMs === undefined || (Number.isFinite(error.retryAfterMs) && error.retryAfterMs >= 0), `it asks to wait ${String(error.retryAfterMs)} ms`)
  checkSecrecy(`${error.message} ${error.param ?? ''} ${JSON.stringify(error.headers ?? {})}`, secrets, 'an error for clients')
}

export function checkSecrecy(text: string, secrets: readonly string[], where: string): void {
  ok(!secrets.some(secret => text.includes(secret)), `${where} holds a secret of the account`)
}

/** Checks that exactly this was said: a repeated delta would say it twice. */
export function checkTold(events: readonly StreamEvent[], { reasoning = '', text = '', calls = [], reason }: WantedAnswer): void {
  const told = toldBy(events)
  // Some upstreams set line breaks between reasoning and text.
  deepStrictEqual({ ...told, reasoning: told.reasoning.trim(), text: told.text.trim() }, { reasoning, text, calls })
  const last = events.at(-1)
  strictEqual(last?.type === 'finish' ? last.reason : last?.type === 'failure' ? last.error.message : last?.type, reason)
}

export function toldBy(events: readonly StreamEvent[]): ToldAnswer {
  let reasoning = ''
  let text = ''
  const calls: { name: string; json: string }[] = []
  for (const event of events) {
    if (event.type === 'reasoning-delta') reasoning += event.text
    else if (event.type === 'text-delta') text += event.text
    else if (event.type === 'tool-start') calls.push({ name: event.name, json: '' })
    else if (event.type === 'tool-delta') {
      const last = calls.at(-1)
      if (last) last.json += event.json
    }
  }
  return { reasoning, text, calls: calls.map(({ name, json }) => ({ name, input: json === '' ? {} : (JSON.parse(json) as unknown) })) }
}

/** An answer without what differs from one reading of the same bytes to the next: pieces, and ids of the gateway's own. */
export function comparable(events: readonly StreamEvent[]): readonly unknown[] {
  const whole: Record<string, unknown>[] = []
  for (const event of events) {
    const last = whole.at(-1)
    switch (event.type) {
      case 'text-delta':
      case 'reasoning-delta':
        if (last?.['type'] === event.type) last['text'] = `${String(last['text'])}${event.text}`
        else whole.push({ ...event })
        break
      case 'tool-delta':
        if (last?.['type'] === event.type) last['json'] = `${String(last['json'])}${event.json}`
        else if (event.json !== '') whole.push({ ...event })
        break
      case 'start':
        // What was changed on the way there is the request's matter.
        whole.push({ ...event, id: 'id', warnings: [] })
        break
      case 'tool-start':
        whole.push({ ...event, id: 'id' })
        break
      case 'failure':
        whole.push({ type: event.type, code: event.error.code, message: event.error.message })
        break
      case 'raw':
        break
      case 'text-start':
      case 'reasoning-start':
      case 'reasoning-signature':
      case 'block-end':
      case 'finish':
        whole.push({ ...event })
        break
      default:
        event satisfies never
    }
  }
  return whole
}

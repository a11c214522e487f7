import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { fold } from '../model/completion.ts'
import type { StreamEvent } from '../model/event.ts'
import type { ChatRequest, Part } from '../model/request.ts'
import { checkAnswer, checkFailure, checkSecrecy, checkTold, comparable, toldBy } from './answer-expectations.ts'
import type { ConformanceCheck } from './conformance-check.ts'
import { ask, type OpenBench, requestFor } from './provider-bench.ts'
import { type RecordedAnswer, ReplayingHttp } from './recorded-http.ts'
import type { SampleConversation } from './sample-conversations.ts'

/** Small enough to split every character and every frame, and two that fall out of step with them. */
const PIECES = [1, 7, 61] as const
/** Where an answer breaks off, as parts of its length. */
const CUTS = [0, 0.01, 0.2, 0.5, 0.8, 0.9] as const

/** What must hold of the answer to one conversation. */
export function answerChecks(conversation: SampleConversation): readonly ConformanceCheck[] {
  return [
    {
      name: `answers ${conversation.name}, whatever pieces the answer comes in`,
      async run(bench) {
        const { request, events } = await recorded(bench, conversation)
        checkSecrecy(JSON.stringify(events), bench.secrets, 'an answer')
        const { answer } = bench.http
        if (answer === undefined) return
        for (const size of PIECES) deepStrictEqual(comparable(await replayed(bench, request, { answer, size })), comparable(events), `in pieces of ${size}`)
      },
    },
    {
      name: `answers ${conversation.name} that is not asked for as a stream`,
      async run(bench) {
        const request = requestFor(bench, conversation, false)
        const events = await ask(bench, request)
        checkAnswer(events)
        checkTold(events, conversation.wanted)
      },
    },
  ]
}

/** What must hold of answers that are none, given one good answer to spoil. */
export function spoiltAnswerChecks(conversation: SampleConversation): readonly ConformanceCheck[] {
  return [
    {
      name: 'never tells an answer as finished whose connection broke off',
      async run(bench) {
        const { request, answer } = await recorded(bench, conversation)
        if (answer === undefined) return
        for (const part of CUTS) {
          const events = await replayed(bench, request, { answer: cut(answer, part), ending: 'break' })
          checkFailure(events, bench.secrets)
          checkTruth(events, conversation)
        }
      },
    },
    {
      name: 'ends an answer that stops short exactly once, and says nothing that the upstream did not',
      async run(bench) {
        const { request, answer } = await recorded(bench, conversation)
        if (answer === undefined) return
        for (const part of CUTS) {
          const events = await replayed(bench, request, { answer: cut(answer, part), size: 100 })
          checkAnswer(events)
          checkTruth(events, conversation)
        }
      },
    },
    {
      name: 'meets nonsense instead of an answer as a failure of the upstream',
      async run(bench) {
        const { request, answer } = await recorded(bench, conversation)
        if (answer === undefined) return
        const html = Buffer.from('<!doctype html><title>Sign in</title>')
        const noise = Buffer.from(Array.from({ length: 3_000 }, (_, index) => (index * 193 + (index >> 3) * 71) % 256))
        const twisted = Buffer.from(answer.bytes.map((byte, index) => (index % 97 === 40 ? byte ^ 0x55 : byte)))
        const { head } = answer
        const page = { ...head, headers: { ...head.headers, 'content-type': 'text/html' } }
        const empty = Buffer.alloc(0)
        for (const spoilt of [html, noise, empty].map(bytes => ({ head, bytes }))) {
          const error = checkFailure(await replayed(bench, request, { answer: spoilt, size: 50 }), bench.secrets)
          ok(error.scope !== 'request' && error.scope !== 'gateway', `${error.code} blames the client for it`)
        }
        checkFailure(await replayed(bench, request, { answer: { head: page, bytes: html } }), bench.secrets)
        const events = await replayed(bench, request, { answer: { head, bytes: twisted } })
        ok(events.at(-1)?.type === 'failure' || events.at(-1)?.type === 'finish', 'it does not end')
      },
    },
  ]
}

/** Takes its own reasoning, signatures and calls back as a client sends them with the next turn. */
export const replayCheck = (conversation: SampleConversation): ConformanceCheck => ({
  name: `takes the answer to ${conversation.name} back with the next turn`,
  async run(bench) {
    const { request, events } = await recorded(bench, conversation)
    const { blocks } = await fold(batches(events))
    const answered: Part[] = []
    const results: Part[] = []
    for (const block of blocks) {
      if (block.type !== 'tool-call') answered.push({ ...block })
      else {
        const input = JSON.parse(block.json === '' ? '{}' : block.json) as Record<string, unknown>
        answered.push({ type: 'tool-call', id: block.id, name: block.name, input })
        results.push({ type: 'tool-result', id: block.id, content: [{ type: 'text', text: 'done' }], isError: false })
      }
    }
    const wanted = { text: 'And on.', reason: 'stop' } as const
    const cue = bench.upstream.cue(wanted, true) ?? 'Go on.'
    const next: ChatRequest = {
      ...request,
      messages: [...request.messages, { role: 'assistant', parts: answered }, { role: 'user', parts: [...results, { type: 'text', text: cue }] }],
    }
    const second = await ask(bench, next)
    checkAnswer(second)
    strictEqual(toldBy(second).text.trim(), wanted.text)
    strictEqual(second.at(-1)?.type, 'finish')
  },
})

interface Recorded {
  readonly request: ChatRequest
  readonly events: readonly StreamEvent[]
  /** Absent for a provider that speaks no HTTP. */
  readonly answer: RecordedAnswer | undefined
}

/** Asks the simulated upstream and checks the answer. */
export async function recorded(bench: OpenBench, conversation: SampleConversation): Promise<Recorded> {
  const request = requestFor(bench, conversation)
  const events = await ask(bench, request)
  const last = events.at(-1)
  if (last?.type === 'failure') throw last.error
  checkAnswer(events)
  checkTold(events, conversation.wanted)
  return { request, events, answer: bench.http.answer }
}

function replayed(bench: OpenBench, request: ChatRequest, replay: ConstructorParameters<typeof ReplayingHttp>[0]): Promise<readonly StreamEvent[]> {
  return ask(bench, request, { http: new ReplayingHttp(replay, bench.http) })
}

function cut({ head, bytes }: RecordedAnswer, part: number): RecordedAnswer {
  return { head, bytes: bytes.subarray(0, Math.floor(bytes.length * part)) }
}

function checkTruth(events: readonly StreamEvent[], { wanted }: SampleConversation): void {
  const { text } = toldBy(events)
  ok((wanted.text ?? '').startsWith(text.trimEnd()), `it says what the upstream did not: ${text}`)
}

async function* batches(events: readonly StreamEvent[]): AsyncGenerator<readonly StreamEvent[]> {
  yield events
}

import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { GatewayError } from '../errors/gateway-error.ts'
import type { Batch, StreamEvent } from '../model/event.ts'
import { checkAnswer, checkFailure, comparable } from './answer-expectations.ts'
import { recorded } from './answer-checks.ts'
import type { ConformanceCheck } from './conformance-check.ts'
import { ask, attemptFor, type OpenBench } from './provider-bench.ts'
import { ReplayingHttp } from './recorded-http.ts'
import type { SampleConversation } from './sample-conversations.ts'

/** What must hold of the connection behind an answer; for a provider without one there is nothing to hold. */
export function connectionChecks(long: SampleConversation, other: SampleConversation): readonly ConformanceCheck[] {
  return [
    {
      name: 'lets go of the connection when its reader leaves in the middle',
      async run(bench) {
        const { request, answer } = await recorded(bench, long)
        if (answer === undefined) return
        const half = { ...answer, bytes: answer.bytes.subarray(0, answer.bytes.length >> 1) }
        const http = new ReplayingHttp({ answer: half, ending: 'open' }, bench.http)
        const attempt = attemptFor(bench, request, { http })
        const reading = bench.provider.stream(request, attempt as never)[Symbol.asyncIterator]()
        strictEqual((await reading.next()).done, false)
        await reading.return?.()
        ok(http.aborted, 'the connection is still open')
        strictEqual((await reading.next()).done, true)
      },
    },
    {
      name: 'ends an answer whose attempt is aborted, and gave the signal on',
      async run(bench) {
        const { request, answer } = await recorded(bench, long)
        if (answer === undefined) return
        const half = { ...answer, bytes: answer.bytes.subarray(0, answer.bytes.length >> 1) }
        const http = new ReplayingHttp({ answer: half, ending: 'open' }, bench.http)
        const controller = new AbortController()
        const attempt = attemptFor(bench, request, { http, signal: controller.signal })
        const events: StreamEvent[] = []
        for await (const batch of bench.provider.stream(request, attempt as never)) {
          events.push(...batch)
          controller.abort()
        }
        ok(http.signal?.aborted, 'the call that was sent knows nothing of it')
        checkFailure(events, bench.secrets)
      },
    },
    {
      name: 'stops reading from the upstream while nobody reads from it, and loses nothing by that',
      async run(bench) {
        const { request, events, answer } = await recorded(bench, long)
        if (answer === undefined) return
        const http = new ReplayingHttp({ answer, size: 1 }, bench.http)
        const reading = bench.provider.stream(request, attemptFor(bench, request, { http }) as never)[Symbol.asyncIterator]()
        const read: StreamEvent[] = [...((await reading.next()).value as Batch)]
        await turns()
        ok(http.paused, 'it goes on reading')
        ok(http.delivered < answer.bytes.length, 'it has read everything')
        for (let next = await reading.next(); next.done !== true; next = await reading.next()) read.push(...next.value)
        deepStrictEqual(comparable(read), comparable(events))
      },
    },
    {
      name: 'keeps answers apart that come at the same time',
      async run(bench) {
        const first = await recorded(bench, long)
        const second = await recorded(bench, other)
        const both = [first, second].map(async ({ request, answer }) => {
          const http = answer && new ReplayingHttp({ answer, size: 5 }, bench.http)
          return comparable(await ask(bench, request, http ? { http } : {}))
        })
        deepStrictEqual(await Promise.all(both), [comparable(first.events), comparable(second.events)])
      },
    },
    {
      name: 'says that an upstream cannot be reached, before anything else',
      async run(bench) {
        const { request, answer } = await recorded(bench, other)
        if (answer === undefined) return
        const events = await ask(bench, request, { http: unreachable(bench) })
        strictEqual(events.filter(event => event.type !== 'start').length, 1)
        checkFailure(events, bench.secrets)
      },
    },
    {
      name: 'asks the real upstream for no more than it reads',
      async run(bench) {
        const { request, answer } = await recorded(bench, long)
        if (answer === undefined) return
        const before = bench.http.dropped
        const events: StreamEvent[] = []
        for await (const batch of bench.provider.stream(request, attemptFor(bench, request) as never)) events.push(...batch)
        checkAnswer(events)
        strictEqual(bench.http.dropped, before, 'a whole answer cost its connection')
      },
    },
  ]
}

function unreachable({ http }: OpenBench): ReplayingHttp {
  const nowhere = new ReplayingHttp({ answer: { head: { status: 200, headers: {} }, bytes: Buffer.alloc(0) } }, http)
  nowhere.stream = (_request, receiver) => {
    queueMicrotask(() => receiver.fail(new GatewayError('upstream_unreachable', 'the upstream cannot be reached')))
    return { pause: () => undefined, resume: () => undefined, abort: () => undefined }
  }
  return nowhere
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>(resolve => setImmediate(resolve))
}

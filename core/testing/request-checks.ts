import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { checkSecrecy } from './answer-expectations.ts'
import type { ConformanceCheck } from './conformance-check.ts'
import { ask, attemptFor, requestFor } from './provider-bench.ts'
import type { SampleConversation } from './sample-conversations.ts'

/** Ids that a provider makes anew for each call. */
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi

/** What must hold of the requests that a provider builds. */
export function requestChecks(conversations: readonly SampleConversation[]): readonly ConformanceCheck[] {
  return [
    {
      name: 'builds the same request from the same conversation, which it leaves as it was',
      run(bench) {
        const { seams } = bench
        if (seams === undefined) return
        for (const conversation of conversations) {
          const request = deepFrozen(requestFor(bench, conversation))
          const before = JSON.stringify(request)
          const attempt = attemptFor(bench, request)
          const first = seams.buildRequest(request, attempt)
          const second = seams.buildRequest(request, attempt)
          strictEqual(JSON.stringify(request), before)
          strictEqual(textOf(first.body), textOf(second.body), conversation.name)
          strictEqual(first.url, second.url)
          deepStrictEqual(first.warnings, second.warnings)
        }
      },
    },
    {
      name: 'names the rule and says in words what it changes or leaves out',
      run(bench) {
        for (const conversation of conversations) {
          const request = requestFor(bench, conversation)
          for (const { rule, message } of bench.seams?.buildRequest(request, attemptFor(bench, request)).warnings ?? []) {
            ok(/^[a-z][a-z0-9-]*$/.test(rule), `"${rule}" is no rule's name`)
            ok(message.length > 10, `${rule} says nothing`)
          }
        }
      },
    },
    {
      name: 'keeps credentials out of addresses and bodies, of every call that it makes',
      async run(bench) {
        const { provider, http, accounts, secrets } = bench
        await provider.models(accounts[0] as never, http)
        await provider.quota?.(accounts[0] as never, http)
        const [conversation] = conversations
        if (conversation !== undefined) {
          const request = requestFor(bench, conversation)
          await provider.countTokens?.(request, attemptFor(bench, request) as never)
          await ask(bench, request)
        }
        // Trading a refresh token is what its body is for, and nothing else is.
        const current = secrets.filter(secret => accounts.some(({ credential }) => JSON.stringify(credential).includes(secret)))
        for (const { url, body } of http.requests) {
          checkSecrecy(decodeURIComponent(url), secrets, `the address ${new URL(url).pathname}`)
          checkSecrecy(textOf(body), current, `a body for ${new URL(url).pathname}`)
        }
      },
    },
    {
      name: 'logs no credential',
      run({ logged, secrets }) {
        checkSecrecy(logged(), secrets, 'the log')
      },
    },
  ]
}

function textOf(body: string | Buffer | undefined): string {
  return (body ?? '').toString().replaceAll(UUID, 'id')
}

function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFrozen)
  return Object.freeze(value)
}

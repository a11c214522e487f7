import { ok, strictEqual } from 'node:assert/strict'
import { checkError, checkFailure } from './answer-expectations.ts'
import { recorded } from './answer-checks.ts'
import type { ConformanceCheck } from './conformance-check.ts'
import { ask, type OpenBench } from './provider-bench.ts'
import { ReplayingHttp } from './recorded-http.ts'
import type { SampleConversation } from './sample-conversations.ts'

const HEADERS: readonly Readonly<Record<string, string>>[] = [
  {},
  { 'retry-after': '7', 'content-type': 'application/json' },
  { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' },
  { 'retry-after': '-5', 'retry-after-ms': 'soon' },
  { 'retry-after': '1e999', 'x-ratelimit-reset-requests': '99999999999999999999h', 'content-type': 'text/html' },
]

/** Bodies that no documentation promises; some hold what must not be passed on. */
function bodies(secrets: readonly string[]): readonly string[] {
  const [secret = 'nothing'] = secrets
  const told = `key ${secret} of org-0123456789 is wrong`
  return [
    '',
    ' ',
    'null',
    '[]',
    '{}',
    '0',
    '"text"',
    '{"error":null}',
    '{"error":"text"}',
    '{"error":{"code":{},"type":[],"status":7,"message":{"a":1},"details":"x"}}',
    '{"error":{"message":null,"type":null,"code":null},"details":[null,1,{"@type":5}]}',
    '[{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"-3s"}]}}]',
    '{"error":{"message":"half',
    '{"message":7,"reason":{},"__type":[],"__proto__":{"message":"x"}}',
    '<!doctype html><title>Just a moment...</title>',
    `${'{"a":'.repeat(5_000)}`,
    'x'.repeat(64 * 1024),
    '\u0000\ud800\ufffd',
    JSON.stringify({ error: { message: told, type: told, code: told, status: told }, message: told, reason: told, __type: told, detail: told }),
    told,
  ]
}

/** What must hold when the upstream refuses. */
export function failureChecks(conversation: SampleConversation): readonly ConformanceCheck[] {
  return [
    {
      name: 'has a word of the error table for every refusal that an upstream can think of',
      run({ seams, secrets }) {
        if (seams === undefined) return
        for (let status = 300; status <= 599; status++) {
          for (const body of status % 100 < 32 ? bodies(secrets) : bodies(secrets).slice(0, 6)) {
            for (const headers of status % 100 < 32 ? HEADERS : HEADERS.slice(0, 1)) {
              const error = seams.classify({ status, headers, body, requestBytes: 100 })
              checkError(error, secrets)
              // These words are about the client's own key.
              ok(error.code !== 'unauthorized' && error.code !== 'forbidden', `status ${status} becomes ${error.code}, which is of the client's own key`)
              ok(!body.includes('org-0123456789') || !error.message.includes('org-0123456789'), `status ${status} passes on an id of the account's`)
            }
          }
        }
      },
    },
    {
      name: 'has a word of the error table for failures inside a stream and without an answer',
      run({ seams, secrets }) {
        if (seams === undefined) return
        for (const body of bodies(secrets)) checkError(seams.classify({ status: 0, headers: {}, body, requestBytes: 0 }), secrets)
      },
    },
    {
      name: 'blames a refused key on the account, so that another is asked and no client throws its own key away',
      run({ seams }) {
        if (seams === undefined) return
        const { scope } = seams.classify({ status: 401, headers: {}, body: '{}', requestBytes: 100 })
        strictEqual(scope, 'account')
      },
    },
    {
      name: 'reads no quota out of headers that tell none',
      run({ seams }) {
        if (seams === undefined) return
        for (const headers of HEADERS) {
          for (const { used, limit, resetsAt = 0 } of seams.rateLimits?.(headers, Date.now())?.buckets ?? []) {
            ok(Number.isFinite(used) && Number.isFinite(limit) && Number.isFinite(resetsAt), 'a quota is no number')
          }
        }
      },
    },
    {
      name: 'meets every status but 200 as a failure, whatever is said with it',
      async run(bench) {
        const { request, answer } = await recorded(bench, conversation)
        if (answer === undefined) return
        for (const status of [201, 204, 206, 301, 302, 307, 400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529, 599]) {
          for (const bytes of [answer.bytes, Buffer.alloc(0), Buffer.from('<html>no</html>')]) await refused(bench, { request, status, bytes })
        }
      },
    },
  ]
}

async function refused(
  bench: OpenBench,
  { request, status, bytes }: { readonly request: Parameters<typeof ask>[1]; readonly status: number; readonly bytes: Buffer },
): Promise<void> {
  const headers = { 'content-type': 'application/json', location: 'http://127.0.0.1:9/' }
  const events = await ask(bench, request, { http: new ReplayingHttp({ answer: { head: { status, headers }, bytes } }, bench.http) })
  strictEqual(events.length, 1, `status ${status} begins an answer`)
  checkFailure(events, bench.secrets)
}

import { deepStrictEqual, notStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { Value } from 'typebox/value'
import type { ImportContext } from '../contract/provider.ts'
import { GatewayError } from '../errors/gateway-error.ts'
import type { ModelCard } from '../model/model-card.ts'
import { checkSecrecy } from './answer-expectations.ts'
import type { ConformanceCheck } from './conformance-check.ts'
import { attemptFor, type OpenBench, requestFor } from './provider-bench.ts'
import type { SampleConversation } from './sample-conversations.ts'

const NOTHING_BESIDE: ImportContext = { source: 'test', companion: () => Promise.resolve(undefined), companions: () => Promise.resolve([]) }

/** What must hold of a provider's accounts, lanes and models. */
export function accountChecks(conversation: SampleConversation): readonly ConformanceCheck[] {
  return [
    {
      name: 'goes by the name that the configuration gives it',
      run: ({ provider, entry }) => strictEqual(provider.name, entry.name),
    },
    {
      name: 'has a schema that its own credentials fit, and that others do not',
      run({ provider, accounts }) {
        for (const { credential } of accounts) ok(Value.Check(provider.credential, credential), 'a credential that works does not fit')
        for (const wrong of [undefined, null, 'text', 7, []]) ok(!Value.Check(provider.credential, wrong), `${JSON.stringify(wrong)} is taken for a credential`)
      },
    },
    {
      name: 'tells accounts apart, the same way each time',
      run({ provider, accounts }) {
        const identities = accounts.map(({ credential }) => provider.identity?.(credential as never))
        deepStrictEqual(
          accounts.map(({ credential }) => provider.identity?.(structuredClone(credential) as never)),
          identities,
        )
        const known = identities.filter(identity => identity !== undefined)
        strictEqual(new Set(known).size, known.length, 'two accounts are taken for one')
      },
    },
    {
      name: 'reads back what it writes of an account',
      async run({ provider, accounts: [account] }) {
        const { importer } = provider
        const { label, credential, facts, settings } = account
        const written = importer?.write?.({ label, credential: credential as never, facts, settings })
        if (importer === undefined || written === undefined) return
        const read = await importer.parse(JSON.stringify(written), NOTHING_BESIDE)
        deepStrictEqual(read.rejected, [])
        strictEqual(read.accounts.length, 1)
        ok(Value.Check(provider.credential, read.accounts[0]?.credential))
        strictEqual(provider.identity?.(read.accounts[0]?.credential as never), provider.identity?.(credential as never))
      },
    },
    {
      name: 'refuses what holds no credential in a sentence that repeats nothing of it',
      async run({ provider }) {
        const secret = 'planted-secret-0123456789-0123456789'
        for (const text of ['', '   ', '{', '[]', 'null', '{"x":1}', `{"token":["${secret}"]}`, `[[["${secret}"]]]`, '\u0000'.repeat(50), '<html></html>']) {
          const told = await provider.importer?.parse(text, NOTHING_BESIDE).then(
            ({ accounts, rejected }) => {
              for (const { credential } of accounts) ok(Value.Check(provider.credential, credential), `${text} becomes an account that does not fit`)
              return rejected.map(({ reason }) => reason).join(' ')
            },
            (error: unknown) => {
              ok(GatewayError.is(error), `${JSON.stringify(text)} throws ${String(error)}`)
              return error.message
            },
          )
          checkSecrecy(told ?? '', [secret], 'the reason')
        }
      },
    },
    { name: 'names the lanes of an account, each once', run: checkLanes },
    {
      name: 'says when a credential must be renewed as a time',
      run({ provider, accounts }) {
        for (const { credential } of accounts) {
          const expiresAt = provider.lifetime?.(credential as never).expiresAt
          ok(expiresAt === undefined || expiresAt > 0, `it expires at ${String(expiresAt)}`)
        }
      },
    },
    {
      name: 'lists its models with limits and abilities that make sense',
      async run({ provider, http, accounts: [account], upstream }) {
        const listed = await provider.models(account as never, http)
        const all = [...listed, ...(provider.catalog?.models ?? [])]
        for (const cards of [listed, provider.catalog?.models ?? []]) checkCards(cards)
        const names = all.flatMap(({ id, aliases = [] }) => [id, ...aliases])
        ok(names.includes(upstream.model) || provider.catalog?.resolve(upstream.model) !== undefined, `nothing is known of ${upstream.model}`)
        for (const { id } of provider.catalog?.models ?? []) strictEqual(provider.catalog?.resolve(id), id)
      },
    },
    {
      name: 'counts tokens, more for more, where it counts them',
      async run(bench) {
        const { provider } = bench
        if (provider.countTokens === undefined) return
        const request = requestFor(bench, conversation)
        const longer = { ...request, system: [{ type: 'text', text: 'Be brief. '.repeat(100) } as const] }
        const counts: number[] = []
        for (const each of [request, longer]) counts.push(await provider.countTokens(each, attemptFor(bench, each) as never))
        const [few = 0, many = 0] = counts
        ok(Number.isSafeInteger(few) && few > 0 && many > few, `${few}, then ${many}`)
      },
    },
    {
      name: 'reads quotas as numbers, where it reads them',
      async run({ provider, http, accounts: [account] }) {
        const quota = await provider.quota?.(account as never, http)
        for (const { name, used, limit, unit } of quota?.buckets ?? []) {
          notStrictEqual(name, '')
          notStrictEqual(unit, '')
          ok(used >= 0 && limit >= 0, `${name}: ${used} of ${limit}`)
        }
      },
    },
  ]
}

function checkLanes({ provider, accounts, secrets }: OpenBench): void {
  for (const account of accounts) {
    const lanes = provider.lanes?.(account as never)
    if (lanes === undefined) continue
    ok(lanes.length > 0, 'there is none')
    strictEqual(new Set(lanes.map(({ id }) => id)).size, lanes.length, 'two have one id')
    for (const { id, origin } of lanes) {
      notStrictEqual(id, '')
      strictEqual(new URL(origin).origin, origin)
      checkSecrecy(`${id} ${origin}`, secrets, 'a lane')
    }
    const again = provider.lanes?.(account as never) ?? []
    deepStrictEqual(
      again.map(({ id }) => id),
      lanes.map(({ id }) => id),
    )
  }
}

function checkCards(cards: readonly ModelCard[]): void {
  const ids = cards.map(({ id }) => id)
  strictEqual(new Set(ids).size, ids.length, 'one model is listed twice')
  for (const { id, input, limits = {}, aliases = [], rate } of cards) {
    ok(/^\S+$/.test(id), `"${id}" is no id`)
    ok(input.includes('text'), `${id} takes no text`)
    for (const [name, limit] of Object.entries(limits)) ok(Number.isSafeInteger(limit) && limit > 0, `${id}: ${name} is ${limit}`)
    for (const alias of aliases) ok(/^\S+$/.test(alias) && alias !== id, `${id} goes by "${alias}" too`)
    ok(rate === undefined || rate.multiplier >= 0, `${id} costs ${rate?.multiplier}`)
  }
}

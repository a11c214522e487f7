import { type Account, GatewayError, type HttpClient, type ModelCard } from '../../core/index.ts'
import type { AnthropicCredential } from './credential.ts'
import { baseOf, urlOf } from './endpoints.ts'
import { classifyAnthropicFailure } from './faults.ts'
import { type HeaderOptions, headersFor } from './headers.ts'
import { cardOf, knownModel } from './known-models.ts'
import { countOf, type Fields, fieldsOf, isFields, listOf, parseJson, textOf } from './untrusted.ts'

const PAGE_SIZE = 1000
const MAX_PAGES = 10

export interface ListCaller {
  readonly account: Account<AnthropicCredential>
  readonly http: HttpClient
  readonly options: HeaderOptions
  /** Wall clock, for dates in `Retry-After`. */
  readonly now: number
}

/** The models that an account's key may use; none where its API has no list (`providers.md` §7.1). */
export async function listModels(caller: ListCaller): Promise<readonly ModelCard[]> {
  const found = new Map<string, ModelCard>()
  let after: string | undefined
  for (let page = 0; page < MAX_PAGES; page++) {
    const body = await readPage(caller, after)
    if (body === undefined) return []
    for (const entry of listOf(body.data)) {
      const card = readCard(fieldsOf(entry))
      if (card !== undefined) found.set(card.id, card)
    }
    const last = textOf(body.last_id)
    if (body.has_more !== true || last === undefined || last === after) break
    after = last
  }
  return [...found.values()]
}

async function readPage({ account, http, options, now }: ListCaller, after: string | undefined): Promise<Fields | undefined> {
  const query = `limit=${PAGE_SIZE}${after === undefined ? '' : `&after_id=${encodeURIComponent(after)}`}`
  const { status, headers, body } = await http.send(
    {
      method: 'GET',
      url: `${urlOf(baseOf(account.credential, options.baseUrl), '/v1/models')}?${query}`,
      headers: headersFor({ account }, options),
    },
    { maxBytes: 8 * 1024 * 1024 },
  )
  const text = body.toString('utf8')
  // Several APIs of this wire serve messages and nothing else.
  if (status === 404 || status === 405) return undefined
  if (status !== 200) throw classifyAnthropicFailure({ status, headers, body: text, requestBytes: 0 }, now)
  const page = parseJson(text)
  if (!isFields(page))
    throw new GatewayError(
      'upstream_nonsense',
      `the list of models of ${new URL(baseOf(account.credential, options.baseUrl)).host} is no JSON object; check baseUrl`,
    )
  return page
}

/** Relays list models in the shape of another vendor's API: an id is all that is needed. */
function readCard(entry: Fields): ModelCard | undefined {
  const id = textOf(entry.id)
  if (id === undefined) return undefined
  const known = knownModel(id)
  const name = textOf(entry.display_name) ?? known?.name
  const inputTokens = positive(entry.max_input_tokens) ?? positive(entry.context_length) ?? known?.limits?.inputTokens
  const outputTokens = positive(entry.max_tokens) ?? known?.limits?.outputTokens
  const createdAt = dateOf(entry)
  return cardOf({
    id,
    ...(name === undefined ? {} : { name }),
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
    ...(createdAt === undefined ? {} : { createdAt }),
  })
}

/** A date, or seconds since 1970 where the list has the shape of another vendor's. */
function dateOf({ created_at, created }: Fields): number | undefined {
  const time = typeof created_at === 'string' ? Date.parse(created_at) : typeof created === 'number' ? created * 1_000 : 0
  return time > 0 && time < 4e12 ? time : undefined
}

function positive(value: unknown): number | undefined {
  const count = countOf(value)
  return count !== undefined && count > 0 ? count : undefined
}

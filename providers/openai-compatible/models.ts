import { type Account, GatewayError, type HttpClient, type InputKind, type ModelCard, type StaticCatalog, type UpstreamFailure } from '../../core/index.ts'
import { isRecord, type Json } from './content.ts'
import type { OpenaiCompatibleCredential } from './credential.ts'
import { endpoint } from './endpoints.ts'
import { accountHeaders } from './identity.ts'
import type { ModelOption } from './options.ts'

/** Lists of relays have a thousand models with a description each. */
const MAX_BYTES = 16 * 1024 * 1024
/** Lists hold everything that is for sale; these do not chat. */
const NO_CHAT = /embed|whisper|tts-|dall-e|moderation|rerank|(?:^|\/)(?:text-to|speech)|realtime/i
/** Where the different servers say how much a model takes (`providers.md` §6.1). */
const INPUT_LIMITS = ['context_length', 'context_window', 'max_model_len', 'max_context_length', 'max_input_tokens', 'input_token_limit']
const OUTPUT_LIMITS = ['max_completion_tokens', 'max_output_tokens', 'output_token_limit']

export interface ModelsCall {
  readonly account: Account<OpenaiCompatibleCredential>
  readonly http: HttpClient
  readonly baseUrl: string
  readonly headers: Readonly<Record<string, string>>
  readonly classify: (failure: UpstreamFailure) => GatewayError
}

/** The models that `GET /models` lists; none where the server has no such list. */
export async function listModels({ account, http, baseUrl, headers, classify }: ModelsCall): Promise<readonly ModelCard[]> {
  const request = {
    method: 'GET',
    url: endpoint(baseUrl, 'models'),
    headers: { accept: 'application/json', ...accountHeaders(account.credential, headers) },
  } as const
  const { status, headers: told, body } = await http.send(request, { maxBytes: MAX_BYTES })
  if (status === 404 || status === 405 || status === 501) return []
  const text = body.toString('utf8')
  if (status !== 200) throw classify({ status, headers: told, body: text.slice(0, 65_536), requestBytes: 0 })
  return readModels(text)
}

/** A list in any of its shapes: `data`, `models`, or bare. */
export function readModels(text: string): readonly ModelCard[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new GatewayError('upstream_nonsense', "the upstream's list of models is no JSON; check its base URL")
  }
  const list = Array.isArray(value) ? value : isRecord(value) ? (value['data'] ?? value['models']) : undefined
  if (!Array.isArray(list)) throw new GatewayError('upstream_nonsense', "the upstream's list of models has no shape that is known; check its base URL")
  return (list as readonly unknown[]).flatMap(entry => cardOf(isRecord(entry) ? entry : { id: entry }))
}

function cardOf(entry: Json): readonly ModelCard[] {
  const id = text(entry['id']) ?? text(entry['name']) ?? text(entry['model'])
  if (id === undefined || NO_CHAT.test(id)) return []
  const name = text(entry['display_name']) ?? (text(entry['id']) === undefined ? undefined : text(entry['name']))
  const provider = isRecord(entry['top_provider']) ? entry['top_provider'] : {}
  const inputTokens = first([entry, provider], INPUT_LIMITS)
  const outputTokens = first([entry, provider], OUTPUT_LIMITS)
  const supported = entry['supported_parameters']
  const createdAt = dateOf(entry['created'])
  const has = (...parameters: readonly string[]) => !Array.isArray(supported) || parameters.some(parameter => supported.includes(parameter))
  return [
    {
      id,
      ...(name === undefined ? {} : { name }),
      ...(createdAt === undefined ? {} : { createdAt }),
      input: inputOf(entry),
      features: [...(has('tools') ? (['tools'] as const) : []), ...(has('reasoning', 'reasoning_effort', 'include_reasoning') ? (['reasoning'] as const) : [])],
      ...limits(inputTokens, outputTokens),
    },
  ]
}

/** Seconds since 1970; many servers write a zero or nonsense. */
function dateOf(created: unknown): number | undefined {
  return typeof created === 'number' && created > 0 && created < 4_000_000_000 ? Math.floor(created) * 1_000 : undefined
}

/** Few lists tell; where one does not, the model may take what the API has. */
function inputOf({ architecture }: Json): readonly InputKind[] {
  const told = isRecord(architecture) ? architecture['input_modalities'] : undefined
  if (!Array.isArray(told)) return ['text', 'image']
  return ['text', ...(told.includes('image') ? (['image'] as const) : []), ...(told.includes('file') ? (['document'] as const) : [])]
}

/** Those that the configuration names. */
export function configuredCards(models: readonly ModelOption[]): readonly ModelCard[] {
  return models.map(model => {
    if (typeof model === 'string') return { id: model, input: ['text', 'image'], features: ['tools', 'reasoning'] }
    const { id, name, aliases, inputTokens, outputTokens, images = true, reasoning = true } = model
    return {
      id,
      ...(name === undefined ? {} : { name }),
      ...(aliases === undefined ? {} : { aliases }),
      input: images ? ['text', 'image'] : ['text'],
      features: reasoning ? ['tools', 'reasoning'] : ['tools'],
      ...limits(inputTokens, outputTokens),
    }
  })
}

/** What the configuration says of a model holds against the list. */
export function mergeCards(listed: readonly ModelCard[], configured: readonly ModelCard[]): readonly ModelCard[] {
  return [...new Map([...listed, ...configured].map(card => [card.id, card])).values()]
}

/** The configured names, which hold without asking anybody; undefined without any, so that every name is handed on until a list is known. */
export function staticCatalog(cards: readonly ModelCard[]): StaticCatalog | undefined {
  if (cards.length === 0) return undefined
  const ids = new Map(cards.flatMap(({ id, aliases = [] }) => [id, ...aliases].map(name => [name, id] as const)))
  return { models: cards, resolve: name => ids.get(name) }
}

function limits(inputTokens: number | undefined, outputTokens: number | undefined): Pick<ModelCard, 'limits'> {
  if (inputTokens === undefined && outputTokens === undefined) return {}
  return { limits: { ...(inputTokens === undefined ? {} : { inputTokens }), ...(outputTokens === undefined ? {} : { outputTokens }) } }
}

function first(sources: readonly Json[], names: readonly string[]): number | undefined {
  return sources
    .flatMap(source => names.map(name => source[name]))
    .find((value): value is number => typeof value === 'number' && Number.isInteger(value) && value > 0)
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

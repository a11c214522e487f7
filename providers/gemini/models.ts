import { GatewayError, type HttpClient, type ModelCard } from '../../core/index.ts'
import type { GeminiCredential } from './credential.ts'
import { headersFor, modelsUrl } from './endpoints.ts'
import { classifyGeminiFailure } from './faults.ts'
import type { GeminiOptions } from './options.ts'
import { cardOf } from './static-models.ts'
import { countOf, type Fields, fieldsOf, listOf, parseJson, textOf } from './untrusted.ts'

const MAX_PAGES = 20
const MAX_BYTES = 8 * 1024 * 1024

interface Asking {
  readonly credential: GeminiCredential
  readonly http: HttpClient
  readonly options: Pick<GeminiOptions, 'apiUrl' | 'apiVersion'>
  /** Wall clock. */
  readonly now: number
}

/** The models that a key can be asked for answers with, with their limits. */
export async function listModels(asking: Asking): Promise<readonly ModelCard[]> {
  const found = new Map<string, ModelCard>()
  let pageToken: string | undefined
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await readPage(asking, pageToken)
    for (const entry of listOf(answer['models'])) {
      const card = listedCard(entry)
      if (card !== undefined) found.set(card.id, card)
    }
    pageToken = textOf(answer['nextPageToken'])
    if (pageToken === undefined) break
  }
  return [...found.values()]
}

async function readPage({ credential, http, options, now }: Asking, pageToken: string | undefined): Promise<Fields> {
  const request = { method: 'GET', url: modelsUrl(credential, options, pageToken), headers: headersFor(credential) } as const
  const { status, headers, body } = await http.send(request, { maxBytes: MAX_BYTES })
  const text = body.toString('utf8')
  if (status !== 200) throw classifyGeminiFailure({ status, headers, body: text, requestBytes: 0 }, now)
  const answer = fieldsOf(parseJson(text))
  if (!Array.isArray(answer['models']))
    throw new GatewayError('upstream_nonsense', 'the list of Gemini models is no list; name the models in the configuration (models)')
  return answer
}

function listedCard(entry: Fields): ModelCard | undefined {
  const id = textOf(entry['name'])?.replace(/^models\//, '')
  const methods = entry['supportedGenerationMethods']
  if (id === undefined || (Array.isArray(methods) && !methods.includes('generateContent'))) return undefined
  const inputTokens = countOf(entry['inputTokenLimit'])
  const outputTokens = countOf(entry['outputTokenLimit'])
  const name = textOf(entry['displayName'])
  const description = textOf(entry['description'])
  const card = cardOf(id)
  const thinks = entry['thinking'] === true && !card.features.includes('reasoning')
  return {
    ...card,
    ...(thinks ? { features: [...card.features, 'reasoning'] } : {}),
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    limits: { ...(inputTokens === undefined ? {} : { inputTokens }), ...(outputTokens === undefined ? {} : { outputTokens }) },
  }
}

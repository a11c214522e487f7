import type { Feature, InputKind, ModelCard, ReasoningEffort } from '../../core/index.ts'
import { askControlPlane, type ControlCaller, firstAnswer } from './control-plane.ts'
import { type ControlHost, controlHosts } from './endpoints.ts'
import { profileArnForControl, profileArnOf } from './profile-arn.ts'
import { apiRegion } from './regions.ts'
import { KNOWN_MODELS, reasonsByTags } from './static-models.ts'
import { type Fields, isFields, listOf, numberOf, textOf } from './untrusted.ts'

const MAX_PAGES = 10
const INPUT_KINDS: Readonly<Record<string, InputKind>> = { TEXT: 'text', IMAGE: 'image', DOCUMENT: 'document' }
const EFFORTS: readonly ReasoningEffort[] = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max']

/** A model with what its card has no word for. */
export interface ListedModel {
  readonly card: ModelCard
  /** Names that its schema lists for `additionalModelRequestFields`; none: it takes no such fields. */
  readonly fields: readonly string[]
}

/** The models of one account, as its plan and region have them (`kiro.md` §1.4). */
export async function listModels(caller: ControlCaller): Promise<readonly ListedModel[]> {
  const region = apiRegion(caller.account.credential, profileArnOf(caller.account), caller.options)
  const profileArn = profileArnForControl(caller.account)
  const hosts = controlHosts(region, caller.options)
  // Accounts whose profile is refused here have lists all the same (`kiro.md` trap 41).
  const questions = [...hosts.map(host => ({ host, profileArn })), ...(profileArn === undefined ? [] : hosts.map(host => ({ host, profileArn: undefined })))]
  const pages = await firstAnswer(questions, question => readPages(question, caller))
  const found = new Map<string, ListedModel>()
  for (const page of pages) {
    for (const entry of listOf(page.models)) {
      const model = listedModel(entry)
      if (model !== undefined) found.set(model.card.id, model)
    }
  }
  return [...found.values()]
}

interface Question {
  readonly host: ControlHost
  readonly profileArn: string | undefined
}

async function readPages({ host: { form, origin }, profileArn }: Question, caller: ControlCaller): Promise<readonly Fields[]> {
  const pages: Fields[] = []
  let nextToken: string | undefined
  do {
    const page = await askControlPlane(
      {
        origin,
        path: form === 'rest' ? '/ListAvailableModels' : '/List-Available-Models',
        query: {
          origin: form === 'rest' ? 'AI_EDITOR' : 'KIRO_CLI',
          maxResults: form === 'rest' ? '50' : undefined,
          profileArn,
          nextToken,
        },
      },
      caller,
    )
    pages.push(page)
    nextToken = textOf(page.nextToken)
  } while (nextToken !== undefined && pages.length < MAX_PAGES)
  return pages
}

function listedModel(entry: Fields): ListedModel | undefined {
  const id = textOf(entry.modelId)
  if (id === undefined) return undefined
  const known = KNOWN_MODELS.get(id)
  const properties = schemaProperties(entry.additionalModelRequestFieldsSchema)
  const fields = Object.keys(properties)
  const efforts = effortsOf(properties)
  const name = textOf(entry.modelName) ?? textOf(entry.displayName) ?? known?.name
  const description = textOf(entry.description)
  const multiplier = numberOf(entry.rateMultiplier)
  const card: ModelCard = {
    id,
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    input: inputOf(entry.supportedInputTypes) ?? known?.input ?? ['text'],
    features: featuresOf(entry, fields),
    limits: limitsOf(entry.tokenLimits, known),
    ...(efforts.length === 0 ? {} : { efforts }),
    ...(known?.aliases === undefined ? {} : { aliases: known.aliases }),
    ...(multiplier === undefined ? {} : { rate: { multiplier, unit: textOf(entry.rateUnit) ?? 'credit' } }),
  }
  return { card, fields }
}

function inputOf(types: unknown): readonly InputKind[] | undefined {
  if (!Array.isArray(types)) return undefined
  const kinds = types.flatMap(type => (typeof type === 'string' ? (INPUT_KINDS[type.toUpperCase()] ?? []) : []))
  return kinds.length === 0 ? undefined : [...new Set(kinds)]
}

function featuresOf(entry: Fields, fields: readonly string[]): readonly Feature[] {
  const id = textOf(entry.modelId) ?? ''
  const reasons = reasonsByTags(id) || fields.some(field => field === 'output_config' || field === 'reasoning' || field === 'thinking')
  const caches = isFields(entry.promptCaching) && entry.promptCaching.supportsPromptCaching === true
  return ['tools', ...(reasons ? (['reasoning'] as const) : []), ...(caches ? (['caching'] as const) : [])]
}

function limitsOf(limits: unknown, known: ModelCard | undefined): NonNullable<ModelCard['limits']> {
  const given = isFields(limits) ? limits : {}
  const inputTokens = positive(given.maxInputTokens) ?? known?.limits?.inputTokens
  const outputTokens = positive(given.maxOutputTokens)
  return { ...(inputTokens === undefined ? {} : { inputTokens }), ...(outputTokens === undefined ? {} : { outputTokens }) }
}

function schemaProperties(schema: unknown): Fields {
  return isFields(schema) && isFields(schema.properties) ? schema.properties : {}
}

/** `output_config.effort` for Claude, `reasoning.effort` for GPT. */
function effortsOf(properties: Fields): readonly ReasoningEffort[] {
  const words = ['output_config', 'reasoning'].flatMap(field => {
    const effort = schemaProperties(properties[field]).effort
    return isFields(effort) && Array.isArray(effort.enum) ? effort.enum : []
  })
  return EFFORTS.filter(effort => words.includes(effort))
}

function positive(value: unknown): number | undefined {
  const number = numberOf(value)
  return number !== undefined && number > 0 ? number : undefined
}

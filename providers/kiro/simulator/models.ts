import type { AccountPlan } from './accounts.ts'
import type { JsonObject } from './json.ts'

/** A model of the imitated service (`kiro.md` §1.4, §5.9, §5.13). */
export interface SimulatedModel {
  readonly modelId: string
  readonly modelName: string
  readonly contextWindow: number
  readonly maxOutputTokens: number
  readonly rateMultiplier: number
  readonly images: boolean
  /** Which reasoning field the model takes; absent: it refuses `additionalModelRequestFields`. */
  readonly reasoning?: { readonly field: 'output_config' | 'reasoning'; readonly efforts: readonly string[] }
  /** Not offered on the free plan. */
  readonly paid?: true
  /** Offered in one region only. */
  readonly region?: string
  /** Accepted, but no longer in the list. */
  readonly unlisted?: true
}

const EFFORTS = ['low', 'medium', 'high', 'max']
const MORE_EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max']
const adaptive = { field: 'output_config', efforts: EFFORTS } as const
const adaptiveMore = { field: 'output_config', efforts: MORE_EFFORTS } as const
const reasoning = { field: 'reasoning', efforts: ['low', 'medium', 'high', 'xhigh'] } as const

const SMALL = 200_000
const LARGE = 1_000_000

export const MODELS: readonly SimulatedModel[] = [
  model('auto', 'Auto', { contextWindow: LARGE, rateMultiplier: 1 }),
  model('claude-sonnet-4', 'Claude Sonnet 4', { contextWindow: SMALL, rateMultiplier: 1.3 }),
  model('claude-sonnet-4.5', 'Claude Sonnet 4.5', { contextWindow: SMALL, rateMultiplier: 1.3 }),
  model('claude-haiku-4.5', 'Claude Haiku 4.5', { contextWindow: SMALL, rateMultiplier: 0.4 }),
  model('claude-opus-4.5', 'Claude Opus 4.5', { contextWindow: SMALL, rateMultiplier: 2.2, paid: true }),
  model('claude-opus-4.6', 'Claude Opus 4.6', { contextWindow: LARGE, rateMultiplier: 2.2, paid: true, reasoning: adaptive }),
  model('claude-opus-4.7', 'Claude Opus 4.7', { contextWindow: LARGE, rateMultiplier: 2.2, paid: true, reasoning: adaptiveMore }),
  model('claude-opus-4.8', 'Claude Opus 4.8', { contextWindow: LARGE, rateMultiplier: 2.2, paid: true, reasoning: adaptiveMore }),
  model('claude-sonnet-4.6', 'Claude Sonnet 4.6', { contextWindow: LARGE, rateMultiplier: 1.3, reasoning: adaptive }),
  model('claude-sonnet-5', 'Claude Sonnet 5', { contextWindow: LARGE, rateMultiplier: 1.3, reasoning: adaptiveMore }),
  model('claude-opus-5', 'Claude Opus 5', { contextWindow: LARGE, rateMultiplier: 2.2, paid: true, reasoning: adaptiveMore }),
  model('claude-fable-5', 'Claude Fable 5', { contextWindow: LARGE, rateMultiplier: 3, paid: true, reasoning: adaptiveMore }),
  model('gpt-5.6-sol', 'GPT-5.6 Sol', { contextWindow: 272_000, rateMultiplier: 2, paid: true, reasoning }),
  model('gpt-5.6-terra', 'GPT-5.6 Terra', { contextWindow: 272_000, rateMultiplier: 1.2, reasoning }),
  model('gpt-5.6-luna', 'GPT-5.6 Luna', { contextWindow: 272_000, rateMultiplier: 0.5, reasoning }),
  model('deepseek-3.2', 'DeepSeek 3.2', { contextWindow: 128_000, rateMultiplier: 0.25, images: false }),
  model('glm-5', 'GLM 5', { contextWindow: SMALL, rateMultiplier: 0.5, images: false, region: 'us-east-1' }),
  model('minimax-m2.1', 'MiniMax M2.1', { contextWindow: 196_000, rateMultiplier: 0.15, images: false }),
  model('minimax-m2.5', 'MiniMax M2.5', { contextWindow: 196_000, rateMultiplier: 0.25, images: false }),
  model('qwen3-coder-next', 'Qwen3 Coder Next', { contextWindow: 256_000, rateMultiplier: 0.05, images: false }),
  model('CLAUDE_SONNET_4_20250514_V1_0', 'Claude Sonnet 4', { contextWindow: SMALL, rateMultiplier: 1.3, unlisted: true }),
  model('CLAUDE_SONNET_4_5_20250929_V1_0', 'Claude Sonnet 4.5', { contextWindow: SMALL, rateMultiplier: 1.3, unlisted: true }),
]

const byId = new Map(MODELS.map(each => [each.modelId, each]))

/** The model a request names; without a name the service chooses. */
export function findModel(modelId: string | undefined): SimulatedModel | undefined {
  return byId.get(modelId ?? 'auto')
}

/** Whether an account of this plan may use the model in this region. */
export function isOffered(each: SimulatedModel, plan: AccountPlan, region: string): boolean {
  return !(each.paid === true && plan === 'free') && (each.region === undefined || each.region === region)
}

/** One entry of ListAvailableModels. */
export function modelEntry(each: SimulatedModel, contextWindow = each.contextWindow): JsonObject {
  return {
    modelId: each.modelId,
    modelName: each.modelName,
    description: `${each.modelName}, simulated`,
    rateMultiplier: each.rateMultiplier,
    rateUnit: 'credit',
    supportedInputTypes: each.images ? ['TEXT', 'IMAGE'] : ['TEXT'],
    tokenLimits: { maxInputTokens: contextWindow, maxOutputTokens: each.maxOutputTokens },
    promptCaching: { supportsPromptCaching: true, minimumTokensPerCacheCheckpoint: 1024, maximumCacheCheckpointsPerRequest: 4 },
    additionalModelRequestFieldsSchema: each.reasoning === undefined ? null : fieldsSchema(each.reasoning),
  }
}

function fieldsSchema({ field, efforts }: NonNullable<SimulatedModel['reasoning']>): JsonObject {
  const effort = { type: 'object', properties: { effort: { type: 'string', enum: efforts } } }
  if (field === 'reasoning') return { type: 'object', properties: { reasoning: effort } }
  const thinking = { type: 'object', properties: { type: { enum: ['adaptive'] }, display: { enum: ['summarized'] } } }
  return { type: 'object', properties: { output_config: effort, thinking } }
}

type Particulars = Pick<SimulatedModel, 'contextWindow' | 'rateMultiplier'> & Partial<SimulatedModel>

function model(modelId: string, modelName: string, particulars: Particulars): SimulatedModel {
  return { modelId, modelName, maxOutputTokens: 65_536, images: true, ...particulars }
}

import type { ModelCard, StaticCatalog } from '../../core/index.ts'
import { effortsOf, thinkingOf } from './thinking.ts'

/** What text models take and give (`providers.md` §1.6). */
const LIMITS = { inputTokens: 1_048_576, outputTokens: 65_536 }

/** The models of one day, for the time before a list has been read. */
const KNOWN: readonly Pick<ModelCard, 'id' | 'name' | 'limits' | 'aliases'>[] = [
  { id: 'gemini-2.5-pro', name: 'Gemini 2.5 Pro' },
  { id: 'gemini-2.5-flash', name: 'Gemini 2.5 Flash' },
  { id: 'gemini-2.5-flash-lite', name: 'Gemini 2.5 Flash-Lite' },
  { id: 'gemini-3-pro-preview', name: 'Gemini 3 Pro Preview', aliases: ['gemini-3-pro'] },
  { id: 'gemini-3.1-pro-preview', name: 'Gemini 3.1 Pro Preview', aliases: ['gemini-3.1-pro'] },
  { id: 'gemini-3-flash-preview', name: 'Gemini 3 Flash Preview', aliases: ['gemini-3-flash'] },
  { id: 'gemini-3.1-flash-lite-preview', name: 'Gemini 3.1 Flash-Lite Preview', aliases: ['gemini-3.1-flash-lite'] },
  { id: 'gemini-3.5-flash', name: 'Gemini 3.5 Flash' },
  { id: 'gemini-3.5-flash-lite', name: 'Gemini 3.5 Flash-Lite' },
  { id: 'gemini-3.6-flash', name: 'Gemini 3.6 Flash' },
  { id: 'gemini-3.7-flash', name: 'Gemini 3.7 Flash' },
  { id: 'gemini-pro-latest', name: 'Gemini Pro, latest' },
  { id: 'gemini-flash-latest', name: 'Gemini Flash, latest' },
  { id: 'gemini-flash-lite-latest', name: 'Gemini Flash-Lite, latest' },
]

const NAMES: ReadonlyMap<string, string> = new Map(KNOWN.flatMap(({ id, aliases = [] }) => [id, ...aliases].map(name => [name, id] as const)))

/** Clients choose the name: nothing longer can be a model's. */
const MAX_LENGTH = 256
const SUFFIX = /(?:\[1m\])+$/i
/** Families that the API serves, so that it can be asked although no list names the model. */
const FAMILY = /^(?:gemini|gemma|learnlm)-[\w.:-]+$|^tunedModels\/[\w.-]+$/

/** A card from all that is known of a model by its name. */
export function cardOf(id: string, told: Partial<ModelCard> = {}): ModelCard {
  const gemini = id.startsWith('gemini-')
  const efforts = effortsOf(id)
  const aliases = KNOWN.find(model => model.id === id)?.aliases
  return {
    id,
    input: gemini ? ['text', 'image', 'document'] : ['text'],
    features: [...(gemini ? (['tools', 'caching'] as const) : []), ...(thinkingOf(id) === undefined ? [] : (['reasoning'] as const))],
    ...(efforts.length === 0 ? {} : { efforts }),
    ...(aliases === undefined ? {} : { aliases }),
    ...told,
  }
}

/** The names that hold without asking. @param offered the only models, where the configuration names them */
export function staticCatalog(offered: readonly string[] | undefined): StaticCatalog {
  if (offered !== undefined) {
    const models = offered.map(id => cardOf(id, KNOWN.find(model => model.id === id) ?? {}))
    return { models, resolve: name => offered.find(id => id === bare(name)) }
  }
  const models = KNOWN.map(({ id, name = id, limits = LIMITS }) => cardOf(id, { name, limits }))
  return {
    models,
    resolve: name => {
      if (name.length > MAX_LENGTH) return undefined
      const plain = bare(name)
      return NAMES.get(plain) ?? (FAMILY.test(plain) ? plain : undefined)
    },
  }
}

/** Without what clients put around an id: the API's own folder, a mark for a large window. */
function bare(name: string): string {
  return name
    .trim()
    .replace(/^models\//, '')
    .replace(SUFFIX, '')
}

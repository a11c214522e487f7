import type { Plugin, ProviderEntry } from '../core/index.ts'
import { debugCapture, fetchMedia, modelMap, requestLog, retry } from '../plugins/index.ts'
import { kiro } from '../providers/kiro/index.ts'

type Make<T> = (options?: never) => T

/** What `{ "use": NAME }` may name without a package or a path. The one list of providers and plugins that ship. */
export const builtinPlugins: Readonly<Record<string, () => Make<Plugin>>> = {
  'debug-capture': () => debugCapture,
  'fetch-media': () => fetchMedia,
  'model-map': () => modelMap,
  'request-log': () => requestLog,
  retry: () => retry,
}

/** Loaded when a configuration names them: most gateways need one or two. */
export const builtinProviders: Readonly<Record<string, () => Make<ProviderEntry> | Promise<Make<ProviderEntry>>>> = {
  'anthropic-compatible': async () => (await import('../providers/anthropic-compatible/index.ts')).anthropicCompatible,
  gemini: async () => (await import('../providers/gemini/index.ts')).gemini,
  kiro: () => kiro,
  'openai-compatible': async () => (await import('../providers/openai-compatible/index.ts')).openaiCompatible,
}

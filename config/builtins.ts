import type { Plugin, ProviderEntry } from '../core/index.ts'
import { debugCapture, fetchMedia, modelMap, requestLog, retry } from '../plugins/index.ts'
import { anthropicCompatible } from '../providers/anthropic-compatible/index.ts'
import { gemini } from '../providers/gemini/index.ts'
import { kiro } from '../providers/kiro/index.ts'
import { openaiCompatible } from '../providers/openai-compatible/index.ts'

/** What `{ "use": NAME }` may name without a package or a path. The one list of providers and plugins that ship. */
export const builtinPlugins: Readonly<Record<string, (options?: never) => Plugin>> = {
  'debug-capture': debugCapture,
  'fetch-media': fetchMedia,
  'model-map': modelMap,
  'request-log': requestLog,
  retry,
}

export const builtinProviders: Readonly<Record<string, (options?: never) => ProviderEntry>> = { 'anthropic-compatible': anthropicCompatible, gemini, kiro, 'openai-compatible': openaiCompatible }

import type { Usage } from '../../core/index.ts'
import { countOf, type Fields } from './untrusted.ts'

/** `usageMetadata` in the hub's words (`providers.md` §12.2): thoughts count as output there, and tool prompts as input. */
export function readUsage(told: Fields): Usage {
  const prompt = countOf(told['promptTokenCount'])
  const toolPrompt = countOf(told['toolUsePromptTokenCount']) ?? 0
  const cached = countOf(told['cachedContentTokenCount'])
  const candidates = countOf(told['candidatesTokenCount'])
  const reasoning = countOf(told['thoughtsTokenCount'])
  return {
    ...(prompt === undefined ? {} : { input: prompt + toolPrompt }),
    ...(candidates === undefined && reasoning === undefined ? {} : { output: (candidates ?? 0) + (reasoning ?? 0) }),
    ...(cached === undefined ? {} : { cacheRead: Math.min(cached, prompt ?? cached) }),
    ...(reasoning === undefined ? {} : { reasoning }),
  }
}

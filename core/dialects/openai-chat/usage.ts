import type { Usage } from '../../model/event.ts'

/**
 * Clients add the three counts up, so they are always there; the details only if known (`providers.md` §12.2).
 * Here the prompt includes what was cached and the completion what was only thought.
 */
export function usageOf({ input = 0, output = 0, cacheRead, reasoning }: Usage): Record<string, unknown> {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    ...(cacheRead === undefined ? {} : { prompt_tokens_details: { cached_tokens: Math.min(cacheRead, input) } }),
    ...(reasoning === undefined ? {} : { completion_tokens_details: { reasoning_tokens: Math.min(reasoning, output) } }),
  }
}

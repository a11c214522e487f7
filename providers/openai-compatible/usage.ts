import type { Usage } from '../../core/index.ts'
import { isRecord, type Json } from './content.ts'

/** Token counts as these upstreams tell them (`providers.md` §12.2); what is not told is absent. */
export function readUsage(told: Json): Usage {
  const prompt = isRecord(told['prompt_tokens_details']) ? told['prompt_tokens_details'] : {}
  const completion = isRecord(told['completion_tokens_details']) ? told['completion_tokens_details'] : {}
  const input = count(told['prompt_tokens'])
  const cacheRead = count(prompt['cached_tokens']) ?? count(told['prompt_cache_hit_tokens'])
  const cacheWrite = count(prompt['cache_creation_input_tokens']) ?? count(prompt['cache_write_tokens'])
  const reasoning = count(completion['reasoning_tokens'])
  const output = outputOf(told, { input, reasoning })
  const cost = count(told['cost'])
  const most = (value: number) => Math.min(value, input ?? value)
  return {
    ...(input === undefined ? {} : { input }),
    ...(output === undefined ? {} : { output }),
    ...(cacheRead === undefined ? {} : { cacheRead: most(cacheRead) }),
    ...(cacheWrite === undefined ? {} : { cacheWrite: Math.max(0, most(cacheWrite + (cacheRead ?? 0)) - most(cacheRead ?? 0)) }),
    ...(reasoning === undefined ? {} : { reasoning: Math.min(reasoning, output ?? reasoning) }),
    ...(cost === undefined ? {} : { cost: { amount: cost, unit: 'credit' } }),
  }
}

/** Some leave reasoning out of the completion; their total tells. */
function outputOf(told: Json, { input, reasoning }: { readonly input: number | undefined; readonly reasoning: number | undefined }): number | undefined {
  const output = count(told['completion_tokens'])
  const apart = output !== undefined && input !== undefined && reasoning !== undefined && count(told['total_tokens']) === input + output + reasoning
  return apart ? output + reasoning : output
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
}

/** A guess where the upstream tells nothing: about four bytes to a token. */
export function guessTokens(text: string): number {
  return Math.max(1, Math.ceil(Buffer.byteLength(text) / 4))
}

import type { GeminiSafetySetting } from '../../core/wire/gemini.ts'
import { type GeminiOptions, HARM_CATEGORIES } from './options.ts'

/** One threshold for all categories, or one by category, as the API writes them. */
export function safetySettings(safety: GeminiOptions['safety']): readonly GeminiSafetySetting[] {
  if (safety === undefined) return []
  return HARM_CATEGORIES.flatMap(category => {
    const threshold: string | undefined = typeof safety === 'string' ? safety : safety[category]
    return threshold === undefined ? [] : [{ category: `HARM_CATEGORY_${category}`, threshold }]
  })
}

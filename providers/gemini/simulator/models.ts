export interface SimulatedModel {
  readonly id: string
  readonly name: string
  readonly inputTokenLimit?: number
  readonly outputTokenLimit?: number
  /** Default: answers and counts. */
  readonly methods?: readonly string[]
}

/** One of each kind that is treated in its own way, and one that answers nothing. */
export const MODELS: readonly SimulatedModel[] = [
  { id: 'gemini-2.5-pro', name: 'Gemini 2.5 Pro' },
  { id: 'gemini-2.5-flash', name: 'Gemini 2.5 Flash' },
  { id: 'gemini-2.5-flash-lite', name: 'Gemini 2.5 Flash-Lite' },
  { id: 'gemini-3-pro-preview', name: 'Gemini 3 Pro Preview' },
  { id: 'gemini-3.1-pro-preview', name: 'Gemini 3.1 Pro Preview' },
  { id: 'gemini-3-flash-preview', name: 'Gemini 3 Flash Preview' },
  { id: 'gemini-3.7-flash', name: 'Gemini 3.7 Flash', outputTokenLimit: 8_192 },
  { id: 'gemini-embedding-001', name: 'Gemini Embedding', methods: ['embedContent'] },
]

import type { Quirks } from './quirks.ts'

/** A well-known service of this wire. */
export interface Vendor {
  readonly baseUrl: string
  /** Where its keys usually are. */
  readonly apiKeyVariable?: string
  /** It asks for no key. */
  readonly keyless?: true
  /** In what it differs from `PLAIN`. */
  readonly quirks: Partial<Quirks>
}

/** What `vendor` in a configuration stands for (`providers.md` §5.3, §6.2, §6.5): base URL and quirks, nothing else. */
export const VENDORS = {
  openai: {
    baseUrl: 'https://api.openai.com/v1',
    apiKeyVariable: 'OPENAI_API_KEY',
    quirks: {
      tokenLimit: 'max_completion_tokens',
      files: true,
      cacheKey: true,
      thinkTags: 'none',
      reasoningModels: {
        'o1*': ['low', 'medium', 'high'],
        'o3*': ['low', 'medium', 'high'],
        'o4*': ['low', 'medium', 'high'],
        'gpt-5*': ['minimal', 'low', 'medium', 'high', 'xhigh'],
        'gpt-5-chat*': [],
      },
    },
  },
  deepseek: {
    baseUrl: 'https://api.deepseek.com/v1',
    apiKeyVariable: 'DEEPSEEK_API_KEY',
    quirks: {
      tokenLimit: 'max_tokens',
      developerRole: false,
      images: false,
      parallelToolCalls: false,
      structuredOutput: 'json_object',
      reasoning: 'thinking',
      reasoningHistory: 'reasoning_content',
      thinkTags: 'none',
    },
  },
  openrouter: {
    baseUrl: 'https://openrouter.ai/api/v1',
    apiKeyVariable: 'OPENROUTER_API_KEY',
    quirks: {
      tokenLimit: 'max_tokens',
      topK: true,
      files: true,
      cacheMarks: true,
      reasoning: 'reasoning',
      reasoningHistory: 'reasoning_details',
      thinkTags: 'none',
    },
  },
  dashscope: {
    baseUrl: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
    apiKeyVariable: 'DASHSCOPE_API_KEY',
    quirks: {
      tokenLimit: 'max_tokens',
      developerRole: false,
      lateSystem: false,
      topK: true,
      cacheMarks: true,
      structuredOutput: 'json_object',
      reasoning: 'enable_thinking',
    },
  },
  vllm: { baseUrl: 'http://127.0.0.1:8000/v1', keyless: true, quirks: { tokenLimit: 'max_tokens', developerRole: false, topK: true } },
  ollama: {
    baseUrl: 'http://127.0.0.1:11434/v1',
    keyless: true,
    quirks: { tokenLimit: 'max_tokens', developerRole: false, parallelToolCalls: false, repair: true },
  },
} as const satisfies Readonly<Record<string, Vendor>>

export type VendorName = keyof typeof VENDORS

export const VENDOR_NAMES = Object.keys(VENDORS) as readonly VendorName[]

import type { ProviderName } from '../upstreams/simulated-upstream.ts'
import type { Way } from './cases.ts'
import type { DialectName } from './client.ts'

/** The rule by which the gateway reports what became of a wish, or what a refusal names: a request without it would be another one. */
export type Fate = string | { readonly refusal: string }

/** One wish that not every upstream can grant. */
export interface Wish {
  readonly name: string
  /** As each dialect says it; a dialect without a word for it is left out. */
  readonly fields: Partial<Record<DialectName, Readonly<Record<string, unknown>>>>
  /** By provider, or by one way to it; who is not named grants it. */
  readonly fates: Partial<Record<ProviderName | Way, Fate>>
}

const TOOL = { type: 'object', properties: { city: { type: 'string' } } }
const anthropicTools = [{ name: 'weather', description: 'Weather', input_schema: TOOL }]
const openaiTools = [{ type: 'function', function: { name: 'weather', description: 'Weather', parameters: TOOL } }]
const user = { role: 'user', content: 'Go on.' }

export const WISHES: readonly Wish[] = [
  { name: 'a temperature', fields: { anthropic: { temperature: 0.5 }, 'openai-chat': { temperature: 0.5 } }, fates: { kiro: 'sampling-settings' } },
  { name: 'a top_k', fields: { anthropic: { top_k: 5 } }, fates: { kiro: 'sampling-settings', 'openai-compatible': 'top-k' } },
  { name: 'stop sequences', fields: { anthropic: { stop_sequences: ['END'] }, 'openai-chat': { stop: ['END'] } }, fates: {} },
  {
    name: 'one tool call at a time',
    fields: {
      anthropic: { tools: anthropicTools, tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
      'openai-chat': { tools: openaiTools, parallel_tool_calls: false },
    },
    fates: { kiro: 'parallel-tool-calls', gemini: 'parallel-tool-calls' },
  },
  {
    name: 'a forced tool',
    fields: {
      anthropic: { tools: anthropicTools, tool_choice: { type: 'tool', name: 'weather' } },
      'openai-chat': { tools: openaiTools, tool_choice: { type: 'function', function: { name: 'weather' } } },
    },
    fates: { kiro: 'tool-choice' },
  },
  {
    name: 'an instruction in the middle of the conversation',
    fields: {
      anthropic: { messages: [user, { role: 'assistant', content: 'Yes?' }, { role: 'system', content: 'Be brave.' }, user] },
      'openai-chat': { messages: [user, { role: 'assistant', content: 'Yes?' }, { role: 'system', content: 'Be brave.' }, user] },
    },
    fates: { kiro: 'mid-conversation-system', 'openai-chat to anthropic-compatible': 'mid-conversation-system', gemini: 'system-messages' },
  },
  {
    name: 'marks for caching',
    fields: { anthropic: { system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }] } },
    fates: { 'openai-compatible': 'cache-marks', gemini: 'cache-markers' },
  },
  {
    name: 'a search that the vendor runs',
    fields: { anthropic: { tools: [{ type: 'web_search_20250305', name: 'web_search' }] } },
    fates: { kiro: 'hosted-tools', 'openai-compatible': 'hosted-tools', gemini: 'hosted-tools' },
  },
  {
    name: 'a PDF',
    fields: {
      anthropic: {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0xLjQKJSVFT0YK' } },
              { type: 'text', text: 'Go on.' },
            ],
          },
        ],
      },
    },
    fates: { kiro: { refusal: 'documents' }, 'openai-compatible': 'documents' },
  },
  {
    name: 'an answer that is begun for the model',
    fields: {
      anthropic: { messages: [user, { role: 'assistant', content: 'Well' }] },
      'openai-chat': { messages: [user, { role: 'assistant', content: 'Well' }] },
    },
    fates: {
      kiro: 'assistant-last',
      // Such a client's words go on as they are, and this model takes no beginning.
      'anthropic to anthropic-compatible': { refusal: 'prefill' },
      'openai-chat to anthropic-compatible': 'assistant-last',
      gemini: 'turn-order',
    },
  },
]

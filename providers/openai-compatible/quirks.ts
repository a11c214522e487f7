import { type Static, Type } from '../../core/index.ts'

const flag = (description: string) => Type.Optional(Type.Boolean({ description }))

/** In what an upstream differs from the others of its wire (`providers.md` §6.2, §6.5). All of it is data: nothing else knows a vendor. */
export const QuirkOptions = Type.Object(
  {
    tokenLimit: Type.Optional(
      Type.Enum(['either', 'max_tokens', 'max_completion_tokens'], { description: 'The field that limits the answer; `either`: both are understood' }),
    ),
    developerRole: flag('Whether it knows the role `developer`; else such messages go as `system`'),
    lateSystem: flag('Whether system messages may stand inside a conversation'),
    streamUsage: flag('Whether it knows `stream_options.include_usage`'),
    topK: flag('Whether it knows `top_k`'),
    images: flag('Whether it takes images'),
    files: flag('Whether it takes PDF files'),
    cacheMarks: flag("Whether it heeds Anthropic's `cache_control`"),
    cacheKey: flag('Whether it knows `prompt_cache_key`'),
    parallelToolCalls: flag('Whether it knows `parallel_tool_calls`'),
    structuredOutput: Type.Optional(
      Type.Enum(['json_schema', 'json_object', 'none'], {
        description: 'The most that it does about the form of an answer; the rest is asked for in the system prompt',
      }),
    ),
    reasoning: Type.Optional(
      Type.Enum(['reasoning_effort', 'thinking', 'enable_thinking', 'reasoning', 'none'], { description: 'The field that switches reasoning' }),
    ),
    reasoningHistory: Type.Optional(
      Type.Enum(['none', 'reasoning_content', 'reasoning_details'], { description: 'The field in which it wants earlier reasoning back' }),
    ),
    thinkTags: Type.Optional(
      Type.Enum(['none', 'leading', 'implied'], {
        description: '`leading`: reasoning may stand in <think> tags at the start of the text; `implied`: it does, and the opening tag is missing',
      }),
    ),
    reasoningModels: Type.Optional(
      Type.Record(Type.String({ minLength: 1 }), Type.Array(Type.Enum(['minimal', 'low', 'medium', 'high', 'xhigh', 'max'])), {
        description:
          'Which models reason, by patterns with at most one `*`, with the efforts that they take; such models take no `temperature` and `top_p`, and all others no effort. Empty: nothing is known of them',
      }),
    ),
    repair: flag('Whether its answers have defects that strict clients of this API break on; they are mended'),
    leaveOut: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { description: 'Fields of the body that it refuses' })),
  },
  { additionalProperties: false },
)

export type Quirks = Readonly<Required<Static<typeof QuirkOptions>>>

/** What holds of an upstream of which nothing is known. */
export const PLAIN: Quirks = {
  tokenLimit: 'either',
  developerRole: true,
  lateSystem: true,
  streamUsage: true,
  topK: false,
  images: true,
  files: false,
  cacheMarks: false,
  cacheKey: false,
  parallelToolCalls: true,
  structuredOutput: 'json_schema',
  reasoning: 'reasoning_effort',
  reasoningHistory: 'none',
  thinkTags: 'leading',
  reasoningModels: {},
  repair: false,
  leaveOut: [],
}

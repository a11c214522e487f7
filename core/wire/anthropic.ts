import { type Static, Type } from 'typebox'

/**
 * Anthropic's Messages API as its clients send it (`providers.md` §7.2). Unknown members are allowed everywhere:
 * clients are newer than any list of fields.
 */

const CacheControl = Type.Optional(Type.Union([Type.Null(), Type.Object({ type: Type.String(), ttl: Type.Optional(Type.Union([Type.String(), Type.Null()])) })]))

export const AnthropicText = Type.Object({ type: Type.Literal('text'), text: Type.String(), cache_control: CacheControl })

export const AnthropicSource = Type.Object({
  type: Type.String(),
  media_type: Type.Optional(Type.String()),
  data: Type.Optional(Type.String()),
  url: Type.Optional(Type.String()),
  file_id: Type.Optional(Type.String()),
  content: Type.Optional(Type.Unknown()),
})

export const AnthropicImage = Type.Object({ type: Type.Literal('image'), source: AnthropicSource, cache_control: CacheControl })

export const AnthropicDocument = Type.Object({
  type: Type.Literal('document'),
  source: AnthropicSource,
  title: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  cache_control: CacheControl,
})

export const AnthropicToolUse = Type.Object({
  type: Type.Literal('tool_use'),
  id: Type.String({ minLength: 1 }),
  name: Type.String({ minLength: 1 }),
  input: Type.Record(Type.String(), Type.Unknown()),
  cache_control: CacheControl,
})

export const AnthropicToolResult = Type.Object({
  type: Type.Literal('tool_result'),
  tool_use_id: Type.String({ minLength: 1 }),
  content: Type.Optional(Type.Union([Type.String(), Type.Array(Type.Object({ type: Type.String() })), Type.Null()])),
  is_error: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
  cache_control: CacheControl,
})

export const AnthropicThinking = Type.Object({ type: Type.Literal('thinking'), thinking: Type.String(), signature: Type.Optional(Type.Union([Type.String(), Type.Null()])) })
export const AnthropicRedactedThinking = Type.Object({ type: Type.Literal('redacted_thinking'), data: Type.String() })

export const AnthropicTool = Type.Object({
  type: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  name: Type.Optional(Type.String()),
  description: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  input_schema: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  cache_control: CacheControl,
})

const Content = Type.Union([Type.String(), Type.Array(Type.Object({ type: Type.String() }))])

const AnthropicMessage = Type.Object({
  role: Type.Enum(['user', 'assistant', 'system']),
  content: Content,
})

export const AnthropicRequest = Type.Object({
  model: Type.String({ minLength: 1, maxLength: 256 }),
  messages: Type.Array(AnthropicMessage, { minItems: 1 }),
  max_tokens: Type.Optional(Type.Integer({ minimum: 1 })),
  system: Type.Optional(Type.Union([Type.String(), Type.Array(Type.Object({ type: Type.String() })), Type.Null()])),
  stop_sequences: Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()])),
  stream: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
  temperature: Type.Optional(Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()])),
  top_p: Type.Optional(Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Null()])),
  top_k: Type.Optional(Type.Union([Type.Integer({ minimum: 0 }), Type.Null()])),
  tools: Type.Optional(Type.Union([Type.Array(AnthropicTool), Type.Null()])),
  tool_choice: Type.Optional(
    Type.Union([
      Type.Object({
        type: Type.Enum(['auto', 'any', 'none', 'tool']),
        name: Type.Optional(Type.Union([Type.String(), Type.Null()])),
        disable_parallel_tool_use: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
      }),
      Type.Null(),
    ]),
  ),
  thinking: Type.Optional(
    Type.Union([
      Type.Object({
        type: Type.String(),
        budget_tokens: Type.Optional(Type.Union([Type.Integer({ minimum: 1 }), Type.Null()])),
        display: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      }),
      Type.Null(),
    ]),
  ),
  output_config: Type.Optional(Type.Union([Type.Object({ effort: Type.Optional(Type.Union([Type.String(), Type.Null()])), format: Type.Optional(Type.Unknown()) }), Type.Null()])),
  metadata: Type.Optional(Type.Union([Type.Object({ user_id: Type.Optional(Type.Union([Type.String(), Type.Null()])) }), Type.Null()])),
})

export type AnthropicRequest = Static<typeof AnthropicRequest>
export type AnthropicTool = Static<typeof AnthropicTool>
export type AnthropicSource = Static<typeof AnthropicSource>

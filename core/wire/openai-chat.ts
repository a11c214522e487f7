import { type Static, type TSchema, Type } from 'typebox'

/**
 * OpenAI's Chat Completions as its clients send them (`providers.md` §6.2, §10.1). Unknown members are allowed everywhere,
 * and null stands for absent: clients are newer than any list of fields, and many send all of theirs.
 */

const nullable = <S extends TSchema>(schema: S) => Type.Optional(Type.Union([schema, Type.Null()]))
const CacheControl = nullable(Type.Object({ ttl: Type.Optional(Type.String()) }))
const Typed = Type.Object({ type: Type.String() })

export const OpenaiText = Type.Object({ text: Type.String(), cache_control: CacheControl })

/** Some clients send the URL bare, and those of the Responses API always do. */
export const OpenaiImage = Type.Object({
  image_url: Type.Union([Type.String({ minLength: 1 }), Type.Object({ url: Type.String({ minLength: 1 }) })]),
  cache_control: CacheControl,
})

const FileData = Type.Object({ file_data: nullable(Type.String()), file_id: nullable(Type.String()), filename: nullable(Type.String()) })
export const OpenaiFile = Type.Object({ file: FileData, cache_control: CacheControl })
export const OpenaiRefusal = Type.Object({ refusal: Type.String() })

export const OpenaiToolCall = Type.Object({
  id: Type.String({ minLength: 1 }),
  type: nullable(Type.String()),
  function: nullable(Type.Object({ name: Type.String({ minLength: 1 }), arguments: Type.Optional(Type.Unknown()) })),
  custom: nullable(Type.Object({ name: Type.String({ minLength: 1 }), input: Type.String() })),
  /** Whatever else a vendor binds to a call. */
  extra_content: Type.Optional(Type.Unknown()),
})

export const OpenaiMessage = Type.Object({
  role: Type.Enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: nullable(Type.Union([Type.String(), Type.Array(Typed)])),
  tool_calls: nullable(Type.Array(Type.Unknown())),
  tool_call_id: nullable(Type.String({ minLength: 1 })),
  function_call: Type.Optional(Type.Unknown()),
  refusal: nullable(Type.String()),
  reasoning_content: Type.Optional(Type.Unknown()),
  reasoning: Type.Optional(Type.Unknown()),
  reasoning_details: Type.Optional(Type.Unknown()),
})

const Schema = nullable(Type.Record(Type.String(), Type.Unknown()))
const functionMembers = { name: Type.String({ minLength: 1 }), description: nullable(Type.String()), parameters: Schema }

/** The form of Chat, with the function inside. */
export const OpenaiTool = Type.Object({ function: Type.Object(functionMembers), cache_control: CacheControl })
/** The form of the Responses API, and with `input_schema` that of Anthropic's: Cursor sends both here (`providers.md` §10.1). */
export const OpenaiFlatTool = Type.Object({ ...functionMembers, input_schema: Schema, cache_control: CacheControl })
/** Tools that only their vendor can run. */
export const OpenaiHostedTool = Type.Object({
  type: Type.String({ minLength: 1 }),
  custom: nullable(Type.Object({ name: Type.String() })),
  name: nullable(Type.String()),
})

const Named = Type.Object({ name: Type.String({ minLength: 1 }) })
export const OpenaiNamedChoice = Type.Object({ function: nullable(Named), custom: nullable(Named), name: nullable(Type.String()) })
export const OpenaiAllowedTools = Type.Object({
  allowed_tools: Type.Object({ mode: Type.Enum(['auto', 'required']), tools: Type.Array(OpenaiNamedChoice, { minItems: 1 }) }),
})

const Effort = nullable(Type.Enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']))
const Positive = Type.Integer({ minimum: 1 })

export const OpenaiChatRequest = Type.Object({
  model: Type.String({ minLength: 1, maxLength: 256 }),
  messages: Type.Array(OpenaiMessage, { minItems: 1 }),
  max_tokens: nullable(Positive),
  max_completion_tokens: nullable(Positive),
  stop: nullable(Type.Union([Type.String(), Type.Array(Type.String())])),
  stream: nullable(Type.Boolean()),
  stream_options: nullable(Type.Object({ include_usage: nullable(Type.Boolean()) })),
  temperature: nullable(Type.Number({ minimum: 0, maximum: 2 })),
  top_p: nullable(Type.Number({ minimum: 0, maximum: 1 })),
  top_k: nullable(Type.Integer()),
  tools: nullable(Type.Array(Type.Object({ type: nullable(Type.String()) }))),
  tool_choice: nullable(Type.Union([Type.Enum(['none', 'auto', 'required', 'any']), Typed])),
  parallel_tool_calls: nullable(Type.Boolean()),
  reasoning_effort: Effort,
  reasoning: nullable(Type.Object({ effort: Effort, max_tokens: nullable(Positive), enabled: nullable(Type.Boolean()), exclude: nullable(Type.Boolean()) })),
  thinking: nullable(Type.Object({ type: Type.String(), budget_tokens: nullable(Positive) })),
  response_format: nullable(
    Type.Object({
      type: Type.Enum(['text', 'json_object', 'json_schema']),
      json_schema: nullable(Type.Object({ name: nullable(Type.String()), schema: Schema })),
    }),
  ),
  prompt_cache_key: Type.Optional(Type.Unknown()),
  session_id: Type.Optional(Type.Unknown()),
  conversation_id: Type.Optional(Type.Unknown()),
})

export type OpenaiChatRequest = Static<typeof OpenaiChatRequest>
export type OpenaiMessage = Static<typeof OpenaiMessage>
export type OpenaiNamedChoice = Static<typeof OpenaiNamedChoice>
export type OpenaiContent = NonNullable<OpenaiMessage['content']>

import fc from 'fast-check'
import type {
  ChatRequest,
  DocumentPart,
  ForeignPart,
  ImagePart,
  Message,
  Part,
  Reasoning,
  ReasoningPart,
  TextPart,
  Tool,
  ToolCallPart,
  ToolChoice,
  ToolResultPart,
} from '../../core/index.ts'

const HALVES = ['\ud83d', '\ude00', 'a\udc00b', '\ud800']
const SAYINGS = ['', ' ', '\n\t', 'hello', 'x-anthropic-billing-header: cc_version=1; cch=2;', 'a "quoted" \\ text', '你好', '🙂👍🏽', 'null', '__proto__']
const IMAGES = {
  png: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  jpeg: '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRof',
  gif: 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7',
  webp: 'UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA/vuUAAA=',
}

const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...SAYINGS) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  { weight: 2, arbitrary: fc.lorem({ maxCount: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(...HALVES) },
)
/** Few, so that calls and results often meet, and meet twice. */
const id = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('toolu_1', 'toolu_2', 'toolu_3', 'call_a', 'call_a_2') },
  { weight: 2, arbitrary: fc.constantFrom('', 'functions.Bash:0', 'fs.read-123', 'fs_read-123', `long_${'x'.repeat(80)}`, '🙂', '\ud800') },
)
const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('read_file', 'Bash', 'mcp__server__search') },
  {
    weight: 3,
    arbitrary: fc.constantFrom('', 'a.b', 'a/b', 'a b', 'a_b', `mcp__${'very_'.repeat(20)}long`, '名前', '\ud800', '\udc00', '__proto__'),
  },
)
const json = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  text,
  fc.constantFrom({ '': 1 }, { a: { '': 'x', b: '\ud800' } }, [[{ '': null }]]),
) as fc.Arbitrary<unknown>
const record = fc.dictionary(text, json, { maxKeys: 4 })

const textPart: fc.Arbitrary<TextPart> = fc.record({ type: fc.constant('text' as const), text, cache: fc.constant({}) }, { requiredKeys: ['type', 'text'] })
const source = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('base64' as const),
      mediaType: fc.constantFrom('image/png', 'image/jpg', 'text/plain', ''),
      data: fc.constantFrom(...Object.values(IMAGES)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.record({ kind: fc.constant('base64' as const), mediaType: text, data: text }),
      fc.record({
        kind: fc.constant('url' as const),
        url: fc.constantFrom('https://example.com/a.png', `data:image/png;base64,${IMAGES.png}`),
      }),
      fc.record({ kind: fc.constant('file' as const), id: text }),
    ),
  },
)
const imagePart: fc.Arbitrary<ImagePart> = fc.record({ type: fc.constant('image' as const), source })
const documentPart: fc.Arbitrary<DocumentPart> = fc.record(
  {
    type: fc.constant('document' as const),
    source: fc.oneof({ weight: 6, arbitrary: fc.record({ kind: fc.constant('text' as const), text }) }, { weight: 1, arbitrary: source }),
    title: text,
  },
  { requiredKeys: ['type', 'source'] },
)
const reasoningPart: fc.Arbitrary<ReasoningPart> = fc.record(
  { type: fc.constant('reasoning' as const), text, signature: text, redacted: text },
  { requiredKeys: ['type', 'text'] },
)
const callPart: fc.Arbitrary<ToolCallPart> = fc.record({ type: fc.constant('tool-call' as const), id, name, input: record })
const resultPart: fc.Arbitrary<ToolResultPart> = fc.record({
  type: fc.constant('tool-result' as const),
  id,
  content: fc.array(fc.oneof({ weight: 4, arbitrary: textPart }, { weight: 1, arbitrary: imagePart }, { weight: 1, arbitrary: documentPart }), {
    maxLength: 3,
  }),
  isError: fc.boolean(),
})
const foreignPart: fc.Arbitrary<ForeignPart> = fc.record({
  type: fc.constant('foreign' as const),
  wire: fc.constantFrom('anthropic', 'openai', 'gemini'),
  kind: fc.constantFrom('search_result', 'tool_reference', 'refusal', 'input_audio', 'server_tool_use'),
  value: fc.oneof(
    json,
    fc.record({
      title: text,
      source: text,
      content: fc.array(fc.record({ type: fc.constant('text'), text })),
      tool_name: name,
      refusal: text,
    }),
  ),
})

const part: fc.Arbitrary<Part> = fc.oneof(
  { weight: 6, arbitrary: textPart },
  { weight: 6, arbitrary: callPart },
  { weight: 6, arbitrary: resultPart },
  { weight: 2, arbitrary: reasoningPart },
  { weight: 1, arbitrary: imagePart },
  { weight: 1, arbitrary: documentPart },
  { weight: 1, arbitrary: foreignPart },
)
const wildMessage: fc.Arbitrary<Message> = fc.record({
  role: fc.constantFrom('user', 'assistant', 'system'),
  parts: fc.array(part, { maxLength: 4 }),
})
/** What clients mostly send, for conversations that get far. */
const tameMessages: fc.Arbitrary<readonly Message[]> = fc
  .array(fc.tuple(text, fc.array(callPart, { maxLength: 2 }), fc.option(imagePart, { freq: 6 })), { maxLength: 4 })
  .map(rounds =>
    rounds.flatMap(([saying, calls, image]): Message[] => [
      { role: 'user', parts: [{ type: 'text', text: saying }, ...(image ? [image] : [])] },
      { role: 'assistant', parts: [{ type: 'text', text: 'Working.' }, ...calls] },
      {
        role: 'user',
        parts: calls.map(call => ({ type: 'tool-result', id: call.id, content: [{ type: 'text', text: saying }], isError: false })),
      },
    ]),
  )
const messages = fc.oneof(
  fc.array(wildMessage, { maxLength: 10 }),
  fc.tuple(tameMessages, fc.array(wildMessage, { maxLength: 2 })).map(([tame, wild]) => [...tame, ...wild]),
)

const KEYWORDS = [
  '$schema',
  'pattern',
  'format',
  'minLength',
  'additionalProperties',
  'if',
  'dependencies',
  'patternProperties',
  'title',
  'default',
  'const',
  '$ref',
  '__proto__',
]
const propertyName = fc.constantFrom('path', 'format', 'pattern', 'required', 'type', 'properties', 'items', 'enum', '', '__proto__', '\ud800', 'constructor')

const { schema } = fc.letrec<{ schema: Record<string, unknown>; any: unknown }>(tie => ({
  any: fc.oneof({ maxDepth: 2, withCrossShrink: true }, fc.constantFrom<unknown>(null, true, false, 'text', 7), tie('schema')),
  schema: fc
    .tuple(
      fc.dictionary(fc.constantFrom(...KEYWORDS), json, { maxKeys: 3 }),
      fc.record(
        {
          type: fc.constantFrom<unknown>('object', 'string', 'array', null, ['object', 'null'], ['string', null], [], 5),
          description: fc.option(text),
          properties: fc.option(fc.dictionary(propertyName, tie('any'), { maxKeys: 4 })),
          required: fc.option(fc.array(fc.oneof(propertyName, fc.constant(null)), { maxLength: 3 })),
          items: fc.oneof(tie('any'), fc.array(tie('any'), { maxLength: 2 })),
          anyOf: fc.oneof(fc.array(tie('any'), { maxLength: 3 }), fc.constant(null)),
          allOf: fc.array(tie('any'), { maxLength: 3 }),
          oneOf: fc.array(tie('any'), { maxLength: 3 }),
          not: tie('any'),
          enum: fc.array(json, { maxLength: 3 }),
          $defs: fc.dictionary(fc.constantFrom('A', 'B'), tie('any')),
          $ref: fc.constantFrom('#/$defs/A', '#/$defs/B', '#', 'https://example.com/schema'),
        },
        { requiredKeys: [] },
      ),
    )
    .map(([extra, base]) => ({ ...extra, ...base })),
}))

/** Any JSON Schema, and many things that are none. */
export const arbitrarySchema = (): fc.Arbitrary<Readonly<Record<string, unknown>>> => schema

const tool: fc.Arbitrary<Tool> = fc.record(
  {
    name,
    description: fc.oneof(text, fc.constant('🙂'.repeat(6_000)), fc.constant(`a${'🙂'.repeat(6_000)}`)),
    schema,
    hosted: fc.constant('web_search_20250305'),
    cache: fc.constant({}),
  },
  { requiredKeys: ['name', 'description', 'schema'] },
)
const toolChoice: fc.Arbitrary<ToolChoice> = fc.oneof(
  fc.record({ mode: fc.constantFrom('auto', 'none', 'required') }),
  fc.record({ mode: fc.constant('tool' as const), name }),
)
const reasoning: fc.Arbitrary<Reasoning> = fc.record(
  {
    mode: fc.constantFrom('on', 'off', 'adaptive'),
    budgetTokens: fc.integer({ min: 0, max: 200_000 }),
    effort: fc.constantFrom('minimal', 'low', 'medium', 'high', 'xhigh', 'max'),
  },
  { requiredKeys: ['mode'] },
)

/** Any request that the hub's types allow, hostile ones included: whatever the types do not forbid, some client sends. */
export function arbitraryChatRequest(): fc.Arbitrary<ChatRequest> {
  return fc.record(
    {
      model: fc.constantFrom('claude-sonnet-4.5', 'kiro/claude-sonnet-4.6'),
      system: fc.array(textPart, { maxLength: 3 }),
      messages,
      tools: fc.array(tool, { maxLength: 3 }),
      toolChoice,
      parallelToolCalls: fc.boolean(),
      maxTokens: fc.nat(),
      temperature: fc.double({ min: 0, max: 2, noNaN: true }),
      topP: fc.double({ min: 0, max: 1, noNaN: true }),
      topK: fc.nat(),
      stop: fc.array(text, { maxLength: 2 }),
      reasoning,
      responseFormat: fc.oneof(fc.constant({ type: 'json' as const }), fc.record({ type: fc.constant('json-schema' as const), schema })),
      stream: fc.boolean(),
      session: text,
    },
    { requiredKeys: ['model', 'system', 'messages', 'tools', 'stop', 'stream'] },
  )
}

import { type Static, Type } from 'typebox'

/**
 * Google's generateContent API, request and answer (`providers.md` §0.6). Unknown members are allowed everywhere: both
 * sides are newer than any list of fields.
 */

const text = Type.String()
const count = Type.Integer({ minimum: 0 })
const object = Type.Record(Type.String(), Type.Unknown())

const GeminiBlob = Type.Object({ mimeType: text, data: text })
const GeminiFile = Type.Object({ fileUri: text, mimeType: Type.Optional(text) })
const GeminiFunctionCall = Type.Object({ id: Type.Optional(text), name: text, args: Type.Optional(object) })
const GeminiFunctionResponse = Type.Object({ id: Type.Optional(text), name: text, response: object })

/** Exactly one of the contents, and what modifies it. */
export const GeminiPart = Type.Object({
  text: Type.Optional(text),
  inlineData: Type.Optional(GeminiBlob),
  fileData: Type.Optional(GeminiFile),
  functionCall: Type.Optional(GeminiFunctionCall),
  functionResponse: Type.Optional(GeminiFunctionResponse),
  /** The text is a thought. */
  thought: Type.Optional(Type.Boolean()),
  /** Base64, opaque; belongs to this part and no other. */
  thoughtSignature: Type.Optional(text),
})

export const GeminiContent = Type.Object({
  role: Type.Optional(Type.Union([Type.Literal('user'), Type.Literal('model')])),
  parts: Type.Array(GeminiPart),
})

export const GeminiFunctionDeclaration = Type.Object({
  name: text,
  description: Type.Optional(text),
  /** The API's own subset of JSON Schema. */
  parameters: Type.Optional(object),
})

const GeminiToolConfig = Type.Object({
  functionCallingConfig: Type.Object({
    mode: Type.Union([Type.Literal('AUTO'), Type.Literal('ANY'), Type.Literal('NONE'), Type.Literal('VALIDATED')]),
    /** Only beside `ANY` and `VALIDATED`. */
    allowedFunctionNames: Type.Optional(Type.Array(text)),
  }),
})

/** A budget for the 2.5 family, a level from 3 on; both together are refused. */
export const GeminiThinkingConfig = Type.Object({
  includeThoughts: Type.Optional(Type.Boolean()),
  thinkingBudget: Type.Optional(Type.Integer()),
  thinkingLevel: Type.Optional(Type.Union([Type.Literal('MINIMAL'), Type.Literal('LOW'), Type.Literal('MEDIUM'), Type.Literal('HIGH')])),
})

export const GeminiGenerationConfig = Type.Object({
  temperature: Type.Optional(Type.Number()),
  topP: Type.Optional(Type.Number()),
  topK: Type.Optional(Type.Integer()),
  maxOutputTokens: Type.Optional(Type.Integer({ minimum: 1 })),
  stopSequences: Type.Optional(Type.Array(text, { maxItems: 5 })),
  responseMimeType: Type.Optional(text),
  responseJsonSchema: Type.Optional(Type.Unknown()),
  thinkingConfig: Type.Optional(GeminiThinkingConfig),
})

export const GeminiSafetySetting = Type.Object({ category: text, threshold: text })

export const GeminiRequest = Type.Object({
  contents: Type.Array(GeminiContent),
  systemInstruction: Type.Optional(GeminiContent),
  tools: Type.Optional(Type.Array(Type.Object({ functionDeclarations: Type.Optional(Type.Array(GeminiFunctionDeclaration)) }))),
  toolConfig: Type.Optional(GeminiToolConfig),
  safetySettings: Type.Optional(Type.Array(GeminiSafetySetting)),
  generationConfig: Type.Optional(GeminiGenerationConfig),
})

/** Counts that a stream repeats and lets grow; the last ones hold. */
const GeminiUsage = Type.Object({
  /** Cached ones included. */
  promptTokenCount: Type.Optional(count),
  cachedContentTokenCount: Type.Optional(count),
  /** Thoughts excluded. */
  candidatesTokenCount: Type.Optional(count),
  thoughtsTokenCount: Type.Optional(count),
  toolUsePromptTokenCount: Type.Optional(count),
  totalTokenCount: Type.Optional(count),
})

const GeminiCandidate = Type.Object({
  index: Type.Optional(count),
  content: Type.Optional(GeminiContent),
  finishReason: Type.Optional(text),
  finishMessage: Type.Optional(text),
})

/** A whole answer, or one chunk of a stream: both have this shape. */
export const GeminiResponse = Type.Object({
  candidates: Type.Optional(Type.Array(GeminiCandidate)),
  promptFeedback: Type.Optional(Type.Object({ blockReason: Type.Optional(text) })),
  usageMetadata: Type.Optional(GeminiUsage),
  modelVersion: Type.Optional(text),
  responseId: Type.Optional(text),
})

export type GeminiPart = Static<typeof GeminiPart>
export type GeminiContent = Static<typeof GeminiContent>
export type GeminiFunctionDeclaration = Static<typeof GeminiFunctionDeclaration>
export type GeminiThinkingConfig = Static<typeof GeminiThinkingConfig>
export type GeminiGenerationConfig = Static<typeof GeminiGenerationConfig>
export type GeminiSafetySetting = Static<typeof GeminiSafetySetting>
export type GeminiRequest = Static<typeof GeminiRequest>
export type GeminiResponse = Static<typeof GeminiResponse>

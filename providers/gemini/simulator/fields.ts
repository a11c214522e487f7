import { arrayOf, isObject, type JsonObject, objectOf } from './json.ts'

/** Every message of the API with its fields: a name of another message, a list or map of one, or a plain value. */
const MESSAGES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Request: {
    ...{ contents: 'Content[]', systemInstruction: 'Content', tools: 'Tool[]', toolConfig: 'ToolConfig', safetySettings: 'SafetySetting[]' },
    ...{ generationConfig: 'GenerationConfig', cachedContent: '', serviceTier: '', model: '' },
  },
  Content: { role: '', parts: 'Part[]' },
  Part: {
    ...{ text: '', inlineData: 'Blob', fileData: 'FileData', functionCall: 'FunctionCall', functionResponse: 'FunctionResponse' },
    ...{
      executableCode: 'any',
      codeExecutionResult: 'any',
      toolCall: 'any',
      toolResponse: 'any',
      thought: '',
      thoughtSignature: '',
      videoMetadata: 'any',
      mediaResolution: 'any',
    },
  },
  Blob: { mimeType: '', data: '' },
  FileData: { fileUri: '', mimeType: '' },
  FunctionCall: { id: '', name: '', args: 'any' },
  FunctionResponse: { id: '', name: '', response: 'any', parts: 'any' },
  Tool: {
    functionDeclarations: 'FunctionDeclaration[]',
    googleSearch: 'any',
    googleSearchRetrieval: 'any',
    codeExecution: 'any',
    urlContext: 'any',
    googleMaps: 'any',
    fileSearch: 'any',
    computerUse: 'any',
  },
  FunctionDeclaration: {
    name: '',
    description: '',
    parameters: 'Schema',
    parametersJsonSchema: 'any',
    response: 'Schema',
    responseJsonSchema: 'any',
    behavior: '',
  },
  ToolConfig: { functionCallingConfig: 'FunctionCallingConfig', retrievalConfig: 'any' },
  FunctionCallingConfig: { mode: '', allowedFunctionNames: '' },
  SafetySetting: { category: '', threshold: '' },
  GenerationConfig: {
    ...{
      temperature: '',
      topP: '',
      topK: '',
      candidateCount: '',
      maxOutputTokens: '',
      stopSequences: '',
      responseMimeType: '',
      responseSchema: 'Schema',
      responseJsonSchema: 'any',
    },
    ...{
      responseModalities: '',
      seed: '',
      presencePenalty: '',
      frequencyPenalty: '',
      responseLogprobs: '',
      logprobs: '',
      mediaResolution: '',
      speechConfig: 'any',
      imageConfig: 'any',
    },
    thinkingConfig: 'ThinkingConfig',
  },
  ThinkingConfig: { includeThoughts: '', thinkingBudget: '', thinkingLevel: '' },
  Schema: {
    ...{
      type: '',
      format: '',
      title: '',
      description: '',
      nullable: '',
      enum: '',
      items: 'Schema',
      properties: 'Schema{}',
      required: '',
      propertyOrdering: '',
      anyOf: 'Schema[]',
    },
    ...{
      default: 'any',
      example: 'any',
      minimum: '',
      maximum: '',
      minItems: '',
      maxItems: '',
      minLength: '',
      maxLength: '',
      minProperties: '',
      maxProperties: '',
      pattern: '',
    },
  },
}

export interface UnknownField {
  readonly name: string
  readonly at: string
}

/** The first field that the message does not have. Both spellings of names are known, as they are to the service. */
export function unknownField(value: unknown, message = 'Request', at = ''): UnknownField | undefined {
  const fields = MESSAGES[message] ?? {}
  for (const [given, member] of Object.entries(objectOf(value))) {
    const name = camel(given)
    if (!Object.hasOwn(fields, name)) return { name: given, at }
    const found = inside(member, fields[name] ?? '', at === '' ? snake(name) : `${at}.${snake(name)}`)
    if (found !== undefined) return found
  }
  return undefined
}

function inside(value: unknown, type: string, at: string): UnknownField | undefined {
  if (type === '' || type === 'any') return undefined
  if (type.endsWith('[]'))
    return first(
      arrayOf(value).map((item, index) => [item, `${at}[${index}]`] as const),
      type.slice(0, -2),
    )
  if (type.endsWith('{}'))
    return first(
      Object.entries(objectOf(value)).map(([key, item]) => [item, `${at}[${key}]`] as const),
      type.slice(0, -2),
    )
  return unknownField(value, type, at)
}

function first(items: readonly (readonly [unknown, string])[], message: string): UnknownField | undefined {
  for (const [item, at] of items) {
    const found = unknownField(item, message, at)
    if (found !== undefined) return found
  }
  return undefined
}

/** The request with every name as the service writes it; what is inside of arguments and schemas' maps is the author's own. */
export function withCamelNames(value: unknown, message = 'Request'): JsonObject {
  const fields = MESSAGES[message] ?? {}
  return Object.fromEntries(
    Object.entries(objectOf(value)).map(([given, member]) => {
      const name = camel(given)
      const type = fields[name] ?? ''
      if (type.endsWith('[]'))
        return [name, Array.isArray(member) ? member.map(item => (isObject(item) ? withCamelNames(item, type.slice(0, -2)) : item)) : member]
      if (type === '' || type === 'any' || type.startsWith('Schema')) return [name, member]
      return [name, isObject(member) ? withCamelNames(member, type) : member]
    }),
  )
}

function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}

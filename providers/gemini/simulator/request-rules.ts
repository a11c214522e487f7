import { contentsFault } from './content-rules.ts'
import { unknownField, withCamelNames } from './fields.ts'
import { arrayOf, type JsonObject, objectOf } from './json.ts'
import { jsonSchemaFault, subsetFault } from './schema-rules.ts'
import type { Signer } from './signing.ts'

const NAME = /^[A-Za-z_][A-Za-z0-9_.:-]{0,63}$/
const HARMS = /^HARM_CATEGORY_(?:HARASSMENT|HATE_SPEECH|SEXUALLY_EXPLICIT|DANGEROUS_CONTENT|CIVIC_INTEGRITY)$/
const THRESHOLDS = /^(?:OFF|BLOCK_NONE|BLOCK_ONLY_HIGH|BLOCK_MEDIUM_AND_ABOVE|BLOCK_LOW_AND_ABOVE)$/

/** Levels by model, the most particular first; the others take budgets. */
const LEVELS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^gemini-3-pro/, ['LOW', 'HIGH']],
  [/^gemini-3\.1-pro/, ['LOW', 'MEDIUM', 'HIGH']],
  [/^gemini-3\.1-flash-(?:lite|image)/, ['MINIMAL', 'HIGH']],
  [/^gemini-3(?:\.\d)?-flash/, ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH']],
]

interface Asked {
  readonly model: string
  readonly signer: Signer
}

/** What the service refuses in a body of `generateContent`, in its own words; undefined if nothing. Stricter than it is documented, never laxer. */
export function requestFault(given: unknown, { model, signer }: Asked): string | undefined {
  const unknown = unknownField(given)
  if (unknown !== undefined)
    return `Invalid JSON payload received. Unknown name "${unknown.name}"${unknown.at === '' ? '' : ` at '${unknown.at}'`}: Cannot find field.`
  if (!wellFormed(given)) return 'Invalid JSON payload received. Invalid UTF-8.'
  const body = withCamelNames(given)
  return (
    contentsFault(arrayOf(body['contents']), { model, signer }) ??
    systemFault(body['systemInstruction']) ??
    toolsFault(body) ??
    generationFault(objectOf(body['generationConfig']), { model, tools: declarationsOf(body).length > 0 }) ??
    safetyFault(arrayOf(body['safetySettings']))
  )
}

function systemFault(system: unknown): string | undefined {
  if (system === undefined) return undefined
  const parts = arrayOf(objectOf(system)['parts']).map(objectOf)
  return parts.length > 0 && parts.every(({ text }) => typeof text === 'string' && text !== '') ? undefined : 'system_instruction.parts: must hold text'
}

function declarationsOf(body: JsonObject): readonly JsonObject[] {
  return arrayOf(body['tools']).flatMap(tool => arrayOf(objectOf(tool)['functionDeclarations']).map(objectOf))
}

function toolsFault(body: JsonObject): string | undefined {
  const names = new Set<unknown>()
  for (const [index, { name, description, parameters, parametersJsonSchema }] of declarationsOf(body).entries()) {
    const at = `tools[0].function_declarations[${index}]`
    if (typeof name !== 'string' || !NAME.test(name)) return `${at}.name: Invalid function name. Must start with a letter or an underscore.`
    if (names.has(name)) return `Duplicate function declaration found: ${name}`
    names.add(name)
    if (description !== undefined && typeof description !== 'string') return `Invalid value at '${at}.description' (TYPE_STRING)`
    if (parameters !== undefined && parametersJsonSchema !== undefined) return `${at}: parameters and parameters_json_schema cannot both be set`
    if (parameters === undefined) continue
    const fault = subsetFault(parameters, `${at}.parameters`)
    if (fault !== undefined) return fault
    if (String(objectOf(parameters)['type']).toUpperCase() !== 'OBJECT') return `${at}.parameters: schema should be of type OBJECT`
    if (Object.keys(objectOf(objectOf(parameters)['properties'])).length === 0) return `${at}.parameters.properties: should be non-empty for OBJECT type`
  }
  const { mode = 'AUTO', allowedFunctionNames } = objectOf(objectOf(body['toolConfig'])['functionCallingConfig'])
  if (!['AUTO', 'ANY', 'NONE', 'VALIDATED'].includes(String(mode))) return "Invalid value at 'tool_config.function_calling_config.mode'"
  if (mode !== 'AUTO' && names.size === 0) return 'Function calling config is set without function_declarations.'
  if (allowedFunctionNames === undefined) return undefined
  if (mode !== 'ANY' && mode !== 'VALIDATED') return 'Allowed function names may be set only when the calling mode is ANY or VALIDATED.'
  return arrayOf(allowedFunctionNames).every(name => names.has(name)) ? undefined : 'allowed_function_names: function is not declared'
}

function generationFault(config: JsonObject, { model, tools }: { readonly model: string; readonly tools: boolean }): string | undefined {
  const { temperature, topP, topK, maxOutputTokens, stopSequences, responseMimeType, responseSchema, responseJsonSchema, thinkingConfig } = config
  const within = (value: unknown, least: number, most: number) => value === undefined || (typeof value === 'number' && value >= least && value <= most)
  if (!within(temperature, 0, 2)) return 'temperature must be in the range [0.0, 2.0]'
  if (!within(topP, 0, 1)) return 'top_p must be in the range [0.0, 1.0]'
  if (!within(topK, 1, 2 ** 31 - 1) || (topK !== undefined && !Number.isInteger(topK))) return 'top_k must be positive'
  if (!within(maxOutputTokens, 1, 2 ** 31 - 1) || (maxOutputTokens !== undefined && !Number.isInteger(maxOutputTokens)))
    return 'max_output_tokens must be positive'
  if (arrayOf(stopSequences).length > 5) return 'The number of stop sequences must be at most 5.'
  if (arrayOf(stopSequences).some(sequence => typeof sequence !== 'string' || sequence === '')) return 'stop_sequences: must not be empty'
  if (responseSchema !== undefined && responseJsonSchema !== undefined) return 'response_schema and response_json_schema cannot both be set'
  if ((responseSchema ?? responseJsonSchema) !== undefined && responseMimeType !== 'application/json')
    return 'a response schema needs response_mime_type application/json'
  if (responseMimeType === 'application/json' && tools && /^gemini-[12]/.test(model))
    return "Function calling with a response mime type: 'application/json' is unsupported"
  return (
    (responseSchema === undefined ? undefined : subsetFault(responseSchema, 'generation_config.response_schema')) ??
    (responseJsonSchema === undefined ? undefined : jsonSchemaFault(responseJsonSchema, 'generation_config.response_json_schema')) ??
    thinkingFault(objectOf(thinkingConfig), model)
  )
}

function thinkingFault({ includeThoughts, thinkingBudget, thinkingLevel }: JsonObject, model: string): string | undefined {
  if (includeThoughts !== undefined && typeof includeThoughts !== 'boolean')
    return "Invalid value at 'generation_config.thinking_config.include_thoughts' (TYPE_BOOL)"
  if (thinkingBudget !== undefined && thinkingLevel !== undefined) return 'You can only set only one of thinking budget and thinking level.'
  const levels = LEVELS.find(([pattern]) => pattern.test(model))?.[1]
  if (thinkingLevel !== undefined) {
    return typeof thinkingLevel === 'string' && levels?.includes(thinkingLevel.toUpperCase()) === true
      ? undefined
      : 'Thinking level is not supported for this model.'
  }
  if (thinkingBudget === undefined) return undefined
  if (!Number.isInteger(thinkingBudget)) return "Invalid value at 'generation_config.thinking_config.thinking_budget' (TYPE_INT32)"
  const budget = thinkingBudget as number
  if (budget === -1) return undefined
  const [least, most, off] =
    model.startsWith('gemini-2.5-pro') || levels !== undefined ? [128, 32_768, false] : [model.includes('lite') ? 512 : 1, 24_576, true]
  if (budget === 0 ? off : budget >= least && budget <= most) return undefined
  return `The thinking budget ${budget} is invalid. Please choose a value between ${least} and ${most}.`
}

function safetyFault(settings: readonly unknown[]): string | undefined {
  const bad = settings.map(objectOf).some(({ category, threshold }) => !HARMS.test(String(category)) || !THRESHOLDS.test(String(threshold)))
  return bad ? 'Invalid value at safety_settings' : undefined
}

function wellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (Array.isArray(value)) return value.every(wellFormed)
  return Object.entries(objectOf(value)).every(([name, member]) => name.isWellFormed() && wellFormed(member))
}

import type { SimulatedModel, SimulatorProfile } from './profile.ts'
import { invalid, type Refusal } from './refusal.ts'
import { isRecord, isText, type Json } from './shape.ts'
import { checkMessages } from './validate-messages.ts'

/** The fields of the API itself (`providers.md` §6.2). */
const FIELDS: readonly string[] = [
  ...['model', 'messages', 'audio', 'frequency_penalty', 'function_call', 'functions', 'logit_bias', 'logprobs', 'max_completion_tokens', 'max_tokens'],
  ...['metadata', 'modalities', 'n', 'parallel_tool_calls', 'prediction', 'presence_penalty', 'prompt_cache_key', 'prompt_cache_retention', 'reasoning_effort'],
  ...['response_format', 'safety_identifier', 'seed', 'service_tier', 'stop', 'store', 'stream', 'stream_options', 'temperature', 'tool_choice', 'tools'],
  ...['top_logprobs', 'top_p', 'user', 'verbosity', 'web_search_options'],
]
const EFFORTS: ReadonlySet<unknown> = new Set(['none', 'minimal', 'low', 'medium', 'high', 'xhigh'])
const NAME = /^[a-zA-Z0-9_-]{1,64}$/
const NOT_AT_ROOT = ['oneOf', 'anyOf', 'allOf', 'enum', 'not']

/** The first thing in a request that the service would not take; undefined: it answers. */
export function checkBody(body: unknown, profile: SimulatorProfile): Refusal | undefined {
  if (!isRecord(body)) return invalid('We could not parse the JSON body of your request.', null)
  const known = new Set([...FIELDS, ...profile.accepts].filter(field => !profile.refuses.includes(field)))
  const unknown = Object.keys(body).find(field => !known.has(field))
  if (unknown !== undefined) return invalid(`Unrecognized request argument supplied: ${unknown}`, unknown, 'unknown_parameter')
  if (!isText(body['model'])) return invalid('you must provide a model parameter', 'model')
  const model = profile.models.find(({ id }) => id === body['model'])
  if (model === undefined) {
    return {
      status: 404,
      message: `The model \`${body['model']}\` does not exist or you do not have access to it.`,
      type: 'invalid_request_error',
      param: null,
      code: 'model_not_found',
    }
  }
  return checkSettings(body, model) ?? checkTools(body) ?? checkMessages(body['messages'], profile) ?? checkFormat(body) ?? checkLength(body, model)
}

function checkSettings(body: Json, model: SimulatedModel): Refusal | undefined {
  const { max_tokens: old, max_completion_tokens: limit, stop, stream, stream_options: options, reasoning_effort: effort } = body
  if (old !== undefined && limit !== undefined)
    return invalid("Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.", 'max_tokens')
  if (old !== undefined && model.reasons)
    return invalid(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      'max_tokens',
      'unsupported_parameter',
    )
  for (const [field, value] of Object.entries({ max_tokens: old, max_completion_tokens: limit })) {
    if (value !== undefined && !(Number.isInteger(value) && (value as number) >= 1))
      return invalid(`Invalid '${field}': integer below minimum value. Expected a value >= 1.`, field, 'integer_below_min_value')
  }
  const ranges = { temperature: 2, top_p: 1 } as const
  for (const [field, most] of Object.entries(ranges)) {
    const value = body[field]
    if (value !== undefined && !(typeof value === 'number' && value >= 0 && value <= most))
      return invalid(`Invalid '${field}': expected a number between 0 and ${most}.`, field)
  }
  const stops = stop === undefined || stop === null ? [] : Array.isArray(stop) ? stop : [stop]
  if (stops.length > 4 || !stops.every(text => isText(text) && text !== ''))
    return invalid("Invalid 'stop': expected a string or an array of at most 4 strings.", 'stop')
  if (Array.isArray(stop) && stop.length === 0) return invalid("[] is too short - 'stop'", 'stop')
  if (stream !== undefined && typeof stream !== 'boolean') return invalid("Invalid type for 'stream': expected a boolean.", 'stream', 'invalid_type')
  if (options !== undefined && options !== null && stream !== true)
    return invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", 'stream_options')
  if (effort !== undefined && !model.reasons)
    return invalid('Unrecognized request argument supplied: reasoning_effort', 'reasoning_effort', 'unknown_parameter')
  if (effort !== undefined && !EFFORTS.has(effort))
    return invalid(
      `Invalid value: '${JSON.stringify(effort)}'. Supported values are: 'none', 'minimal', 'low', 'medium', 'high', and 'xhigh'.`,
      'reasoning_effort',
      'invalid_value',
    )
  return undefined
}

function checkTools({ tools, tool_choice: choice, parallel_tool_calls: parallel }: Json): Refusal | undefined {
  if (tools === undefined) {
    if (choice !== undefined) return invalid("'tool_choice' is only allowed when 'tools' are specified.", 'tool_choice')
    return parallel === undefined ? undefined : invalid("'parallel_tool_calls' is only allowed when 'tools' are specified.", 'parallel_tool_calls')
  }
  if (!Array.isArray(tools) || tools.length === 0)
    return invalid("Invalid 'tools': empty array. Expected an array with minimum length 1.", 'tools', 'empty_array')
  const names = new Set<string>()
  for (const [index, tool] of (tools as readonly unknown[]).entries()) {
    if (!isRecord(tool) || tool['type'] !== 'function' || !isRecord(tool['function']))
      return invalid(`Missing required parameter: 'tools[${index}].function'.`, `tools[${index}].function`, 'missing_required_parameter')
    const { name, parameters } = tool['function']
    if (!isText(name) || !NAME.test(name))
      return invalid(`Invalid 'tools[${index}].function.name': string does not match pattern.`, `tools[${index}].function.name`, 'invalid_value')
    if (names.has(name)) return invalid(`Tool names must be unique: ${name}`, `tools[${index}].function.name`)
    names.add(name)
    const refused = checkParameters(parameters, `tools[${index}].function.parameters`)
    if (refused) return refused
  }
  const named = isRecord(choice) && choice['type'] === 'function' && isRecord(choice['function']) ? choice['function']['name'] : undefined
  if (named !== undefined && !(isText(named) && names.has(named)))
    return invalid(`Tool choice ${JSON.stringify(named)} not found in 'tools' parameter.`, 'tool_choice')
  return undefined
}

function checkParameters(parameters: unknown, param: string): Refusal | undefined {
  if (parameters === undefined) return undefined
  if (!isRecord(parameters)) return invalid(`Invalid type for '${param}': expected an object.`, param, 'invalid_type')
  const { type, properties, required } = parameters
  const refused = NOT_AT_ROOT.find(keyword => keyword in parameters)
  if (type !== 'object' || refused !== undefined)
    return invalid(
      "Invalid schema for function: schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level.",
      param,
      'invalid_function_parameters',
    )
  if (!isRecord(properties)) return invalid('Invalid schema for function: object schema missing properties.', param, 'invalid_function_parameters')
  if (required !== undefined && !(Array.isArray(required) && required.every(isText)))
    return invalid("Invalid schema for function: 'required' is no array of strings.", param, 'invalid_function_parameters')
  return undefined
}

function checkFormat({ response_format: format, messages }: Json): Refusal | undefined {
  if (format === undefined || format === null) return undefined
  if (!isRecord(format) || !['text', 'json_object', 'json_schema'].includes(String(format['type'])))
    return invalid("Invalid value: 'response_format.type'.", 'response_format.type', 'invalid_value')
  if (format['type'] === 'json_object' && !/json/i.test(JSON.stringify(messages)))
    return invalid("'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.", 'messages')
  if (format['type'] !== 'json_schema') return undefined
  const given = format['json_schema']
  if (!isRecord(given) || !isText(given['name']) || !NAME.test(given['name']))
    return invalid("Missing required parameter: 'response_format.json_schema.name'.", 'response_format.json_schema.name', 'missing_required_parameter')
  return isRecord(given['schema'])
    ? undefined
    : invalid("Missing required parameter: 'response_format.json_schema.schema'.", 'response_format.json_schema.schema', 'missing_required_parameter')
}

/** Tokens are a quarter of the bytes here, so that tests can tell them (`providers.md` §11). */
export function tokensOf(value: unknown): number {
  return Math.ceil(Buffer.byteLength(JSON.stringify(value) ?? '') / 4)
}

function checkLength({ messages }: Json, { contextWindow }: SimulatedModel): Refusal | undefined {
  const sent = tokensOf(messages)
  if (sent <= contextWindow) return undefined
  return invalid(
    `This model's maximum context length is ${contextWindow} tokens. However, your messages resulted in ${sent} tokens. Please reduce the length of the messages.`,
    'messages',
    'context_length_exceeded',
  )
}

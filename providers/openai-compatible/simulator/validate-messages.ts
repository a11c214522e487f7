import type { SimulatorProfile } from './profile.ts'
import { invalid, type Refusal } from './refusal.ts'
import { isRecord, isSound, isText, type Json } from './shape.ts'

const ROLES: ReadonlySet<unknown> = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function'])
const NAME = /^[a-zA-Z0-9_-]{1,64}$/
const IMAGE_URL = /^(?:https?:\/\/\S+|data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/\s]+={0,2}\s*)$/
const FILE_DATA = /^data:application\/pdf;base64,[A-Za-z0-9+/\s]+={0,2}\s*$/
const LONGEST_ID = 40

/** The first thing in a conversation that the service would not take. */
export function checkMessages(messages: unknown, profile: SimulatorProfile): Refusal | undefined {
  if (!Array.isArray(messages)) return invalid("Missing required parameter: 'messages'.", 'messages', 'missing_required_parameter')
  if (messages.length === 0) return invalid("Invalid 'messages': empty array. Expected an array with minimum length 1.", 'messages', 'empty_array')
  let open: string[] = []
  for (const [index, message] of (messages as readonly unknown[]).entries()) {
    const param = `messages.[${index}]`
    if (!isRecord(message)) return invalid(`Invalid type for '${param}': expected an object.`, param, 'invalid_type')
    const { role } = message
    if (!ROLES.has(role))
      return invalid(
        `Invalid value: '${String(role)}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.`,
        `${param}.role`,
        'invalid_value',
      )
    if (role === 'developer' && !profile.developerRole) return invalid("'developer' is not one of ['system', 'assistant', 'user', 'tool']", `${param}.role`)
    if (role === 'system' && profile.systemFirst && index > 0) return invalid('System message must be at the beginning and only once.', `${param}.role`)
    if (role === 'tool') {
      const refused = checkResult(message, param, open)
      if (refused) return refused
      open = open.filter(id => id !== message['tool_call_id'])
      continue
    }
    if (open.length > 0) {
      return invalid(
        `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${open.join(', ')}`,
        `${param}.role`,
      )
    }
    const refused = role === 'assistant' ? checkAssistant(message, param, profile) : checkSaid(message, param, profile)
    if (refused) return refused
    if (role === 'assistant') open = (Array.isArray(message['tool_calls']) ? message['tool_calls'] : []).map((call: Json) => call['id'] as string)
  }
  return open.length > 0 ? invalid(`An assistant message with 'tool_calls' must be followed by tool messages: ${open.join(', ')}`, 'messages') : undefined
}

function checkResult({ tool_call_id: id, content }: Json, param: string, open: readonly string[]): Refusal | undefined {
  if (!isText(id)) return invalid(`Missing required parameter: '${param}.tool_call_id'.`, `${param}.tool_call_id`, 'missing_required_parameter')
  if (!open.includes(id)) return invalid("messages with role 'tool' must be a response to a preceding message with 'tool_calls'.", `${param}.role`)
  if (isSound(content)) return undefined
  const texts = Array.isArray(content) && content.length > 0 && content.every(part => isRecord(part) && part['type'] === 'text' && isSound(part['text']))
  return texts
    ? undefined
    : invalid(
        "Image URLs are only allowed for messages with role 'user', but this message with role 'tool' holds something else than text.",
        `${param}.content`,
      )
}

function checkAssistant(message: Json, param: string, profile: SimulatorProfile): Refusal | undefined {
  const { content, tool_calls: calls, refusal } = message
  if (calls !== undefined) {
    if (!Array.isArray(calls) || calls.length === 0) return invalid(`[] is too short - '${param}.tool_calls'`, `${param}.tool_calls`)
    const refused = checkCalls(calls, param)
    if (refused) return refused
    if (profile.reasoningContent && !isText(message['reasoning_content'])) {
      return invalid('The `reasoning_content` in the thinking mode must be passed back to the API.', param)
    }
  }
  if (content === null || content === undefined)
    return calls === undefined && refusal == null ? invalid(`Invalid value for 'content': expected a string, got null.`, `${param}.content`) : undefined
  if (isSound(content)) return undefined
  const texts = Array.isArray(content) && content.length > 0 && content.every(part => isRecord(part) && (part['type'] === 'text' || part['type'] === 'refusal'))
  return texts ? undefined : invalid(`Invalid type for '${param}.content'.`, `${param}.content`, 'invalid_type')
}

function checkCalls(calls: readonly unknown[], param: string): Refusal | undefined {
  const seen = new Set<unknown>()
  for (const [index, call] of calls.entries()) {
    const at = `${param}.tool_calls[${index}]`
    if (!isRecord(call) || !isText(call['id']) || call['id'] === '')
      return invalid(`Missing required parameter: '${at}.id'.`, `${at}.id`, 'missing_required_parameter')
    if (call['id'].length > LONGEST_ID)
      return invalid(`Invalid '${at}.id': string too long. Expected a string with maximum length ${LONGEST_ID}.`, `${at}.id`, 'string_above_max_length')
    if (seen.has(call['id'])) return invalid(`Duplicate value for 'tool_call_id' of '${call['id']}'`, `${at}.id`)
    seen.add(call['id'])
    const called = call['function']
    if (call['type'] !== 'function' || !isRecord(called))
      return invalid(`Missing required parameter: '${at}.function'.`, `${at}.function`, 'missing_required_parameter')
    if (!isText(called['name']) || !NAME.test(called['name']))
      return invalid(
        `Invalid '${at}.function.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
        `${at}.function.name`,
        'invalid_value',
      )
    if (!isText(called['arguments']))
      return invalid(`Invalid type for '${at}.function.arguments': expected a string.`, `${at}.function.arguments`, 'invalid_type')
  }
  return undefined
}

function checkSaid({ role, content }: Json, param: string, profile: SimulatorProfile): Refusal | undefined {
  if (isText(content)) return isSound(content) ? undefined : invalid('We could not parse the JSON body of your request: a surrogate stands alone.', null)
  if (!Array.isArray(content) || content.length === 0)
    return invalid(`Invalid type for '${param}.content': expected one of a string or array of objects.`, `${param}.content`, 'invalid_type')
  for (const [index, part] of (content as readonly unknown[]).entries()) {
    const refused = checkPart(part, `${param}.content[${index}]`, profile)
    if (refused) return refused
    if (role !== 'user' && isRecord(part) && part['type'] !== 'text')
      return invalid(`Invalid value: '${String(part['type'])}'. Supported values are: 'text'.`, `${param}.content[${index}].type`, 'invalid_value')
  }
  return undefined
}

function checkPart(part: unknown, at: string, profile: SimulatorProfile): Refusal | undefined {
  if (!isRecord(part)) return invalid(`Invalid type for '${at}': expected an object.`, at, 'invalid_type')
  switch (part['type']) {
    case 'text':
      return isSound(part['text']) ? undefined : invalid(`Invalid type for '${at}.text': expected a string.`, `${at}.text`, 'invalid_type')
    case 'image_url': {
      const image = part['image_url']
      if (!profile.images) return invalid('Failed to deserialize the JSON body: unknown variant `image_url`, expected `text`', at)
      return isRecord(image) && isText(image['url']) && IMAGE_URL.test(image['url'])
        ? undefined
        : invalid('You uploaded an unsupported image. Please make sure your image is valid.', `${at}.image_url`, 'invalid_image_format')
    }
    case 'file': {
      const file = part['file']
      const sound = isRecord(file) && ((isText(file['filename']) && isText(file['file_data']) && FILE_DATA.test(file['file_data'])) || isText(file['file_id']))
      return profile.files && sound
        ? undefined
        : invalid(
            `Invalid file data: '${at}.file.file_data'. Expected a base64-encoded data URL with an application/pdf MIME type.`,
            `${at}.file.file_data`,
            'invalid_value',
          )
    }
    case 'input_audio':
      return isRecord(part['input_audio']) ? undefined : invalid(`Missing required parameter: '${at}.input_audio'.`, at)
    default:
      return invalid(
        `Invalid value: '${String(part['type'])}'. Supported values are: 'text', 'image_url', 'input_audio', 'refusal', 'audio', and 'file'.`,
        `${at}.type`,
        'invalid_value',
      )
  }
}

import { type Fields, isFields, parseJson } from '../../untrusted.ts'
import { findModel } from '../models.ts'
import { type Complaint, onlyKnown, Refused, refuse, type ValidationContext } from './complaint.ts'
import { checkConversation, checkSystem } from './conversation.ts'
import { checkCacheMarks, checkSettings, checkTools } from './settings.ts'

const FIELDS = [
  'model',
  'max_tokens',
  'messages',
  'system',
  'stop_sequences',
  'stream',
  'temperature',
  'top_p',
  'top_k',
  'metadata',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'cache_control',
  'container',
  'service_tier',
  'inference_geo',
  'diagnostics',
]
/** Fields that are known only together with a flag of `anthropic-beta`. */
const BETA_FIELDS: Readonly<Record<string, string>> = { context_management: 'context-management-', mcp_servers: 'mcp-client-', speed: 'fast-mode-' }
const COUNTED = ['model', 'messages', 'system', 'tools', 'tool_choice', 'thinking', 'output_config', 'cache_control', 'context_management', 'mcp_servers']

export interface ReadRequest {
  readonly body: Fields
}

/** The body of a request, or why it is refused. */
export function readRequest(text: string, context: ValidationContext, purpose: 'message' | 'count' = 'message'): ReadRequest | Complaint {
  try {
    const body = parsed(text)
    checkFields(body, context, purpose)
    const model = findModel(body.model)
    if (model === undefined) refuse(`model: ${String(body.model)}`, { status: 404, type: 'not_found_error' })
    checkSystem(body.system, context)
    checkTools(body, context)
    checkConversation(body, model, context)
    checkCacheMarks(body)
    // A count has no answer whose length could be wrong.
    if (purpose === 'count') checkSettings({ ...body, max_tokens: Number.MAX_SAFE_INTEGER }, { ...model, output: Number.MAX_SAFE_INTEGER })
    else checkSettings(body, model)
    return { body }
  } catch (error) {
    if (error instanceof Refused) return error.complaint
    throw error
  }
}

function parsed(text: string): Fields {
  const body = parseJson(text)
  if (!isFields(body)) refuse('The request body is not valid JSON')
  // Half a surrogate pair is JSON to this parser and none to the service's.
  if (
    !JSON.stringify(body)
      .replace(/\\\\/g, '')
      .match(/\\ud[89a-f]/)
  )
    return body
  return refuse('The request body is not valid JSON: no low surrogate in string')
}

function checkFields(body: Fields, { future, betas }: ValidationContext, purpose: 'message' | 'count'): void {
  const granted = Object.entries(BETA_FIELDS).flatMap(([field, prefix]) => ([...betas].some(flag => flag.startsWith(prefix)) ? [field] : []))
  onlyKnown(body, purpose === 'count' ? COUNTED : [...FIELDS, ...granted], { path: '', future })
  if (typeof body.model !== 'string' || body.model === '') refuse('model: Field required')
  if (body.stream !== undefined && typeof body.stream !== 'boolean') refuse('stream: Input should be a valid boolean')
}

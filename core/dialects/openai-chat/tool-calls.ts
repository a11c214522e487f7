import { GatewayError } from '../../errors/gateway-error.ts'
import type { ToolCallPart } from '../../model/request.ts'
import { checked } from '../../wire/checked.ts'
import { OpenaiToolCall } from '../../wire/openai-chat.ts'

const checkCall = checked(OpenaiToolCall)

/** Calls that the assistant made earlier, in their order. */
export function parseToolCalls(calls: readonly unknown[], path: string): readonly ToolCallPart[] {
  return calls.map((value, index) => {
    const call = checkCall(value, `${path}.${index}`)
    const signed = signatureOf(call.extra_content)
    if (call.function != null) return { type: 'tool-call', id: call.id, name: call.function.name, input: inputOf(call.function.arguments), ...signed }
    if (call.custom != null) return { type: 'tool-call', id: call.id, name: call.custom.name, input: { input: call.custom.input }, ...signed }
    throw new GatewayError('bad_request', `${path}.${index}.function: field required`, { param: `${path}.${index}.function` })
  })
}

/** Where Google's own Chat endpoint puts it (`providers.md` §6.5). */
function signatureOf(extra: unknown): { readonly signature?: string } {
  const google = isRecord(extra) ? extra['google'] : undefined
  const signature = isRecord(google) ? google['thought_signature'] : undefined
  return typeof signature === 'string' && signature !== '' ? { signature } : {}
}

/**
 * The arguments are JSON that some model wrote, and may be broken. A refusal would end the session for ever, so what is no
 * object is passed on as it is, where the model can see what it wrote.
 */
function inputOf(json: unknown): Readonly<Record<string, unknown>> {
  if (isRecord(json)) return json
  if (json === undefined || json === null) return {}
  if (typeof json !== 'string') return { arguments: json }
  if (json.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(json)
    return isRecord(value) ? value : { arguments: value }
  } catch {
    return { arguments: json }
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

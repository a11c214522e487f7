import type { ChatRequest, Warning } from '../../core/index.ts'
import { cameIn } from '../../core/wire/original-body.ts'
import { composeBody, type RequestContext } from './hub-body.ts'
import { Findings } from './preflight/rules.ts'
import { mapToolNames, type ToolNames } from './preflight/tool-identifiers.ts'
import { originalRequestBody } from './same-wire.ts'

/** The wire's name, as the dialect that speaks it calls it. */
export const WIRE = 'anthropic'

export interface BuiltMessages {
  readonly body: string
  readonly warnings: readonly Warning[]
  readonly toolNames: ToolNames
}

/** Of a request's body what the count of its tokens takes. */
const COUNTED: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'system',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'cache_control',
  'context_management',
  'mcp_servers',
])

/**
 * A client's request as a body of `POST /v1/messages`: its own words where it speaks this wire, else the hub's.
 * @throws GatewayError `bad_request` naming the rule and the message when no repair helps
 */
export function buildMessages(request: ChatRequest, context: RequestContext): BuiltMessages {
  const findings = new Findings()
  const { body, names } = bodyOf(request, context, findings)
  return { body: wellFormed(JSON.stringify(body), findings), warnings: findings.warnings, toolNames: names }
}

/** The same for `POST /v1/messages/count_tokens`, which refuses fields that have no weight. */
export function buildCount(request: ChatRequest, context: RequestContext): string {
  const findings = new Findings()
  const { body } = bodyOf(request, context, findings)
  return wellFormed(JSON.stringify(Object.fromEntries(Object.entries(body).filter(([field]) => COUNTED.has(field)))), findings)
}

function bodyOf(
  request: ChatRequest,
  context: RequestContext,
  findings: Findings,
): { readonly body: Readonly<Record<string, unknown>>; readonly names: ToolNames } {
  if (cameIn(WIRE, request)) return { body: originalRequestBody(request, context, findings), names: mapToolNames([]) }
  return composeBody(request, context, findings)
}

/** JSON writes half a surrogate pair as an escape, which the API refuses as broken text; in whole pairs there is none. */
function wellFormed(json: string, findings: Findings): string {
  if (!json.includes('\\ud')) return json
  let found = false
  // Escaped backslashes are read as pairs, so that a text about such escapes stays as it is.
  const text = json.replace(/\\\\|\\ud[89a-f][0-9a-f]{2}/g, escape => {
    if (escape === '\\\\') return escape
    found = true
    return '\ufffd'
  })
  if (found) findings.warn('lone-surrogates', 'half a character (a lone surrogate) was replaced in a text')
  return text
}

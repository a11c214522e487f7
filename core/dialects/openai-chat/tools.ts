import { GatewayError } from '../../errors/gateway-error.ts'
import type { Tool, ToolChoice } from '../../model/request.ts'
import { checked } from '../../wire/checked.ts'
import { OpenaiAllowedTools, type OpenaiChatRequest, OpenaiFlatTool, OpenaiHostedTool, OpenaiNamedChoice, OpenaiTool } from '../../wire/openai-chat.ts'
import { cacheOf } from './content.ts'

const checkTool = checked(OpenaiTool)
const checkFlat = checked(OpenaiFlatTool)
const checkHosted = checked(OpenaiHostedTool)
const checkNamed = checked(OpenaiNamedChoice)
const checkAllowed = checked(OpenaiAllowedTools)

export interface ToolSetting {
  readonly tools: readonly Tool[]
  readonly toolChoice?: ToolChoice
}

/** What may be called, and what must be. */
export function parseTools({ tools, tool_choice: choice }: OpenaiChatRequest): ToolSetting {
  const declared = (tools ?? []).map(parseTool)
  if (choice === undefined || choice === null) return { tools: declared }
  if (typeof choice === 'string') return { tools: declared, toolChoice: { mode: modeOf(choice) ?? 'auto' } }
  if (choice.type !== 'allowed_tools') return { tools: declared, toolChoice: parseChoice(choice) }
  const { allowed_tools: allowed } = checkAllowed(choice, 'tool_choice')
  const names = new Set(allowed.tools.map((tool, index) => nameOf(tool, `tool_choice.allowed_tools.tools.${index}`)))
  return { tools: declared.filter(tool => names.has(tool.name)), toolChoice: { mode: allowed.mode } }
}

function parseTool(tool: { readonly type?: string | null }, index: number): Tool {
  const path = `tools.${index}`
  if ('function' in tool) {
    const { function: declared, cache_control } = checkTool(tool, path)
    return { name: declared.name, description: declared.description ?? '', schema: declared.parameters ?? {}, ...cacheOf(cache_control) }
  }
  const hosted = tool.type != null && tool.type !== 'function' && tool.type !== 'custom' && !('input_schema' in tool)
  if (hosted || 'custom' in tool) {
    const { type, custom, name } = checkHosted(tool, path)
    return { name: custom?.name ?? name ?? type, description: '', schema: {}, hosted: type }
  }
  if (!('name' in tool)) throw new GatewayError('bad_request', `${path}.function: field required`, { param: `${path}.function` })
  const { name, description, parameters, input_schema, cache_control } = checkFlat(tool, path)
  // A custom tool of the Responses API takes free text and has no schema: nobody but its vendor gives it that.
  if (tool.type === 'custom' && parameters == null && input_schema == null) return { name, description: '', schema: {}, hosted: 'custom' }
  return { name, description: description ?? '', schema: parameters ?? input_schema ?? {}, ...cacheOf(cache_control) }
}

/** A choice in the words of Chat, of the Responses API or of Anthropic. */
function parseChoice(choice: { readonly type: string }): ToolChoice {
  const mode = modeOf(choice.type)
  if (mode !== undefined) return { mode }
  if (choice.type === 'function' || choice.type === 'custom' || choice.type === 'tool') {
    return { mode: 'tool', name: nameOf(checkNamed(choice, 'tool_choice'), `tool_choice${choice.type === 'tool' ? '' : `.${choice.type}`}`) }
  }
  throw new GatewayError('bad_request', 'tool_choice.type: must be one of function, allowed_tools, auto, none, required', { param: 'tool_choice.type' })
}

function modeOf(word: string): 'auto' | 'none' | 'required' | undefined {
  if (word === 'any') return 'required'
  return word === 'auto' || word === 'none' || word === 'required' ? word : undefined
}

function nameOf({ function: declared, custom, name }: OpenaiNamedChoice, path: string): string {
  const found = declared?.name ?? custom?.name ?? name
  if (found === undefined || found === null || found === '') throw new GatewayError('bad_request', `${path}.name: field required`, { param: `${path}.name` })
  return found
}

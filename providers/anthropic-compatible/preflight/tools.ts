import type { ChatRequest, Tool } from '../../../core/index.ts'
import { isFields } from '../untrusted.ts'
import type { Findings } from './rules.ts'
import type { ToolNames } from './tool-identifiers.ts'
import { type CacheControl, cacheMark } from './turn.ts'

export interface ToolDeclaration {
  readonly name: string
  readonly description?: string
  readonly input_schema: Readonly<Record<string, unknown>>
  readonly cache_control?: CacheControl
}

export interface ToolChoiceField {
  readonly type: 'auto' | 'any' | 'none' | 'tool'
  readonly name?: string
  readonly disable_parallel_tool_use?: true
}

/** The tools that can be offered here, each once. */
export function ownTools(tools: readonly Tool[], findings: Findings): readonly Tool[] {
  const seen = new Set<string>()
  return tools.filter(({ name, hosted }, index) => {
    if (hosted !== undefined) {
      findings.warn('hosted-tools', `the tool "${hosted}" runs at another vendor and was left out`, `tools.${index}`)
      return false
    }
    if (seen.has(name)) {
      findings.warn('repeated-tools', 'a tool of the same name is declared before it; this one was left out', `tools.${index}`)
      return false
    }
    seen.add(name)
    return true
  })
}

export function declareTools(tools: readonly Tool[], names: ToolNames, findings: Findings): readonly ToolDeclaration[] {
  return tools.map(({ name, description, schema, cache }, index) => {
    const own = names.upstream(name)
    if (own !== name) findings.warn('tool-names', 'the name of a tool is sent in another form; answers have the real one', `tools.${index}`)
    return { name: own, ...(description === '' ? {} : { description }), input_schema: rootObject(schema, `tools.${index}`, findings), ...cacheMark(cache) }
  })
}

/** Below its root a schema may hold whatever JSON Schema has. */
function rootObject(schema: Tool['schema'], where: string, findings: Findings): Tool['schema'] {
  const { anyOf: _anyOf, oneOf: _oneOf, allOf: _allOf, ...rest } = schema
  if (Object.keys(rest).length < Object.keys(schema).length)
    findings.warn('tool-schema', 'anyOf, oneOf and allOf at the root of a schema were left out: the model chooses among all properties', where)
  if (rest.type !== undefined && rest.type !== 'object') findings.warn('tool-schema', 'the root of a schema was made an object', where)
  const properties = rest.properties === undefined || isFields(rest.properties) ? {} : { properties: {} }
  return { ...rest, type: 'object', ...properties }
}

/** Without tools there is nothing to choose: the API refuses both fields then. */
export function chooseTool(
  { toolChoice, parallelToolCalls }: ChatRequest,
  declared: readonly ToolDeclaration[],
  context: { readonly names: ToolNames; readonly findings: Findings },
): ToolChoiceField | undefined {
  if (declared.length === 0) {
    if (toolChoice !== undefined && toolChoice.mode !== 'none' && toolChoice.mode !== 'auto')
      context.findings.warn('tool-choice', 'a tool call was demanded, but no tool can be offered', 'tool_choice')
    return undefined
  }
  const parallel = parallelToolCalls === false ? ({ disable_parallel_tool_use: true } as const) : {}
  if (toolChoice === undefined) return parallelToolCalls === false ? { type: 'auto', ...parallel } : undefined
  switch (toolChoice.mode) {
    case 'auto':
      return { type: 'auto', ...parallel }
    case 'none':
      return { type: 'none' }
    case 'required':
      return { type: 'any', ...parallel }
    case 'tool': {
      const name = context.names.upstream(toolChoice.name)
      if (declared.some(tool => tool.name === name)) return { type: 'tool', name, ...parallel }
      context.findings.warn('tool-choice', 'the tool that was to be called is not declared; the model chooses', 'tool_choice')
      return { type: 'auto', ...parallel }
    }
    default:
      return toolChoice satisfies never
  }
}

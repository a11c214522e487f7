import type { ChatRequest, Tool } from '../../core/index.ts'
import { strictTools } from '../../core/wire/anthropic-extras.ts'
import { isRecord, type Json, type Rendering } from './content.ts'
import { isStrict } from './strict-schema.ts'
import type { ToolNames } from './tool-names.ts'

/** Keywords that may not stand at the root of a function's schema, though deeper down they may. */
const NOT_AT_ROOT: ReadonlySet<string> = new Set(['oneOf', 'anyOf', 'allOf', 'not', 'enum', '$ref'])

type ToolSettings = Pick<ChatRequest, 'tools' | 'toolChoice' | 'parallelToolCalls' | 'original'>

/** What may be called. Where there is nothing, neither choice nor order may be named (`providers.md` §6.2). */
export function toolFields({ tools, toolChoice, parallelToolCalls, original }: ToolSettings, rendering: Rendering & { readonly names: ToolNames }): Json {
  const { losses, quirks } = rendering
  const own = tools.filter(tool => tool.hosted === undefined)
  for (const { name } of tools.filter(tool => tool.hosted !== undefined))
    losses.report('hosted-tools', `the tool "${name.slice(0, 64)}" runs at another vendor's and was left out`, 'tools')
  if (own.length === 0) {
    if (toolChoice !== undefined && toolChoice.mode !== 'none' && toolChoice.mode !== 'auto')
      losses.report('tool-choice', 'a choice among no tools was left out', 'tool_choice')
    return {}
  }
  const strict = strictTools(original)
  const declared = own.map((tool, index) => renderTool(tool, { where: `tools.${index}`, strict: strict.has(tool.name) }, rendering))
  const parallel = parallelToolCalls === undefined || quirks.parallelToolCalls ? parallelToolCalls : undefined
  if (parallel !== parallelToolCalls && parallelToolCalls === false)
    losses.report('parallel-tool-calls', 'parallel tool calls cannot be switched off for this upstream', 'parallel_tool_calls')
  const choice = renderChoice(toolChoice, own, rendering)
  // Two declarations of one name are refused everywhere.
  const unique = [...new Map(declared.map(tool => [(tool['function'] as Json)['name'], tool])).values()]
  return { tools: unique, ...(choice === undefined ? {} : { tool_choice: choice }), ...(parallel === undefined ? {} : { parallel_tool_calls: parallel }) }
}

interface Declaring {
  readonly where: string
  /** Whether the client wants arguments that match the schema for certain. */
  readonly strict: boolean
}

function renderTool(
  { name, description, schema, cache }: Tool,
  { where, strict }: Declaring,
  { names, losses, quirks }: Rendering & { readonly names: ToolNames },
): Json {
  if (cache !== undefined && !quirks.cacheMarks) losses.report('cache-marks', 'a mark of what should be cached was left out: this upstream knows none', where)
  const refused = Object.keys(schema).filter(keyword => NOT_AT_ROOT.has(keyword))
  if (refused.length > 0) losses.report('tool-schema', `${refused.join(', ')} at the root of a tool's schema was left out`, where)
  // Whoever enforces the form of an answer enforces that of arguments, of schemas that leave nothing open.
  const promised = strict && quirks.structuredOutput === 'json_schema' && refused.length === 0 && isStrict(schema)
  if (strict && !promised)
    losses.report('strict-tools', 'arguments are not promised to match the schema of a tool: the upstream has no such promise for it', where)
  return {
    type: 'function',
    function: {
      name: names.upstream(name),
      ...(description === '' ? {} : { description: description.toWellFormed() }),
      parameters: parameters(schema),
      ...(promised ? { strict: true } : {}),
    },
    ...(cache === undefined || !quirks.cacheMarks ? {} : { cache_control: { type: 'ephemeral', ...cache } }),
  }
}

/** A schema whose root is an object with properties: several servers refuse any other. */
function parameters(schema: Json): Json {
  const { properties, required, ...rest } = schema
  const kept = Object.fromEntries(Object.entries(rest).filter(([keyword]) => !NOT_AT_ROOT.has(keyword)))
  const names: readonly unknown[] = Array.isArray(required) ? required : []
  return {
    ...kept,
    type: 'object',
    properties: isRecord(properties) ? properties : {},
    ...(names.length > 0 && names.every(name => typeof name === 'string') ? { required: names } : {}),
  }
}

function renderChoice(choice: ChatRequest['toolChoice'], tools: readonly Tool[], { names, losses }: Rendering & { readonly names: ToolNames }): unknown {
  if (choice === undefined) return undefined
  if (choice.mode !== 'tool') return choice.mode
  if (tools.some(({ name }) => name === choice.name)) return { type: 'function', function: { name: names.upstream(choice.name) } }
  losses.report('tool-choice', 'the choice of a tool that is not there was left out', 'tool_choice')
  return undefined
}

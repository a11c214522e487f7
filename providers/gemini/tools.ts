import type { ChatRequest, Tool } from '../../core/index.ts'
import type { GeminiFunctionDeclaration, GeminiRequest } from '../../core/wire/gemini.ts'
import { type NormalisedSchema, normaliseSchema } from '../../core/wire/json-schema/normalise.ts'
import { GEMINI_SUBSET } from '../../core/wire/json-schema/table.ts'
import type { Losses } from './losses.ts'
import { mapToolNames, type ToolNames } from './tool-names.ts'

export interface ToolSetup {
  readonly names: ToolNames
  readonly tools: Pick<GeminiRequest, 'tools' | 'toolConfig'>
  /** Schemas, by the client's names, whose enums became strings: arguments must be given their types back. */
  readonly retyped: ReadonlyMap<string, Tool['schema']>
}

/** By identity: a schema is read once however many attempts its request takes. */
const normalised = new WeakMap<object, NormalisedSchema>()

/** The tools of a request as the API declares them, and which of them the model may or must call. */
export function setUpTools(request: Pick<ChatRequest, 'tools' | 'toolChoice' | 'messages'>, losses: Losses): ToolSetup {
  const declared = new Map<string, Tool>()
  for (const tool of request.tools) {
    if (tool.hosted !== undefined) losses.add('hosted-tools', `the tool "${tool.name}" runs at another vendor and was left out`, 'tools')
    else if (declared.has(tool.name)) losses.add('repeated-tools', `the tool "${tool.name}" is declared more than once; the first one counts`, 'tools')
    else declared.set(tool.name, tool)
  }
  const names = mapToolNames([...declared.keys(), ...calledNames(request)])
  const functionDeclarations = [...declared.values()].map(tool => declaration(tool, names, losses))
  if (functionDeclarations.length === 0) return { names, tools: {}, retyped: new Map() }
  const retyped = [...declared.values()].filter(({ schema }) => normalise(schema).losses.some(({ keyword }) => keyword === 'enum'))
  return {
    names,
    tools: { tools: [{ functionDeclarations }], ...toolConfig(request, { names, declared, losses }) },
    retyped: new Map(retyped.map(({ name, schema }) => [name, schema])),
  }
}

function calledNames({ messages }: Pick<ChatRequest, 'messages'>): readonly string[] {
  return messages.flatMap(({ parts }) => parts.flatMap(part => (part.type === 'tool-call' ? part.name : [])))
}

function declaration({ name, description, schema }: Tool, names: ToolNames, losses: Losses): GeminiFunctionDeclaration {
  const upstream = names.upstream(name)
  if (upstream !== name) losses.add('tool-names', `the tool "${name}" is called "${upstream}" upstream`, 'tools')
  const { schema: parameters, losses: lost } = normalise(schema)
  if (lost.length > 0) {
    const keywords = [...new Set(lost.map(({ keyword }) => keyword))].toSorted().join(', ')
    losses.add('tool-schemas', `the schema of the tool "${name}" lost what the API does not know: ${keywords}`, 'tools')
  }
  return {
    name: upstream,
    ...(description === '' ? {} : { description }),
    // A function without arguments has no parameters: an object without properties is refused by some versions of the API.
    ...(parameters['properties'] === undefined ? {} : { parameters: { ...parameters } }),
  }
}

function normalise(schema: Tool['schema']): NormalisedSchema {
  const known = normalised.get(schema)
  if (known !== undefined) return known
  const result = normaliseSchema(schema, GEMINI_SUBSET, 'object')
  normalised.set(schema, result)
  return result
}

interface Choosing {
  readonly names: ToolNames
  readonly declared: ReadonlyMap<string, Tool>
  readonly losses: Losses
}

function toolConfig({ toolChoice }: Pick<ChatRequest, 'toolChoice'>, { names, declared, losses }: Choosing): Pick<GeminiRequest, 'toolConfig'> {
  switch (toolChoice?.mode) {
    case 'none':
      return { toolConfig: { functionCallingConfig: { mode: 'NONE' } } }
    case 'required':
      return { toolConfig: { functionCallingConfig: { mode: 'ANY' } } }
    case 'tool':
      if (declared.has(toolChoice.name)) {
        return { toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: [names.upstream(toolChoice.name)] } } }
      }
      losses.add('tool-choice', `the choice of the tool "${toolChoice.name}" was left out: it is not declared`, 'tool_choice')
      return {}
    case 'auto':
    case undefined:
      return {}
    default:
      return toolChoice satisfies never
  }
}

import type { ChatRequest } from '../model/request.ts'

type Fields = Readonly<Record<string, unknown>>

/** What a Messages request may wish for beyond the hub's words (`providers.md` §7.2), and what becomes of it where another wire is spoken. */
export const ANTHROPIC_EXTRAS = {
  'mcp-servers': "tools of MCP servers (`mcp_servers`), which run at Anthropic's, are left out",
  'context-management': '`context_management` is left out: nothing of the conversation is taken out on the way',
  container: '`container` is left out',
  'service-tier': '`service_tier` is left out',
  speed: '`speed` is left out',
  'inference-geo': '`inference_geo` is left out: where the answer is made is up to the upstream',
  'strict-tools': 'that arguments must match the schema (`strict`) is left out where the upstream has no such promise for it',
  'deferred-tools': 'tools that were to be loaded on demand (`defer_loading`) are declared at once',
  'input-examples': 'examples of arguments (`input_examples`) are left out',
  citations: 'documents are sent without the wish for citations',
} as const satisfies Readonly<Record<string, string>>

type AnthropicExtra = keyof typeof ANTHROPIC_EXTRAS

export interface FoundExtra {
  readonly rule: AnthropicExtra
  readonly message: string
  readonly where: string
}

const OF_REQUEST: readonly (readonly [field: string, rule: AnthropicExtra])[] = [
  ['mcp_servers', 'mcp-servers'],
  ['context_management', 'context-management'],
  ['container', 'container'],
  ['service_tier', 'service-tier'],
  ['speed', 'speed'],
  ['inference_geo', 'inference-geo'],
]
const OF_TOOL: readonly (readonly [field: string, rule: AnthropicExtra])[] = [
  ['strict', 'strict-tools'],
  ['defer_loading', 'deferred-tools'],
  ['input_examples', 'input-examples'],
]

/** Those that a request has, with their places; none of a request of another wire. */
export function anthropicExtras({ original }: ChatRequest): readonly FoundExtra[] {
  if (original?.wire !== 'anthropic') return []
  const { body } = original
  return [
    ...OF_REQUEST.flatMap(([field, rule]) => (wishes(body[field]) ? [found(rule, field)] : [])),
    ...listOf(body['tools']).flatMap((tool, at) => OF_TOOL.flatMap(([field, rule]) => (wishes(tool[field]) ? [found(rule, `tools.${at}.${field}`)] : []))),
    ...listOf(body['messages']).flatMap(({ content }, at) => citations(content, `messages.${at}.content`)),
  ]
}

/** Names of the tools whose arguments must match their schema. */
export function strictTools(original: ChatRequest['original']): ReadonlySet<unknown> {
  if (original?.wire !== 'anthropic') return new Set()
  return new Set(listOf(original.body['tools']).flatMap(({ name, strict }) => (strict === true ? [name] : [])))
}

function citations(content: unknown, path: string): readonly FoundExtra[] {
  return listOf(content).flatMap((block, at) => {
    if (block['type'] === 'tool_result') return citations(block['content'], `${path}.${at}.content`)
    const { citations: wish } = block
    return block['type'] === 'document' && isFields(wish) && wish['enabled'] === true ? [found('citations', `${path}.${at}.citations`)] : []
  })
}

function found(rule: AnthropicExtra, where: string): FoundExtra {
  return { rule, where, message: ANTHROPIC_EXTRAS[rule] }
}

function wishes(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && !(Array.isArray(value) && value.length === 0)
}

/** Places stay as they are: what is no object counts as an empty one. */
function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map((item: unknown) => (isFields(item) ? item : {})) : []
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

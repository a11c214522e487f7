import { countOf, type Fields, fieldsOf, isFields, listOf } from '../../untrusted.ts'
import type { SimulatedModel } from '../models.ts'
import { onlyKnown, refuse, type ValidationContext } from './complaint.ts'

const HOSTED = /^(?:bash|text_editor|web_search|web_fetch|code_execution|memory|computer|tool_search_tool_regex|tool_search_tool_bm25)_\d{8}$|^mcp_toolset$/
const TOOL_FIELDS = [
  'type',
  'name',
  'description',
  'input_schema',
  'cache_control',
  'strict',
  'defer_loading',
  'input_examples',
  'eager_input_streaming',
  'allowed_callers',
]

/** Tools and the choice among them. @throws Refused */
export function checkTools(body: Fields, { future }: ValidationContext): void {
  const names = new Set<unknown>()
  if (body.tools !== undefined && !Array.isArray(body.tools)) refuse('tools: Input should be a valid array')
  listOf(body.tools).forEach((value, index) => {
    const tool = fieldsOf(value)
    const path = `tools.${index}.custom`
    if (names.has(tool.name)) refuse('tools: Tool names must be unique.')
    names.add(tool.name)
    if (typeof tool.type === 'string' && tool.type !== 'custom') {
      if (!HOSTED.test(tool.type)) refuse(`tools.${index}: Input tag '${tool.type}' found using 'type' does not match any of the expected tags`)
      return
    }
    onlyKnown(tool, TOOL_FIELDS, { path, future })
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(String(tool.name))) refuse(`${path}.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`)
    if (tool.description !== undefined && typeof tool.description !== 'string') refuse(`${path}.description: Input should be a valid string`)
    const schema = tool.input_schema
    if (!isFields(schema)) refuse(`${path}.input_schema: Field required`)
    if (schema.type !== 'object') refuse(`${path}.input_schema.type: Input should be 'object'`)
    for (const word of ['anyOf', 'oneOf', 'allOf'])
      if (word in schema) refuse(`${path}.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level`)
    if (schema.properties !== undefined && !isFields(schema.properties))
      refuse(`${path}.input_schema: JSON schema is invalid. It must match JSON Schema draft 2020-12`)
  })
  const choice = body.tool_choice
  if (choice === undefined) return
  if (names.size === 0) refuse('tool_choice: tool_choice may only be specified while providing tools')
  const { type, name, disable_parallel_tool_use: alone } = fieldsOf(choice)
  if (!['auto', 'any', 'none', 'tool'].includes(String(type)))
    refuse("tool_choice: Input tag does not match any of the expected tags: 'auto', 'any', 'tool', 'none'")
  if (type === 'none' && alone !== undefined) refuse('tool_choice.none.disable_parallel_tool_use: Extra inputs are not permitted')
  if (type === 'tool' && !names.has(name)) refuse(`tool_choice: Tool '${String(name)}' not found in provided tools`)
}

/** At most four cache marks, the longer-lived first. @throws Refused */
export function checkCacheMarks({ tools, system, messages }: Fields): void {
  const marks: unknown[] = []
  collectMarks([tools, system, messages], marks)
  if (marks.length > 4) refuse(`A maximum of 4 blocks with cache_control may be provided. Found ${marks.length}.`)
  let short = false
  for (const mark of marks) {
    const { type, ttl = '5m' } = fieldsOf(mark)
    if (type !== 'ephemeral' || (ttl !== '5m' && ttl !== '1h')) refuse('cache_control: Input should be an ephemeral cache control')
    if (ttl === '1h' && short) refuse("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block")
    short ||= ttl === '5m'
  }
}

function collectMarks(value: unknown, marks: unknown[]): void {
  if (Array.isArray(value)) for (const item of value) collectMarks(item, marks)
  if (!isFields(value)) return
  if (value.cache_control != null) {
    if (value.type === 'thinking' || value.type === 'redacted_thinking') refuse('cache_control cannot be set for `thinking` blocks')
    marks.push(value.cache_control)
  }
  if (value.content !== undefined) collectMarks(value.content, marks)
}

/** Reasoning, sampling and the shape of the answer (`providers.md` §7.2). @throws Refused */
export function checkSettings(body: Fields, model: SimulatedModel): void {
  const maxTokens = body.max_tokens
  if (maxTokens === undefined) refuse('max_tokens: Field required')
  if (typeof maxTokens !== 'number' || !Number.isInteger(maxTokens) || maxTokens < 1) refuse('max_tokens: Input should be greater than or equal to 1')
  if (maxTokens > model.output) refuse(`max_tokens: ${maxTokens} > ${model.output}, which is the maximum allowed number of output tokens for ${model.id}`)
  checkThinking(body, model, maxTokens)
  checkSampling(body, model)
  const config = fieldsOf(body.output_config)
  onlyKnown(config, ['effort', 'format', 'task_budget'], { path: 'output_config', future: new Set() })
  if (config.effort !== undefined && !model.efforts.some(each => each === config.effort))
    refuse('output_config.effort: This model does not support this effort level')
  if (config.format !== undefined && (fieldsOf(config.format).type !== 'json_schema' || !isFields(fieldsOf(config.format).schema)))
    refuse("output_config.format: Input should be of the type 'json_schema'")
  for (const sequence of listOf(body.stop_sequences))
    if (typeof sequence !== 'string' || sequence.trim() === '') refuse('stop_sequences: each stop sequence must contain non-whitespace')
}

function checkThinking(body: Fields, model: SimulatedModel, maxTokens: number): void {
  if (body.thinking === undefined) return
  const thinking = fieldsOf(body.thinking)
  const { type, budget_tokens: budget, display } = thinking
  onlyKnown(thinking, ['type', 'budget_tokens', 'display'], { path: 'thinking', future: new Set() })
  if (!model.thinking.some(each => each === type)) refuse(`thinking.type: \`${String(type)}\` is not supported by ${model.id}`)
  if (display !== undefined && display !== 'summarized' && display !== 'omitted') refuse("thinking.display: Input should be 'summarized' or 'omitted'")
  if (type !== 'enabled') {
    if (budget !== undefined) refuse(`thinking.${String(type)}.budget_tokens: Extra inputs are not permitted`)
    return
  }
  const tokens = countOf(budget)
  if (tokens === undefined || !Number.isInteger(tokens)) refuse('thinking.enabled.budget_tokens: Field required')
  if (tokens < 1024) refuse('thinking.enabled.budget_tokens: Input should be greater than or equal to 1024')
  if (tokens >= maxTokens) refuse('`max_tokens` must be greater than `thinking.budget_tokens`')
  const choice = fieldsOf(body.tool_choice).type
  if (choice === 'any' || choice === 'tool') refuse('Thinking may not be enabled when tool_choice forces tool use.')
}

function checkSampling(body: Fields, model: SimulatedModel): void {
  const { temperature, top_p: topP, top_k: topK } = body
  const thinking = fieldsOf(body.thinking).type
  const thinks = thinking === 'enabled' || thinking === 'adaptive'
  const within = (value: unknown, name: string) => {
    if (value !== undefined && (typeof value !== 'number' || value < 0 || value > 1)) refuse(`${name}: Input should be between 0 and 1`)
  }
  within(temperature, 'temperature')
  within(topP, 'top_p')
  if (topK !== undefined && (!Number.isInteger(topK) || Number(topK) < 0)) refuse('top_k: Input should be greater than or equal to 0')
  if (model.sampling === 'none' && [temperature, topP, topK].some(value => value !== undefined))
    refuse('temperature, top_p and top_k are not supported by this model')
  if (model.sampling === 'one' && temperature !== undefined && topP !== undefined)
    refuse('`temperature` and `top_p` cannot both be specified for this model. Please use only one.')
  if (thinks && temperature !== undefined && temperature !== 1) refuse('`temperature` may only be set to 1 when thinking is enabled.')
  if (thinks && topK !== undefined) refuse('`top_k` must be unset when thinking is enabled.')
  if (thinks && typeof topP === 'number' && topP < 0.95) refuse('`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.')
}

import type { SimulatedAccount } from './accounts.ts'
import { authenticate, ownsArn, refuse } from './authentication.ts'
import { isApiKey } from './arn.ts'
import { type Exchange, headerOf, sendJson, sendText } from './exchange.ts'
import { isObject, type JsonObject, objectOf, parseJson, textOf } from './json.ts'
import { performError } from './step-performer.ts'
import type { World } from './world.ts'

const SEARCH_TOOL = {
  name: 'web_search',
  description: 'Searches the web. Simulated.',
  inputSchema: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
}

/** `POST /mcp`: remote tools over JSON-RPC (`kiro.md` §1.8). A query that contains "nothing" finds nothing. */
export async function mcp(exchange: Exchange, world: World): Promise<void> {
  const account = authenticate(exchange, world)
  if (account === undefined) return
  const step = world.steps.control('mcp', { account: account.id, host: headerOf(exchange, 'host') })
  if (step !== undefined) {
    await performError(exchange, step)
    return
  }
  const call = parseJson(exchange.body.toString())
  if (!isObject(call) || call.jsonrpc !== '2.0') {
    refuse(exchange, world, { rule: 'json-rpc', error: 'improperly-formed', detail: 'not a JSON-RPC call' })
    return
  }
  if (!mayCall(exchange, world, { account, call })) return
  if (call.method === 'notifications/initialized') {
    sendText(exchange, '', { status: 202, headers: {} })
    return
  }
  sendJson(exchange, { id: call.id ?? null, jsonrpc: '2.0', ...answer(call) })
}

function mayCall(exchange: Exchange, world: World, { account, call }: { readonly account: SimulatedAccount; readonly call: JsonObject }): boolean {
  const { validation } = world.settings
  if (validation === 'off') return true
  if (!`${headerOf(exchange, 'user-agent')} ${headerOf(exchange, 'x-amz-user-agent')}`.includes('KiroIDE-')) {
    refuse(exchange, world, { rule: 'client-identity', error: 'not-authorized', detail: 'the user agent does not name the IDE' })
    return false
  }
  const inRoot = textOf(call.profileArn)
  const inHeader = headerOf(exchange, 'x-amzn-kiro-profile-arn')
  // The runtime host looks at the root alone, and does not serve AWS SSO tokens here.
  const arn = validation === 'kirodev' ? inRoot : (inRoot ?? inHeader)
  if (arn === undefined && !isApiKey(account)) {
    refuse(exchange, world, { rule: 'profile-arn-present', error: 'profile-arn-required', detail: 'profileArn missing' })
    return false
  }
  if (validation === 'kirodev' && account.kind === 'idc') {
    refuse(exchange, world, { rule: 'mcp-host', error: 'not-authorized', detail: 'the runtime host does not serve AWS SSO tokens' })
    return false
  }
  return ownsArn(exchange, world, { account, arn: inRoot }) && ownsArn(exchange, world, { account, arn: inHeader })
}

function answer(call: JsonObject): JsonObject {
  switch (call.method) {
    case 'initialize':
      return {
        result: { protocolVersion: '2025-03-26', capabilities: { tools: {} }, serverInfo: { name: 'kiro-simulator', version: '1' } },
      }
    case 'tools/list':
      return { result: { tools: [SEARCH_TOOL] } }
    case 'tools/call':
      return callTool(objectOf(call.params))
    default:
      return { error: { code: -32_601, message: 'Method not found' } }
  }
}

function callTool(params: JsonObject): JsonObject {
  if (params.name !== SEARCH_TOOL.name) return { error: { code: -32_602, message: `Unknown tool: ${String(params.name)}` } }
  const query = textOf(objectOf(params.arguments).query) ?? ''
  if (query === '' || query.includes('nothing')) return { error: { code: -32_602, message: 'No results found' } }
  const results = [1, 2].map(number => ({
    title: `Simulated result ${number} for ${query}`,
    url: `https://example.com/${number}`,
    snippet: `What page ${number} says about ${query}.`,
    publishedDate: number === 1 ? 1_764_547_200_000 : null,
    id: `result-${number}`,
    domain: 'example.com',
    maxVerbatimWordLimit: 30,
    publicDomain: false,
  }))
  const text = JSON.stringify({ results, totalResults: results.length, query, error: null })
  return { result: { isError: false, content: [{ type: 'text', text }] } }
}

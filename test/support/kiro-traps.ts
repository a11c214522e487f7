import type { ImportContext } from '../../core/index.ts'
import type { AccountSummary } from '../../core/contract/pool.ts'
import type { IssuedCredential, JournalEntry } from '../../providers/kiro/simulator/index.ts'
import { eventually } from './eventually.ts'
import { ask, type TestGateway } from './gateway.ts'

/** What a client of the Messages API was told. */
export interface Told {
  readonly status: number
  readonly attempts: number
  /** Rules that changed the request. */
  readonly changes: readonly string[]
  readonly retryAfter: number
  readonly type: string
  /** Words of an error. */
  readonly error: string
  readonly content: readonly ToldBlock[]
  readonly text: string
  readonly stopReason: string | undefined
  readonly usage: Readonly<Record<string, number>>
}

interface ToldBlock {
  readonly type: string
  readonly id?: string
  readonly text?: string
  readonly name?: string
  readonly input?: unknown
  readonly thinking?: string
  readonly signature?: string
}

interface Body {
  readonly content?: readonly ToldBlock[]
  readonly error?: { readonly type: string; readonly message: string }
  readonly type: string
  readonly stop_reason?: string
  readonly usage?: Readonly<Record<string, number>>
}

/** Asks the gateway for a whole answer. */
export async function tell(gateway: TestGateway, request: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Told> {
  const response = await gateway.post('/v1/messages', request, headers)
  const body = (await response.json()) as Body
  const content = body.content ?? []
  return {
    status: response.status,
    attempts: Number(response.headers.get('x-kiro-gateway-attempts')),
    changes: (response.headers.get('x-kiro-gateway-changes') ?? '').split(/,\s*/).filter(name => name !== ''),
    retryAfter: Number(response.headers.get('retry-after')),
    type: body.error?.type ?? body.type,
    error: body.error?.message ?? '',
    content,
    text: content.map(block => block.text ?? '').join(''),
    stopReason: body.stop_reason,
    usage: body.usage ?? {},
  }
}

/** A request of a whole conversation. */
export const talk = (messages: readonly unknown[], more: Readonly<Record<string, unknown>> = {}) => ask('', { ...more, messages })

export const toolUse = (id: string, name = 'read_file', input: unknown = { path: 'a' }) => ({ type: 'tool_use', id, name, input })
export const toolResult = (id: string, content: unknown = 'done') => ({ type: 'tool_result', tool_use_id: id, content })
export const toolNamed = (name: string, more: object = {}) => ({
  name,
  description: `Does ${name}.`,
  input_schema: { type: 'object', properties: {} },
  ...more,
})
export const picture = (data: string, media_type = 'image/png') => ({ type: 'image', source: { type: 'base64', media_type, data } })

/** The start of a PNG of that size, padded to `bytes`: as much as anybody looks at. */
export function png(width: number, height: number, bytes = 33): string {
  const head = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
  const size = Buffer.alloc(8)
  size.writeUInt32BE(width, 0)
  size.writeUInt32BE(height, 4)
  return Buffer.concat([head, size, Buffer.alloc(Math.max(0, bytes - 24))]).toString('base64')
}

interface Spec {
  readonly name: string
  readonly description: string
  readonly inputSchema: { readonly json: Readonly<Record<string, unknown>> & { readonly properties: Readonly<Record<string, unknown>> } }
}

interface UpstreamTurn {
  readonly content: string
  readonly images?: readonly { readonly format: string; readonly source: { readonly bytes: string } }[]
  readonly userInputMessageContext?: {
    readonly tools?: readonly { readonly toolSpecification: Spec }[]
    readonly toolResults?: readonly { readonly toolUseId: string; readonly status: string; readonly content: readonly { readonly text: string }[] }[]
  }
  readonly toolUses?: readonly { readonly toolUseId: string; readonly name: string }[]
  readonly reasoningContent?: { readonly reasoningText?: { readonly text: string; readonly signature: string } }
}

interface UpstreamEntry {
  readonly userInputMessage?: UpstreamTurn
  readonly assistantResponseMessage?: UpstreamTurn
}

interface UpstreamBody {
  readonly conversationState: { readonly conversationId: string; readonly history?: readonly UpstreamEntry[]; readonly currentMessage: UpstreamEntry }
  readonly profileArn?: string
  readonly additionalModelRequestFields?: unknown
}

/** One call for an answer as the upstream got it. */
export interface Sent {
  readonly entry: JournalEntry
  readonly body: UpstreamBody
  readonly raw: string
  readonly turns: readonly UpstreamTurn[]
  readonly users: readonly UpstreamTurn[]
  readonly assistants: readonly UpstreamTurn[]
  readonly current: UpstreamTurn
  readonly tools: readonly Spec[]
}

/** The calls for answers that reached the upstream, oldest first. */
export function sent(gateway: TestGateway): readonly Sent[] {
  return gateway.simulator.journal.filter(entry => entry.operation === 'generate').map(readSent)
}

export function lastSent(gateway: TestGateway): Sent {
  const last = sent(gateway).at(-1)
  if (last === undefined) throw new Error('nothing was sent')
  return last
}

/** Calls of one operation: `refresh`, `token`, `models`, `profiles`, `mcp`. */
export const calls = (gateway: TestGateway, operation: string) => gateway.simulator.journal.filter(entry => entry.operation === operation)

function readSent(entry: JournalEntry): Sent {
  const body = entry.body as UpstreamBody
  const { history = [], currentMessage } = body.conversationState
  const entries = [...history, currentMessage]
  const current = currentMessage.userInputMessage as UpstreamTurn
  return {
    entry,
    body,
    raw: JSON.stringify(body),
    turns: entries.flatMap(each => each.userInputMessage ?? each.assistantResponseMessage ?? []),
    users: entries.flatMap(each => each.userInputMessage ?? []),
    assistants: entries.flatMap(each => each.assistantResponseMessage ?? []),
    current,
    tools: (current.userInputMessageContext?.tools ?? []).map(tool => tool.toolSpecification),
  }
}

const ALONE: ImportContext = { source: 'test.json', companion: () => Promise.resolve(undefined), companions: () => Promise.resolve([]) }

/** Adds what `accounts import` would make of a credential, and waits until the pool knows it. */
export async function addAccount(gateway: TestGateway, credential: unknown): Promise<string> {
  const { directory, providers, watch } = gateway.gateway.services
  const read = await providers.get('kiro')?.importer?.parse(JSON.stringify(credential), ALONE)
  const [account] = read?.accounts ?? []
  if (account === undefined) throw new Error(`it is no credential: ${JSON.stringify(read?.rejected)}`)
  const { id } = await directory.add('kiro', account, 'store')
  await watch.check()
  return id
}

/** A credential as the IDE writes it, without some of its members. */
export function without(credential: IssuedCredential, ...members: readonly (keyof IssuedCredential)[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(credential).filter(([name]) => !(members as readonly string[]).includes(name)))
}

export const accounts = (gateway: TestGateway): Promise<readonly AccountSummary[]> => gateway.gateway.services.directory.list()

/** Waits until the states of all accounts, which are written behind, read so, in whatever order. */
export async function becomes(gateway: TestGateway, ...states: readonly string[]): Promise<void> {
  await eventually(
    async () =>
      (await accounts(gateway))
        .map(account => account.state.status)
        .toSorted()
        .join() === states.toSorted().join(),
  )
}

/** What a strict client makes of an Anthropic stream. */
export interface AnthropicStream {
  readonly message: {
    readonly id: string
    readonly model: string
    readonly content: readonly AnthropicBlock[]
    readonly stop_reason: string | null
    readonly stop_sequence: string | null
    readonly usage: Readonly<Record<string, number>>
  }
  /** The in-band error that ended it, if one did. */
  readonly error?: { readonly type: string; readonly message: string }
  readonly pings: number
  /** The event types in their order, pings left out. */
  readonly types: readonly string[]
}

export type AnthropicBlock =
  | { type: 'text'; text: string }
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'redacted_thinking'; data: string }
  | { type: 'tool_use'; id: string; name: string; input: unknown }

interface Frame {
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

interface OpenBlock {
  readonly index: number
  readonly block: AnthropicBlock
  json: string
}

const DELTAS: Readonly<Record<string, readonly string[]>> = {
  text: ['text_delta'],
  thinking: ['thinking_delta', 'signature_delta'],
  tool_use: ['input_json_delta'],
  redacted_thinking: [],
}

/**
 * Checks a whole Anthropic event stream as strictly as its worst client (`providers.md` §7.3) and folds it into a message.
 * @throws Error that names the first frame out of place
 */
export function readAnthropicStream(text: string): AnthropicStream {
  const frames = framesOf(text)
  const types: string[] = []
  let pings = 0
  let message: { id: string; model: string; content: AnthropicBlock[]; stop_reason: string | null; stop_sequence: string | null; usage: Record<string, number> } | undefined
  let open: OpenBlock | undefined
  let delta = false
  let ended: string | undefined
  let error: AnthropicStream['error']

  frames.forEach(({ event, data }, at) => {
    const must = (condition: boolean, why: string): void => {
      if (!condition) throw new Error(`frame ${at} (${event}): ${why}\n${JSON.stringify(data)}`)
    }
    must(ended === undefined, `comes after ${ended ?? ''}, which ends a stream`)
    must(data.type === event, 'its event line and its type differ')
    if (event === 'ping') {
      pings++
      return
    }
    types.push(event)
    switch (event) {
      case 'error': {
        const told = data.error as { type?: unknown; message?: unknown } | undefined
        must(typeof told?.type === 'string' && typeof told.message === 'string' && told.message !== '', 'has no type or no message')
        must(typeof data.request_id === 'string', 'has no request id')
        error = told as NonNullable<AnthropicStream['error']>
        ended = event
        return
      }
      case 'message_start': {
        must(message === undefined, 'a stream has one message')
        const given = data.message as NonNullable<typeof message> & { type: string; role: string }
        must(given.type === 'message' && given.role === 'assistant', 'is not an assistant message')
        must(typeof given.id === 'string' && given.id !== '' && typeof given.model === 'string', 'has no id or no model')
        must(Array.isArray(given.content) && given.content.length === 0 && given.stop_reason === null && given.stop_sequence === null, 'does not begin empty')
        must(isCount(given.usage?.input_tokens) && isCount(given.usage?.output_tokens), 'has no usage')
        message = { ...given, content: [], usage: { ...given.usage } }
        return
      }
      default:
    }
    if (message === undefined) throw new Error(`frame ${at} (${event}): comes before message_start`)
    switch (event) {
      case 'content_block_start': {
        must(!delta, 'comes after message_delta')
        must(open === undefined, `block ${open?.index ?? ''} is still open`)
        must(data.index === message.content.length, `block ${message.content.length} would be next`)
        const block = data.content_block as AnthropicBlock
        must(isEmptyBlock(block), 'does not begin empty')
        open = { index: message.content.length, block: { ...block }, json: '' }
        message.content.push(open.block)
        return
      }
      case 'content_block_delta': {
        const piece = data.delta as Record<string, string>
        must(open !== undefined && data.index === open.index, 'its block is not open')
        must(DELTAS[open?.block.type ?? '']?.includes(piece.type as string) === true, `a ${piece.type ?? ''} does not belong into a ${open?.block.type ?? ''} block`)
        must(extend(open as OpenBlock, piece), 'has no text')
        return
      }
      case 'content_block_stop':
        must(open !== undefined && data.index === open.index, 'its block is not open')
        if (open?.block.type === 'tool_use') {
          const input: unknown = open.json === '' ? {} : JSON.parse(open.json)
          must(typeof input === 'object' && input !== null && !Array.isArray(input), 'its input is no JSON object')
          open.block.input = input
        }
        open = undefined
        return
      case 'message_delta': {
        must(open === undefined, 'a block is still open')
        must(!delta, 'comes twice')
        const { stop_reason: reason, stop_sequence: sequence } = data.delta as { stop_reason: unknown; stop_sequence: unknown }
        must(typeof reason === 'string' && (sequence === null || typeof sequence === 'string'), 'has no stop reason')
        const usage = data.usage as Record<string, number>
        must(isCount(usage?.output_tokens) && Object.values(usage).every(isCount), 'has no usage')
        message.stop_reason = reason as string
        message.stop_sequence = sequence as string | null
        Object.assign(message.usage, usage)
        delta = true
        return
      }
      case 'message_stop':
        must(delta, 'comes before message_delta')
        ended = event
        return
      default:
        must(false, 'is no event of this API')
    }
  })
  if (ended === undefined) throw new Error(`the stream ends after ${types.at(-1) ?? 'nothing'}, with neither message_stop nor error`)
  const nothing = { id: '', model: '', content: [], stop_reason: null, stop_sequence: null, usage: {} }
  return { message: message ?? nothing, ...(error === undefined ? {} : { error }), pings, types }
}

function framesOf(text: string): readonly Frame[] {
  if (text !== '' && !text.endsWith('\n\n')) throw new Error(`the stream ends inside a frame: ${JSON.stringify(text.slice(-80))}`)
  return text
    .split('\n\n')
    .slice(0, -1)
    .map((frame, at) => {
      const match = /^event: ([a-z_]+)\ndata: ([^\r\n]+)$/.exec(frame)
      if (match === null) throw new Error(`frame ${at} is not one event line and one data line: ${JSON.stringify(frame.slice(0, 200))}`)
      return { event: match[1] as string, data: JSON.parse(match[2] as string) as Record<string, unknown> }
    })
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
}

function isEmptyBlock(block: AnthropicBlock): boolean {
  switch (block.type) {
    case 'text':
      return block.text === ''
    case 'thinking':
      return block.thinking === '' && block.signature === ''
    case 'redacted_thinking':
      return typeof block.data === 'string'
    case 'tool_use':
      return typeof block.id === 'string' && block.id !== '' && typeof block.name === 'string' && JSON.stringify(block.input) === '{}'
    default:
      return false
  }
}

function extend(open: OpenBlock, piece: Readonly<Record<string, string>>): boolean {
  const { block } = open
  if (block.type === 'text' && typeof piece.text === 'string') block.text += piece.text
  else if (block.type === 'thinking' && piece.type === 'thinking_delta' && typeof piece.thinking === 'string') block.thinking += piece.thinking
  else if (block.type === 'thinking' && typeof piece.signature === 'string') block.signature += piece.signature
  else if (block.type === 'tool_use' && typeof piece.partial_json === 'string') open.json += piece.partial_json
  else return false
  return true
}

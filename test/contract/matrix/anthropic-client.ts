import Anthropic from '@anthropic-ai/sdk'
import { type ClientPlace, type MatrixClient, NotingFetch, type Question, type Refusal, type Told, type Turn } from './client.ts'

const STOPS: Readonly<Record<string, string>> = { end_turn: 'stop', tool_use: 'tool-calls', max_tokens: 'length' }

/** The official client of Anthropic's Messages API. */
export function anthropicClient({ url, key }: ClientPlace): MatrixClient {
  const noting = new NotingFetch()
  const sdk = new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0, fetch: noting.fetch })
  return {
    dialect: 'anthropic',
    thinking: ['effort', 'budget'],
    async ask(question, stream) {
      const params = paramsOf(question)
      const message = stream ? await sdk.messages.stream(params).finalMessage() : await sdk.messages.create(params)
      return toldBy(message, noting.changes)
    },
    async refused(question, stream) {
      let text = ''
      try {
        if (stream)
          for await (const event of sdk.messages.stream(paramsOf(question)))
            text += event.type === 'content_block_delta' && event.delta.type === 'text_delta' ? event.delta.text : ''
        else await sdk.messages.create(paramsOf(question))
      } catch (error) {
        return refusalOf(error, text)
      }
      throw new Error(`it was answered: ${text}`)
    },
  }
}

function paramsOf({ model, system, turns, tools, thinking, schema, maxTokens = 8_000, more = {} }: Question): Anthropic.MessageCreateParamsNonStreaming {
  return {
    model,
    max_tokens: maxTokens,
    ...(system === undefined ? {} : { system }),
    messages: turns.map(messageOf),
    ...(tools === undefined
      ? {}
      : { tools: tools.map(({ name, description, schema: input }) => ({ name, description, input_schema: input as Anthropic.Tool.InputSchema })) }),
    ...(thinking === 'budget' ? { thinking: { type: 'enabled' as const, budget_tokens: 2_000 } } : {}),
    ...(thinking === 'effort' ? { thinking: { type: 'adaptive' as const, display: 'summarized' as const }, output_config: { effort: 'high' as const } } : {}),
    ...(schema === undefined ? {} : { output_config: { format: { type: 'json_schema' as const, schema } } }),
    ...more,
  }
}

function messageOf(turn: Turn): Anthropic.MessageParam {
  switch (turn.kind) {
    case 'assistant':
      return { role: 'assistant', content: turn.message as string }
    case 'results':
      return {
        role: 'user',
        content: [
          ...turn.results.map(({ id, text, failed = false }) => ({ type: 'tool_result' as const, tool_use_id: id, content: text, is_error: failed })),
          ...(turn.text === undefined ? [] : [{ type: 'text' as const, text: turn.text }]),
        ],
      }
    case 'user':
      if (turn.png === undefined) return { role: 'user', content: turn.text }
      return {
        role: 'user',
        content: [
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: turn.png } },
          { type: 'text', text: turn.text },
        ],
      }
    default:
      return turn satisfies never
  }
}

function toldBy(message: Anthropic.Message, changes: readonly string[]): Told {
  const { content, stop_reason: stop, usage, model } = message
  return {
    text: content.map(block => (block.type === 'text' ? block.text : '')).join(''),
    reasoning: content.map(block => (block.type === 'thinking' ? block.thinking : '')).join(''),
    calls: content.flatMap(block => (block.type === 'tool_use' ? [{ id: block.id, name: block.name, input: block.input }] : [])),
    stop: STOPS[stop ?? ''] ?? String(stop),
    tokens: { input: usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0), output: usage.output_tokens },
    message: content,
    model,
    changes,
  }
}

function refusalOf(error: unknown, text: string): Refusal {
  if (!(error instanceof Anthropic.APIError)) throw error
  const body = error.error as { readonly error?: { readonly type?: string; readonly message?: string } } | undefined
  const { type = '', message = '' } = body?.error ?? {}
  return {
    status: error.status as number | undefined,
    type,
    code: null,
    message,
    retryAfter: (error.headers as Headers | undefined)?.get('retry-after') ?? null,
    text,
  }
}

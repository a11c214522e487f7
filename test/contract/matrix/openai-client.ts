import OpenAI from 'openai'
import { type ClientPlace, type MatrixClient, NotingFetch, type Question, type Refusal, type Told, type Turn } from './client.ts'

const STOPS: Readonly<Record<string, string>> = { stop: 'stop', tool_calls: 'tool-calls', length: 'length' }

type Params = Omit<OpenAI.ChatCompletionCreateParamsNonStreaming, 'stream'>

/** The official client of OpenAI's Chat Completions. */
export function openaiClient({ url, key }: ClientPlace): MatrixClient {
  const noting = new NotingFetch()
  const sdk = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0, fetch: noting.fetch })
  const streamed = (params: Params) => sdk.chat.completions.create({ ...params, stream: true, stream_options: { include_usage: true } })
  return {
    dialect: 'openai-chat',
    thinking: ['effort'],
    async ask(question, stream) {
      const params = paramsOf(question)
      return toldBy(stream ? await gathered(await streamed(params)) : await sdk.chat.completions.create(params), noting.changes)
    },
    async refused(question, stream) {
      let text = ''
      try {
        if (!stream) text = JSON.stringify(await sdk.chat.completions.create(paramsOf(question)))
        else {
          for await (const { choices } of await streamed(paramsOf(question))) {
            text += choices[0]?.delta.content ?? ''
            if (choices[0]?.finish_reason) throw new Error(`it is told as finished: ${choices[0].finish_reason}`)
          }
        }
      } catch (error) {
        return refusalOf(error, text)
      }
      throw new Error(`it was answered: ${text}`)
    },
  }
}

function paramsOf({ model, system, turns, tools, thinking, schema, maxTokens, more = {} }: Question): Params {
  return {
    model,
    messages: [...(system === undefined ? [] : [{ role: 'system' as const, content: system }]), ...turns.flatMap(messagesOf)],
    ...(maxTokens === undefined ? {} : { max_completion_tokens: maxTokens }),
    ...(tools === undefined
      ? {}
      : {
          tools: tools.map(({ name, description, schema: parameters }) => ({
            type: 'function' as const,
            function: { name, description, parameters: { ...parameters } },
          })),
        }),
    ...(thinking === undefined ? {} : { reasoning_effort: 'high' as const }),
    ...(schema === undefined
      ? {}
      : { response_format: { type: 'json_schema' as const, json_schema: { name: 'answer', strict: true, schema: { ...schema } } } }),
    ...more,
  }
}

function messagesOf(turn: Turn): OpenAI.ChatCompletionMessageParam[] {
  switch (turn.kind) {
    case 'assistant':
      return [typeof turn.message === 'string' ? { role: 'assistant', content: turn.message } : (turn.message as OpenAI.ChatCompletionAssistantMessageParam)]
    case 'results':
      return [
        // The dialect has no word for a tool that failed.
        ...turn.results.map(({ id, text }) => ({ role: 'tool' as const, tool_call_id: id, content: text })),
        ...(turn.text === undefined ? [] : [{ role: 'user' as const, content: turn.text }]),
      ]
    case 'user':
      if (turn.png === undefined) return [{ role: 'user', content: turn.text }]
      return [
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: { url: `data:image/png;base64,${turn.png}` } },
            { type: 'text', text: turn.text },
          ],
        },
      ]
    default:
      return turn satisfies never
  }
}

/** A stream as the whole answer that it says. */
async function gathered(stream: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<OpenAI.ChatCompletion> {
  const calls: { id: string; type: 'function'; function: { name: string; arguments: string } }[] = []
  const message = { role: 'assistant' as const, content: null as string | null, refusal: null }
  const reasoning: string[] = []
  const details: unknown[] = []
  let whole = {} as OpenAI.ChatCompletion
  let finish: string | null = null
  for await (const { choices, usage, id, model, created } of stream) {
    whole = { ...whole, id, model, created, ...(usage ? { usage } : {}) }
    const [choice] = choices
    if (choice === undefined) continue
    finish = choice.finish_reason ?? finish
    if (choice.delta.content) message.content = (message.content ?? '') + choice.delta.content
    reasoning.push((choice.delta as { readonly reasoning_content?: string }).reasoning_content ?? '')
    details.push(...((choice.delta as { readonly reasoning_details?: readonly unknown[] }).reasoning_details ?? []))
    for (const { index, id: callId, function: piece } of choice.delta.tool_calls ?? []) {
      const call = (calls[index] ??= { id: callId ?? '', type: 'function', function: { name: piece?.name ?? '', arguments: '' } })
      call.function.arguments += piece?.arguments ?? ''
    }
  }
  const thought = reasoning.join('')
  const complete = {
    ...message,
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...(thought === '' ? {} : { reasoning_content: thought }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
  }
  return { ...whole, object: 'chat.completion', choices: [{ index: 0, logprobs: null, message: complete, finish_reason: finish as 'stop' }] }
}

function toldBy({ choices, usage, model }: OpenAI.ChatCompletion, changes: readonly string[]): Told {
  const [choice] = choices
  const message = choice?.message
  const calls = message?.tool_calls?.flatMap(call => (call.type === 'function' ? [call] : [])) ?? []
  return {
    text: message?.content ?? '',
    reasoning: (message as { readonly reasoning_content?: string } | undefined)?.reasoning_content ?? '',
    calls: calls.map(({ id, function: { name, arguments: json } }) => ({ id, name, input: JSON.parse(json) as unknown })),
    stop: STOPS[choice?.finish_reason ?? ''] ?? String(choice?.finish_reason),
    tokens: { input: usage?.prompt_tokens ?? 0, output: usage?.completion_tokens ?? 0 },
    ...{ message, model, changes },
  }
}

function refusalOf(error: unknown, text: string): Refusal {
  if (!(error instanceof OpenAI.APIError)) throw error
  const { status, type, code, message, headers } = error
  return {
    status: status as number | undefined,
    type: type ?? '',
    code: code ?? null,
    message,
    retryAfter: (headers as Headers | undefined)?.get('retry-after') ?? null,
    text,
  }
}

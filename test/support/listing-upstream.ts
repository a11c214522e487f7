import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An upstream of which a test says what it lists and what it answers, in either of two APIs. */
export interface ListingUpstream {
  readonly origin: string
  /** Models that `/v1/models` lists; a number: the status with which it is refused. */
  models: readonly string[] | number
  /** What a chat request gets; undefined: an answer. */
  refusal: ((key: string) => { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | undefined) | undefined
  /** Awaited before a list is given. */
  delay: Promise<void> | undefined
  /** Models that were asked for answers, with the key. */
  readonly chats: { readonly key: string; readonly model: string }[]
  /** Keys that asked for the list. */
  readonly listed: string[]
  close(): Promise<void>
}

export async function startListingUpstream(models: ListingUpstream['models'] = []): Promise<ListingUpstream> {
  const server: Server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const upstream: ListingUpstream = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    models,
    refusal: undefined,
    delay: undefined,
    chats: [],
    listed: [],
    close: () => {
      server.closeAllConnections()
      return new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
  server.on('request', (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { authorization, 'x-api-key': apiKey, 'x-goog-api-key': googleKey } = request.headers
      const key = String(apiKey ?? googleKey ?? authorization?.replace('Bearer ', '') ?? '')
      const send = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
      const fault = (status: number) => ({ type: 'error', error: { type: 'test', message: `refused with ${status}` } })
      const gemini = /models\/([^:]+):/.exec(request.url ?? '')?.[1]
      if (gemini === undefined && request.url?.includes('/models') === true) {
        upstream.listed.push(key)
        const list = () =>
          typeof upstream.models === 'number'
            ? send(upstream.models, fault(upstream.models))
            : send(200, { object: 'list', data: upstream.models.map(id => ({ id, type: 'model', object: 'model' })) })
        void (upstream.delay ?? Promise.resolve()).then(list)
        return
      }
      const { model = gemini ?? '' } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { model?: string }
      upstream.chats.push({ key, model })
      const refused = upstream.refusal?.(key)
      if (refused) return void send(refused.status, fault(refused.status), refused.headers)
      if (gemini !== undefined) return void send(200, { candidates: [{ content: { role: 'model', parts: [{ text: 'hi' }] }, finishReason: 'STOP' }] })
      const usage = { input_tokens: 1, output_tokens: 1, prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
      if (request.url?.includes('/messages') === true)
        return void send(200, {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          model,
          content: [{ type: 'text', text: 'hi' }],
          stop_reason: 'end_turn',
          stop_sequence: null,
          usage,
        })
      return void send(200, {
        id: 'c1',
        object: 'chat.completion',
        created: 1,
        model,
        choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
        usage,
      })
    })
  })
  return upstream
}

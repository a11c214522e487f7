import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'

/** A client that reads a streamed answer at its own pace. */
export class StreamingClient {
  readonly sent: ClientRequest
  response: IncomingMessage | undefined
  text = ''
  readonly #head = Promise.withResolvers<IncomingMessage>()
  readonly #end = Promise.withResolvers<string>()
  #wake: () => void = () => undefined

  constructor(port: number, { path = '/v1/messages', key, body, paused = false }: { path?: string; key: string; body: object; paused?: boolean }) {
    this.sent = httpRequest({ host: '127.0.0.1', port, method: 'POST', path, agent: false, headers: { 'x-api-key': key, 'content-type': 'application/json' } }, response => {
      this.response = response
      this.#head.resolve(response)
      response.setEncoding('utf8')
      if (!paused) this.read()
      response.on('close', () => this.#end.resolve(response.complete ? 'end' : 'cut'))
    })
    this.sent.on('error', error => {
      this.#head.reject(error)
      this.#end.resolve('cut')
    })
    this.#head.promise.catch(() => undefined)
    this.sent.end(JSON.stringify(body))
  }

  get head(): Promise<IncomingMessage> {
    return this.#head.promise
  }

  /** How it ended: `end` or `cut`. */
  get ended(): Promise<string> {
    return this.#end.promise
  }

  read(): void {
    this.response?.on('data', (chunk: string) => {
      this.text += chunk
      this.#wake()
    })
  }

  /** Waits until the text so far has this in it. */
  async until(part: string): Promise<void> {
    while (!this.text.includes(part)) await new Promise<void>(resolve => (this.#wake = resolve))
  }

  leave(): void {
    this.sent.destroy()
  }
}

import type { HttpClient, UpstreamRequest, UpstreamResponse } from '../../core/index.ts'

export interface ScriptedAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** An object is sent as JSON. */
  readonly body?: unknown
}

/** An HttpClient without sockets: a function answers, and every request is kept. */
export class ScriptedHttp implements HttpClient {
  readonly requests: UpstreamRequest[] = []
  readonly #answer: (request: UpstreamRequest) => ScriptedAnswer

  constructor(answer: (request: UpstreamRequest) => ScriptedAnswer) {
    this.#answer = answer
  }

  /** Method, host, path and query of each request, without the query's order. */
  get lines(): readonly string[] {
    return this.requests.map(({ method, url }) => `${method} ${url}`)
  }

  async send(request: UpstreamRequest): Promise<UpstreamResponse> {
    this.requests.push(request)
    const { status = 200, headers = {}, body = {} } = this.#answer(request)
    return { status, headers, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) }
  }

  stream(): never {
    throw new Error('this test does not stream')
  }
}

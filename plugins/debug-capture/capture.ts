import { redactText } from '../../core/index.ts'

/** One artefact may grow to this; what comes after is counted, not kept. */
const MAX_BYTES = 4 * 1024 * 1024

/** The files that one request leaves behind, as they are known from the Python gateway's debug mode. */
export class Capture {
  readonly #logs: string[] = []
  readonly #raw: Buffer[] = []
  readonly #output: string[] = []
  #rawBytes = 0
  #outputBytes = 0
  #request: unknown
  #upstream: { readonly provider: string; readonly body: string } | undefined

  request(body: unknown): void {
    this.#request = body
  }

  /** A new attempt: what an earlier one received is of no use beside it. */
  sent(provider: string, body: string | Buffer | undefined): void {
    this.#upstream = { provider, body: body === undefined ? '' : body.toString() }
    this.#raw.length = 0
    this.#rawBytes = 0
  }

  received(chunk: Buffer): void {
    if (this.#rawBytes < MAX_BYTES) this.#raw.push(Buffer.from(chunk))
    this.#rawBytes += chunk.length
  }

  wrote(text: string): void {
    if (this.#outputBytes < MAX_BYTES) this.#output.push(text)
    this.#outputBytes += text.length
  }

  log(line: string): void {
    if (this.#logs.length < 1_000) this.#logs.push(line)
  }

  /** Name and content of each file, secrets taken out. */
  files(outcome: unknown): readonly (readonly [name: string, content: string | Buffer])[] {
    const pretty = (value: unknown) => clean(`${JSON.stringify(value, null, 2) ?? ''}\n`)
    return [
      ['request_body.json', pretty(this.#request)],
      ...(this.#upstream ? [[`${this.#upstream.provider}_request_body.json`, clean(this.#upstream.body)] as const] : []),
      // As bytes, but for what looks like a secret: an upstream that repeats our headers must not fill this file with them.
      ['response_stream_raw.txt', Buffer.from(redactText(Buffer.concat(this.#raw).toString('latin1'), Number.POSITIVE_INFINITY), 'latin1')],
      ['response_stream_modified.txt', clean(this.#output.join(''))],
      ['app_logs.txt', clean(this.#logs.map(line => `${line}\n`).join(''))],
      ['error_info.json', pretty(outcome)],
    ]
  }
}

function clean(text: string): string {
  return redactText(text, MAX_BYTES)
}

/** Longer answers than this are no chat. */
const LONGEST = 64 * 1024 * 1024

/** One JSON document that comes in pieces. */
export class Document {
  readonly #chunks: Buffer[] = []
  #size = 0

  /** @throws RangeError when it grows beyond 64 MiB */
  push(chunk: Buffer): void {
    this.#size += chunk.length
    if (this.#size > LONGEST) throw new RangeError('the document is too long')
    this.#chunks.push(chunk)
  }

  /** All of it. Empty lines before it are signs of life (`providers.md` §6.4, rule 8). */
  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8').trim()
  }
}

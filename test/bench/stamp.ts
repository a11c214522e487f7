const MARK = 'sent at '
const DIGITS = 16

/** Microseconds of the clock that all processes of a machine share; each one's `performance.now()` begins elsewhere. */
export function nowMicros(): number {
  return Number(process.hrtime.bigint() / 1000n)
}

/** An event's text, as long as any other, that says when it was sent. */
export function stampedText(micros: number): string {
  return `${MARK}${String(micros).padStart(DIGITS, '0')}`
}

/** Finds the stamps in an answer that is read as it comes, whatever form it has and wherever it is split. */
export class StampReader {
  #rest = ''

  /** The times that became complete with this chunk. */
  push(chunk: Buffer): readonly number[] {
    const text = this.#rest + chunk.toString('latin1')
    const found: number[] = []
    let end = 0
    for (let at = text.indexOf(MARK); at !== -1; at = text.indexOf(MARK, end)) {
      if (text.length < at + MARK.length + DIGITS) break
      end = at + MARK.length + DIGITS
      found.push(Number(text.slice(at + MARK.length, end)))
    }
    // No incomplete stamp is longer; what was found must not be found again.
    this.#rest = text.slice(Math.max(end, text.length - MARK.length - DIGITS + 1))
    return found
  }
}

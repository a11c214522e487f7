/** How commands speak: results on stdout, everything else on stderr. */
export interface Output {
  /** One JSON document. */
  json(value: unknown): void
  line(text: string): void
  /** Columns under a header; nothing but the header's absence tells that there are no rows. */
  table(header: readonly string[], rows: readonly (readonly string[])[]): void
  notice(text: string): void
}

export const processOutput: Output = {
  json: value => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`),
  line: text => void process.stdout.write(`${text}\n`),
  notice: text => void process.stderr.write(`${text}\n`),
  table: (header, rows) => void process.stdout.write(formatTable(header, rows)),
}

/** Text in columns, two spaces between them. */
function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows].map(row => row.map(plain))
  const widths = header.map((_, column) => Math.max(...lines.map(line => (line[column] ?? '').length)))
  return lines.map(line => `${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()}\n`).join('')
}

const LONGEST_CELL = 60

/** Labels come from files and clients: control characters must not reach the terminal. */
function plain(cell: string): string {
  const text = cell.replace(/\p{Cc}/gu, ' ')
  return text.length > LONGEST_CELL ? `${text.slice(0, LONGEST_CELL - 1)}…` : text
}

/** A time for people: `2026-11-21 04:10`, or `-`. */
export function formatTime(at: number | undefined): string {
  return at === undefined || !Number.isFinite(at) ? '-' : new Date(at).toISOString().slice(0, 16).replace('T', ' ')
}

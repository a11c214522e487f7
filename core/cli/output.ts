/** How commands speak: results on stdout, everything else on stderr. */
export interface Output {
  /** One JSON document. */
  json(value: unknown): void
  line(text: string): void
  /** Columns under a header; nothing but the header's absence tells that there are no rows. */
  table(header: readonly string[], rows: readonly (readonly Cell[])[]): void
  notice(text: string): void
}

export type Cell = string | StyledCell

export interface StyledCell {
  readonly text: string
  /** Shown as a colour where the terminal has any; never the only way in which something is told. */
  readonly tone?: Tone
  /** Not cut, however long it is. */
  readonly whole?: true
}

/** Green, yellow, red. */
type Tone = 'good' | 'fair' | 'low'

export const processOutput: Output = {
  json: value => void process.stdout.write(`${jsonText(value)}\n`),
  line: text => void process.stdout.write(`${harmless(text)}\n`),
  notice: text => void process.stderr.write(`${harmless(text)}\n`),
  table: (header, rows) => void process.stdout.write(formatTable(header, rows, hasColours(process.stdout))),
}

/** A pipe and a file have none; a terminal says itself, and knows `NO_COLOR`. */
function hasColours(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && stream.hasColors()
}

/** Text in columns, two spaces between them. */
export function formatTable(header: readonly string[], rows: readonly (readonly Cell[])[], colours: boolean): string {
  const lines = [header, ...rows].map(row => row.map(styled))
  const widths = header.map((_, column) => Math.max(...lines.map(line => line[column]?.text.length ?? 0)))
  return lines
    .map(
      line =>
        `${line
          .map((cell, column) => painted(cell, widths[column] ?? 0, colours))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

const LONGEST_CELL = 60

const PAINT: Readonly<Record<Tone, number>> = { good: 32, fair: 33, low: 31 }

function styled(cell: Cell): StyledCell {
  const { text: given, tone, whole } = typeof cell === 'string' ? { text: cell } : cell
  const text = plain(given)
  const shown = whole || text.length <= LONGEST_CELL ? text : `${text.slice(0, LONGEST_CELL - 1)}…`
  return { text: shown, ...(tone !== undefined && { tone }) }
}

function painted({ text, tone }: StyledCell, width: number, colours: boolean): string {
  const padding = ' '.repeat(Math.max(width - text.length, 0))
  return tone === undefined || !colours ? `${text}${padding}` : `\u001b[${PAINT[tone]}m${text}\u001b[39m${padding}`
}

/** What moves a cursor, begins a line or turns the writing around. */
const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

/** One line of somebody else's: labels come from files and clients, and must not say anything in our name. */
export function plain(text: string): string {
  return text.replace(CONTROLS, ' ')
}

/** Text of ours, which may have lines, whatever was put into it. */
export function harmless(text: string): string {
  return text.replace(CONTROLS, control => (control === '\n' ? control : ' '))
}

/** The same document for every reader, and harmless where a terminal shows it: JSON itself lets all but the lowest controls through. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(CONTROLS, control => (control === '\n' ? control : `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`))
}

/** An account or a key as lines name it. */
export function named({ id, label }: { readonly id: string; readonly label: string }): string {
  return `${id} (${plain(label)})`
}

/** A time for people: `2026-11-21 04:10`, or `-`. */
export function formatTime(at: number | undefined): string {
  return at === undefined || !Number.isFinite(at) ? '-' : new Date(at).toISOString().slice(0, 16).replace('T', ' ')
}

/** One diagram: a logarithmic axis to the right, a linear one from zero up. */
export interface Panel {
  readonly title: string
  readonly xLabel: string
  /** At most two: there are two colours. */
  readonly lines: readonly Line[]
}

interface Line {
  readonly label: string
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

const COLUMNS = 2
const WIDTH = 400
const HEIGHT = 240
const PLOT = { left: 46, top: 34, width: 280, height: 150 }

/** Of middle lightness: they stand out from a white page and from a black one. */
const COLOURS = ['#2f81f7', '#d4730c'] as const
const INK = '#7d8590'

/** The panels as one SVG picture without a background. */
export function chart(panels: readonly Panel[]): string {
  const rows = Math.ceil(panels.length / COLUMNS)
  const [width, height] = [WIDTH * Math.min(COLUMNS, Math.max(panels.length, 1)), HEIGHT * rows]
  const drawn = panels.map(
    (panel, index) => `<g transform="translate(${(index % COLUMNS) * WIDTH} ${Math.floor(index / COLUMNS) * HEIGHT})">\n${draw(panel)}\n</g>`,
  )
  const font = 'font-family="system-ui, sans-serif" font-size="11"'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ${font} fill="${INK}">\n${drawn.join('\n')}\n</svg>\n`
}

function draw({ title, xLabel, lines }: Panel): string {
  const all = lines.flatMap(({ points }) => points)
  const decades = { from: Math.floor(Math.log10(Math.min(...all.map(({ x }) => x)))), to: Math.ceil(Math.log10(Math.max(...all.map(({ x }) => x)))) }
  const top = Math.max(2, Math.ceil(1.1 * Math.max(...all.map(({ y }) => y))))
  const across = (x: number) => round(PLOT.left + (PLOT.width * (Math.log10(x) - decades.from)) / Math.max(1, decades.to - decades.from))
  const up = (y: number) => round(PLOT.top + PLOT.height * (1 - y / top))
  const bottom = PLOT.top + PLOT.height
  const right = PLOT.left + PLOT.width
  return [
    text(PLOT.left, 18, title, 'font-weight="600"'),
    ...steps(top).flatMap(value => [
      `<path d="M${PLOT.left} ${up(value)}H${right}" stroke="${INK}" stroke-opacity="${value === 0 ? 1 : 0.3}"/>`,
      text(PLOT.left - 6, up(value) + 4, `×${value}`, 'text-anchor="end"'),
    ]),
    ...powers(decades).map(value => text(across(value), bottom + 16, value.toLocaleString('en'), 'text-anchor="middle"')),
    text(PLOT.left + PLOT.width / 2, bottom + 34, xLabel, 'text-anchor="middle"'),
    ...lines.map((line, index) => drawLine(line, { across, up, colour: COLOURS[index % COLOURS.length] as string })),
    ...labels(lines, up).map(({ label, y, index }) => text(right + 8, y + 4, label, `fill="${COLOURS[index % COLOURS.length]}"`)),
  ].join('\n')
}

interface Place {
  readonly across: (x: number) => number
  readonly up: (y: number) => number
  readonly colour: string
}

function drawLine({ points }: Line, { across, up, colour }: Place): string {
  const path = points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${across(x)} ${up(y)}`).join('')
  const dots = points.map(
    ({ x, y }) => `<circle cx="${across(x)}" cy="${up(y)}" r="3" fill="${colour}"><title>${escape(`${x}: ×${y.toFixed(2)}`)}</title></circle>`,
  )
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/>\n${dots.join('')}`
}

const LABEL_HEIGHT = 13

/** Names at the ends of their lines, one above the other where the lines end together. */
function labels(lines: readonly Line[], up: (y: number) => number): readonly { readonly label: string; readonly y: number; readonly index: number }[] {
  const wanted = lines.map(({ label, points }, index) => ({ label, index, y: up(points.at(-1)?.y ?? 0) })).toSorted((one, other) => one.y - other.y)
  let last = -Infinity
  return wanted.map(each => {
    last = Math.max(each.y, last + LABEL_HEIGHT)
    return { ...each, y: last }
  })
}

/** Marks of the upright axis: at most about five. */
function steps(top: number): readonly number[] {
  const step = Math.max(1, Math.ceil(top / 5))
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, index) => index * step)
}

function powers({ from, to }: { readonly from: number; readonly to: number }): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index))
}

function text(x: number, y: number, content: string, more: string): string {
  return `<text x="${x}" y="${y}" ${more}>${escape(content)}</text>`
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

import { absolute, markdown, relative } from '../report.ts'
import type { Panel } from './chart.ts'
import type { Curve, Point, Selection } from './curve.ts'

/** A curve as numbers, with the ratio to its first point. */
export function curveTable({ unit, points }: Curve): string {
  const [first] = points
  if (first?.kilobytes === undefined) {
    const rows = points.map(point => [String(point.kept), absolute(point.perRequest), relative(point.perRequest / (first?.perRequest ?? Number.NaN))])
    return markdown([unit, 'CPU-ms/request', 'by the first'], rows)
  }
  const rows = points.map((point, index) => {
    const { kept, kilobytes = Number.NaN, perRequest, floorPerRequest = Number.NaN } = point
    const cells = [kilobytes, perRequest, floorPerRequest, (1000 * perRequest) / kilobytes, (1000 * floorPerRequest) / kilobytes].map(absolute)
    return [String(kept), ...cells, furtherKilobyte(points[index - 1], point), relative(perRequest / floorPerRequest)]
  })
  return markdown([unit, 'KB', 'CPU-ms/request', 'floor', 'CPU-µs/KB', 'floor', 'each KB more than above', 'gateway / floor'], rows)
}

/** What a kilobyte more costs, in µs: the same everywhere where the cost is linear, whatever a request costs by itself. */
function furtherKilobyte(above: Point | undefined, { perRequest, kilobytes = Number.NaN }: Point): string {
  return above === undefined ? '' : absolute((1000 * (perRequest - above.perRequest)) / (kilobytes - (above.kilobytes ?? Number.NaN)))
}

/** Each strategy's cost per number of accounts, in microseconds, and the most of it by the floor's request. */
export function selectionTable({ costs, floorMicroseconds }: Selection): string {
  const sizes = [...new Set(costs.map(({ accounts }) => accounts))]
  const strategies = [...new Set(costs.map(({ strategy }) => strategy))]
  const rows = strategies.map(strategy => {
    const own = sizes.map(size => costs.find(cost => cost.strategy === strategy && cost.accounts === size)?.microseconds ?? Number.NaN)
    return [strategy, ...own.map(absolute), `${((100 * (own.at(-1) ?? Number.NaN)) / floorMicroseconds).toFixed(0)} %`]
  })
  const head = ['strategy', ...sizes.map(size => `µs among ${size}`), `by the floor's request (${absolute(floorMicroseconds)} µs)`]
  return markdown(head, rows)
}

/** The curves as a picture shows them: by their first point, but for the choice of accounts, which is shown by the floor's request. */
export function panels(curves: readonly Curve[], selection: Selection | undefined): readonly Panel[] {
  const drawn = curves.map(({ about, points }): Panel => {
    const perKilobyte = points[0]?.kilobytes !== undefined
    // Per byte, short requests are dear: what each costs by itself has few bytes to be spread over.
    const unit = (perKilobyte ? points.at(-1) : points[0]) as Point
    const line = (cost: (point: Point) => number) => points.map(point => ({ x: point.kept, y: cost(point) / cost(unit) }))
    return perKilobyte
      ? {
          title: 'CPU per byte of the request, by the longest one',
          xLabel: about,
          lines: [
            { label: 'gateway', points: line(({ perRequest, kilobytes = 1 }) => perRequest / kilobytes) },
            { label: 'floor', points: line(({ floorPerRequest = 0, kilobytes = 1 }) => floorPerRequest / kilobytes) },
          ],
        }
      : { title: 'CPU per request, by the first', xLabel: about, lines: [{ label: 'gateway', points: line(({ perRequest }) => perRequest) }] }
  })
  return selection === undefined ? drawn : [...drawn, selectionPanel(selection)]
}

function selectionPanel({ costs, floorMicroseconds }: Selection): Panel {
  const sizes = [...new Set(costs.map(({ accounts }) => accounts))]
  const dearest = sizes.map(size => ({
    x: size,
    y: Math.max(...costs.filter(({ accounts }) => accounts === size).map(({ microseconds }) => microseconds)) / floorMicroseconds,
  }))
  return {
    title: "choosing an account, by the floor's whole request",
    xLabel: 'accounts to choose from, dearest strategy',
    lines: [
      { label: 'choice', points: dearest },
      { label: 'floor', points: sizes.map(size => ({ x: size, y: 1 })) },
    ],
  }
}

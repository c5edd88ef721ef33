import { generationClass } from '../generations.js'
import { roundUp } from '../scale.js'

export interface Line {
  readonly generation: string
  /** In the order of time. */
  readonly points: readonly { readonly at_ms: number; readonly value: number }[]
}

interface ChartProps {
  /** Says in words what is drawn: whoever can't see it gets this. */
  readonly label: string
  readonly lines: readonly Line[]
  readonly to_ms: number
  readonly window_ms: number
  readonly format: (value: number) => string
  /** The scale reaches at least to here. */
  readonly least: number
}

const WIDTH = 300
const HEIGHT = 64

/** Lines over time: now at the right, 0 at the bottom. */
export function Chart({ label, lines, to_ms, window_ms, format, least }: ChartProps) {
  const highest = Math.max(least, ...lines.flatMap(({ points }) => points.map(({ value }) => value)))
  const top = roundUp(highest)
  return (
    <div class="chart">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
        <line class="grid" x1="0" x2={WIDTH} y1="0.5" y2="0.5" />
        <line class="grid" x1="0" x2={WIDTH} y1={HEIGHT / 2} y2={HEIGHT / 2} />
        <line class="grid" x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
        {lines.map(({ generation, points }) => (
          <polyline
            key={generation}
            class={generationClass(generation)}
            points={points
              .map(({ at_ms, value }) => {
                const x = WIDTH - ((to_ms - at_ms) / window_ms) * WIDTH
                const y = HEIGHT - 1 - (value / top) * (HEIGHT - 2)
                return `${x.toFixed(1)},${y.toFixed(1)}`
              })
              .join(' ')}
          />
        ))}
      </svg>
      <span class="scale-top" aria-hidden="true">
        {format(top)}
      </span>
    </div>
  )
}

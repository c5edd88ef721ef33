import { useId } from 'preact/hooks'
import type { OverviewJson } from '../../admin/overview-json.js'
import { formatCount, formatDuration, formatRate } from '../format.js'
import { generationsWith } from '../generations.js'
import { type ByGeneration, type History, type Measure, openSessions, shownWindow_ms, sum } from '../history.js'
import { Chart } from '../parts/chart.js'
import { Generation } from '../parts/generation.js'

interface ChartsProps {
  readonly history: History
  readonly now: OverviewJson
}

const CARDS: readonly (readonly [measure: Measure, title: string])[] = [
  ['open', 'Open sessions'],
  ['opened', 'Opened per second'],
  ['renewed', 'Renewed per second'],
  ['closed', 'Closed per second'],
  ['expired', 'Expired per second'],
  ['refused', 'Refused per second'],
]

/** What goes on, by generation. */
export function Charts({ history, now }: ChartsProps) {
  const span = formatDuration(shownWindow_ms(history))
  return (
    <section class="cards" aria-label="Sessions over time">
      <p class="note">The last {span}, by generation. This page remembers 5 minutes while it is open.</p>
      {CARDS.map(([measure, title]) => (
        <Card key={measure} measure={measure} title={title} history={history} now={now} />
      ))}
    </section>
  )
}

interface CardProps extends ChartsProps {
  readonly measure: Measure
  readonly title: string
}

function Card({ measure, title, history, now }: CardProps) {
  const id = useId()
  const isCount = measure === 'open'
  const format = isCount ? formatCount : formatRate
  const { points } = history
  const open = openSessions(now)
  const values: ByGeneration = isCount ? open : (points.at(-1)?.values[measure] ?? {})
  const generations = generationsWith([...Object.keys(open), ...Object.keys(values)])
  const lines = generations.map((generation) => ({
    generation,
    points: points.map((point) => ({ at_ms: point.at_ms, value: point.values[measure][generation] ?? 0 })),
  }))
  const window_ms = shownWindow_ms(history)
  const highest = Math.max(0, ...points.map((point) => sum(point.values[measure])))
  return (
    <figure class="card" aria-labelledby={id} data-measure={measure}>
      <figcaption>
        <span id={id}>{title}</span>
        <strong class="total">{isCount || points.length > 0 ? format(sum(values)) : '–'}</strong>
      </figcaption>
      <Chart
        label={`${title}, last ${formatDuration(window_ms)}, now ${format(sum(values))}, at most ${format(highest)}`}
        lines={lines}
        to_ms={Date.parse(now.at)}
        window_ms={window_ms}
        format={format}
        least={isCount ? 5 : 1}
      />
      <ul class="legend">
        {generations.map((generation) => (
          <li key={generation}>
            <Generation name={generation} /> <span class="value">{format(values[generation] ?? 0)}</span>
          </li>
        ))}
      </ul>
    </figure>
  )
}

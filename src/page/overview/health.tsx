import type { DistributionJson, OverviewJson } from '../../admin/overview-json.js'
import { type Bound, quantile, since } from '../distribution.js'
import { formatCount, formatSeconds } from '../format.js'
import type { History } from '../history.js'
import { Panel } from '../parts/panel.js'
import { Table } from '../parts/table.js'

interface HealthProps {
  readonly history: History
  readonly now: OverviewJson
}

interface Row {
  readonly what: string
  readonly recent: string
  readonly ever: string
  readonly isBad?: boolean
}

const EXPIRY_LAG_S_MAX = 1

export function HealthPanel({ history, now }: HealthProps) {
  const first = history.readings[0]
  const rows: Row[] = [
    {
      what: 'Expiry lag, 99 % within',
      ...within(first?.expiryLag, now.expiryLag),
      isBad: isAbove(quantile(since(first?.expiryLag, now.expiryLag), 0.99), EXPIRY_LAG_S_MAX),
    },
    { what: 'Store commit, 99 % within', ...within(first?.storeCommits, now.storeCommits) },
    counted('Store errors', first?.storeErrors, now.storeErrors, true),
    counted('Sessions over at once', first && total(first.bornExpired), total(now.bornExpired)),
    { what: 'Event loop delay, 99 %', recent: formatSeconds(now.eventLoopDelay.p99_ms / 1000), ever: '–' },
    { what: 'Event loop delay, longest', recent: formatSeconds(now.eventLoopDelay.max_ms / 1000), ever: '–' },
    { what: 'Handshakes under way', recent: formatCount(pending(now)), ever: '–' },
  ]
  return (
    <Panel title="Health" note="Recent: while this page is open, 5 minutes at most; of the event loop, 5 seconds.">
      <Table
        caption="Health of the gateway"
        columns={[
          { name: 'What', isHead: true, cell: ({ what }) => what },
          {
            name: 'Recent',
            isNumber: true,
            cell: ({ recent, isBad }) => (isBad ? <strong class="bad">{recent} (high)</strong> : recent),
          },
          { name: 'Since start', isNumber: true, cell: ({ ever }) => ever },
        ]}
        rows={rows}
        keyOf={({ what }) => what}
      />
    </Panel>
  )
}

function within(first: DistributionJson | undefined, now: DistributionJson): Pick<Row, 'recent' | 'ever'> {
  return { recent: boundText(quantile(since(first, now), 0.99)), ever: boundText(quantile(now, 0.99)) }
}

function boundText(bound: Bound | undefined): string {
  if (bound === undefined) return 'none yet'
  return 'atMost_s' in bound ? formatSeconds(bound.atMost_s) : `over ${formatSeconds(bound.above_s)}`
}

function isAbove(bound: Bound | undefined, most_s: number): boolean {
  if (bound === undefined) return false
  return 'above_s' in bound || bound.atMost_s > most_s
}

function counted(what: string, first: number | undefined, now: number, isFault = false): Row {
  const recent = now - (first ?? now)
  return { what, recent: formatCount(recent), ever: formatCount(now), isBad: isFault && recent > 0 }
}

function total(rows: readonly { readonly count: number }[]): number {
  return rows.reduce((sum, { count }) => sum + count, 0)
}

function pending({ sessions }: OverviewJson): number {
  return total(sessions.filter(({ state }) => state === 'pending'))
}

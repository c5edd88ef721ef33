import type { GatewayInfo } from '../../admin/info-json.js'
import type { OverviewJson } from '../../admin/overview-json.js'
import { formatCount } from '../format.js'
import type { History } from '../history.js'
import { Nothing } from '../parts/notice.js'
import { Panel } from '../parts/panel.js'
import { Table } from '../parts/table.js'

interface LimitsProps {
  readonly history: History
  readonly now: OverviewJson
  readonly info: GatewayInfo | undefined
}

export function Limits({ history, now, info }: LimitsProps) {
  const first = new Map(history.readings[0]?.limitsHit.map(({ limit, count }) => [limit, count]))
  const rows = [...now.limitsHit]
    .sort((a, b) => b.count - a.count)
    .map(({ limit, count }) => ({ limit, count, recent: count - (first.get(limit) ?? 0), value: setTo(limit, info) }))
  return (
    <Panel title="Limits hit" note="docs/configuration.md says what each is for and how it is raised.">
      {rows.length === 0 ? (
        <Nothing>None since the gateway started.</Nothing>
      ) : (
        <Table
          caption="Limits hit"
          columns={[
            { name: 'Limit', isHead: true, cell: ({ limit }) => <code>{limit}</code> },
            { name: 'Set to', isNumber: true, cell: ({ value }) => value },
            { name: 'Recent', isNumber: true, cell: ({ recent }) => formatCount(recent) },
            { name: 'Since start', isNumber: true, cell: ({ count }) => formatCount(count) },
          ]}
          rows={rows}
          keyOf={({ limit }) => limit}
        />
      )}
    </Panel>
  )
}

function setTo(limit: string, info: GatewayInfo | undefined): string {
  const value = info?.limits[limit]
  return typeof value === 'number' ? formatCount(value) : (value ?? '–')
}

import type { GatewayInfo } from '../../admin/info-json.js'
import type { OverviewJson } from '../../admin/overview-json.js'
import { formatCount, formatDuration } from '../format.js'
import { Facts } from '../parts/facts.js'
import { Generation } from '../parts/generation.js'
import { Panel } from '../parts/panel.js'
import { Table } from '../parts/table.js'

interface ServedProps {
  readonly info: GatewayInfo
  readonly now: OverviewJson
}

/** What this gateway is, and who may open sessions. */
export function Served({ info, now }: ServedProps) {
  const { grpc, generations, store, epoch, publicKey } = info
  return (
    <Panel title="This gateway" wide>
      <Facts
        facts={[
          ['Role', info.role],
          ['Epoch', `${formatCount(now.epoch)} (${epoch.source})`],
          ['Up for', formatDuration(Date.parse(now.at) - Date.parse(now.startedAt))],
          ['Store', `${store.url} (${store.durable ? 'on disk' : 'in memory alone: a restart forgets all'})`],
          ['gRPC', <code key="grpc">{grpc.join(', ') || 'nowhere'}</code>],
          ['Version', `${info.version}, process ${info.pid}`],
          [
            'Public key',
            <code key="key" class="long">
              {publicKey}
            </code>,
          ],
        ]}
      />
      <Table
        caption="Generations served, and who may open sessions"
        columns={[
          { name: 'Generation', isHead: true, cell: ({ name }) => <Generation name={name} /> },
          { name: 'Served', cell: ({ enabled }) => (enabled ? 'yes' : 'no') },
          { name: 'Who may open sessions', cell: ({ opening }) => opening },
          { name: 'Methods', cell: ({ paths }) => <Paths paths={paths} /> },
        ]}
        rows={generations}
        keyOf={({ name }) => name}
      />
    </Panel>
  )
}

function Paths({ paths }: { readonly paths: readonly string[] }) {
  if (paths.length === 0) return <>none</>
  return (
    <details>
      <summary>{paths.length}</summary>
      <ul class="plain">
        {paths.map((path) => (
          <li key={path}>
            <code>{path}</code>
          </li>
        ))}
      </ul>
    </details>
  )
}

import type { ClientsJson } from '../../admin/clients-json.js'
import { versionOf } from '../client-version.js'
import { formatAgo, formatCount, plural } from '../format.js'
import { Generation } from '../parts/generation.js'
import { Nothing } from '../parts/notice.js'
import { Panel } from '../parts/panel.js'
import { type Column, Table } from '../parts/table.js'
import { Time } from '../parts/time.js'
import { type Client, type ClientGroup, clientGroups } from './client-groups.js'

interface ClientsProps {
  readonly clients: ClientsJson
  readonly now_ms: number
}

/** The question of every migration. */
export function Clients({ clients, now_ms }: ClientsProps) {
  return (
    <Panel title="Who still uses what" note="Since the gateway started." wide>
      <Table
        caption="Clients by generation"
        columns={groupColumns(now_ms)}
        rows={clientGroups(clients)}
        keyOf={({ generation }) => generation}
      />
      {clients.clients.length === 0 ? (
        <Nothing>No client has called since the gateway started.</Nothing>
      ) : (
        <details>
          <summary>{plural(clients.clients.length, 'client')} by version and user agent</summary>
          <Table
            caption="Clients by version and user agent"
            columns={clientColumns(now_ms)}
            rows={clients.clients}
            keyOf={({ generation, dialect, version, userAgent }) =>
              [generation, dialect, version, userAgent].join('\n')
            }
          />
          <Folded other={clients.other} now_ms={now_ms} />
        </details>
      )}
    </Panel>
  )
}

function groupColumns(now_ms: number): readonly Column<ClientGroup>[] {
  return [
    { name: 'Generation', isHead: true, cell: ({ generation }) => <Generation name={generation} /> },
    {
      name: 'Last call',
      cell: ({ lastSeen }) => (lastSeen === undefined ? 'none' : <Time at={lastSeen} now_ms={now_ms} />),
    },
    { name: 'Clients', isNumber: true, cell: ({ clients }) => formatCount(clients) },
    { name: 'Calls', isNumber: true, cell: ({ calls }) => formatCount(calls) },
    { name: 'Versions, latest first', cell: ({ versions }) => versions.join(', ') || '–' },
  ]
}

function clientColumns(now_ms: number): readonly Column<Client>[] {
  return [
    { name: 'Version', isHead: true, cell: versionOf },
    { name: 'Generation', cell: ({ generation }) => <Generation name={generation} /> },
    { name: 'User agent', cell: ({ userAgent }) => userAgent || 'none' },
    { name: 'Last call', cell: ({ lastSeen }) => <Time at={lastSeen} now_ms={now_ms} /> },
    { name: 'From', cell: ({ lastPeer }) => <code>{lastPeer}</code> },
    { name: 'Calls', isNumber: true, cell: ({ calls }) => formatCount(calls) },
    { name: 'Over at once', isNumber: true, cell: ({ bornExpired }) => formatCount(bornExpired) },
  ]
}

function Folded({ other, now_ms }: { readonly other: ClientsJson['other']; readonly now_ms: number }) {
  if (other.rows === 0) return null
  const last = other.lastSeen === undefined ? '' : `, the last call ${formatAgo(Date.parse(other.lastSeen), now_ms)}`
  return (
    <p class="note">
      {plural(other.rows, 'client')} seen longer ago had to make room: {plural(other.calls, 'call')}
      {last}.
    </p>
  )
}

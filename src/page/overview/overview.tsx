import { useCallback } from 'preact/hooks'
import type { GatewayInfo } from '../../admin/info-json.js'
import { api } from '../api.js'
import type { History } from '../history.js'
import { Failed, Loading } from '../parts/notice.js'
import { usePolled } from '../use-polled.js'
import { Charts } from './charts.js'
import { Clients } from './clients.js'
import { HealthPanel } from './health.js'
import { Limits } from './limits.js'
import { Served } from './served.js'

const CLIENTS_MS = 5_000

interface OverviewProps {
  readonly history: History
  readonly info: GatewayInfo | undefined
  /** Of logins: another one asks again. */
  readonly round: number
}

export function Overview({ history, info, round }: OverviewProps) {
  const loadClients = useCallback((signal: AbortSignal) => api.clients(signal), [round])
  const clients = usePolled(loadClients, CLIENTS_MS)
  const now = history.readings.at(-1)
  if (now === undefined) return <Loading what="the numbers" />
  return (
    <div class="panels">
      <Charts history={history} now={now} />
      {clients.failure !== undefined && <Failed what="The clients could not be read" failure={clients.failure} />}
      {clients.value !== undefined && <Clients clients={clients.value} now_ms={Date.parse(now.at)} />}
      <HealthPanel history={history} now={now} />
      <Limits history={history} now={now} info={info} />
      {info !== undefined && <Served info={info} now={now} />}
    </div>
  )
}

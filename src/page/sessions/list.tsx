import { useCallback, useState } from 'preact/hooks'
import type { SessionJson } from '../../admin/session-json.js'
import { api } from '../api.js'
import { versionOf } from '../client-version.js'
import { shorten } from '../format.js'
import { Generation } from '../parts/generation.js'
import { Failed, Loading, Nothing } from '../parts/notice.js'
import { StateBadge } from '../parts/state.js'
import { type Column, Table } from '../parts/table.js'
import { Time } from '../parts/time.js'
import { type Filter, linkTo } from '../route.js'
import { ONCE, usePolled } from '../use-polled.js'
import { changesText } from './changes-text.js'
import { FilterForm, FindForm } from './filter.js'
import { lifetimeText } from './lifetime-text.js'
import { useChanges } from './use-changes.js'

const PAGE = 50

/** Sessions, page by page. */
export function SessionList({ filter }: { readonly filter: Filter }) {
  return (
    <>
      <FindForm />
      <FilterForm filter={filter} />
      <Pages key={linkTo({ view: 'sessions', filter })} filter={filter} />
    </>
  )
}

function Pages({ filter }: { readonly filter: Filter }) {
  /** Cursors of the pages up to the wanted one; the first page has none. */
  const [cursors, setCursors] = useState<readonly string[]>([])
  // An answer keeps the cursors that led to it: what is turned is the page that is seen, however late the next one comes.
  const load = useCallback(
    async (signal: AbortSignal) => ({ cursors, ...(await api.sessions(filter, PAGE, cursors.at(-1), signal)) }),
    [filter, cursors],
  )
  // A list that moves by itself can't be read; what happens meanwhile is counted instead.
  const { value, failure, reload } = usePolled(load, ONCE)
  const changes = useChanges(value)

  if (failure !== undefined) return <Failed what="The sessions could not be listed" failure={failure} />
  if (value === undefined) return <Loading what="sessions" />
  const { cursors: shown, cursor: next } = value
  return (
    <>
      <div class="bar">
        <p>
          <span role="status">Page {shown.length + 1}</span>
          {cursors.length !== shown.length && `; asking for page ${cursors.length + 1} …`}
          {changesText(changes)}
        </p>
        <button type="button" onClick={reload}>
          Read again
        </button>
      </div>
      {value.sessions.length === 0 ? (
        <Nothing>
          {next === undefined
            ? 'No session is like that. Sessions that ended are remembered for sessions.history (24 h unless set).'
            : 'No session of this page is like that; there are more pages.'}
        </Nothing>
      ) : (
        <Table caption="Sessions" columns={columnsAt(Date.now())} rows={value.sessions} keyOf={({ id }) => id} />
      )}
      <nav class="buttons" aria-label="Pages">
        <button type="button" disabled={shown.length === 0} onClick={() => setCursors(shown.slice(0, -1))}>
          Previous page
        </button>
        <button
          type="button"
          disabled={next === undefined}
          onClick={() => next !== undefined && setCursors([...shown, next])}
        >
          Next page
        </button>
      </nav>
    </>
  )
}

function columnsAt(now_ms: number): readonly Column<SessionJson>[] {
  return [
    {
      name: 'Session',
      isHead: true,
      cell: ({ id, partition, number }) => (
        <a href={linkTo({ view: 'session', id })} title={id}>
          <code>{number === undefined ? shorten(id) : `${partition}:${number}`}</code>
        </a>
      ),
    },
    { name: 'State', cell: ({ state }) => <StateBadge state={state} /> },
    { name: 'Generation', cell: ({ generation }) => <Generation name={generation} /> },
    { name: 'Client', cell: ({ clientVersion, ...origin }) => versionOf({ ...origin, version: clientVersion }) },
    {
      name: 'Owner',
      cell: ({ ownerText }) =>
        ownerText === undefined ? '–' : <code title={ownerText}>{shorten(ownerText, 14)}</code>,
    },
    { name: 'Lifetime', cell: lifetimeText },
    { name: 'Opened', cell: ({ createdAt }) => <Time at={createdAt} now_ms={now_ms} /> },
  ]
}

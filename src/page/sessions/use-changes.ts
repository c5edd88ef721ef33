import { useEffect, useRef, useState } from 'preact/hooks'
import type { Changes } from './changes-text.js'

const KINDS = ['created', 'closed', 'expired'] as const

const NONE: Changes = { count: 0, isMissing: false, isRefused: false }

/** What happened to sessions since `since` became what it is. */
export function useChanges(since: unknown): Changes {
  const [changes, setChanges] = useState(NONE)
  const [round, setRound] = useState(0)
  const stream = useRef<EventSource | undefined>(undefined)

  useEffect(() => {
    const events = new EventSource('/api/v1/events')
    stream.current = events
    setChanges(NONE)
    const change = (how: (before: Changes) => Partial<Changes>) =>
      setChanges((before) => ({ ...before, ...how(before) }))
    for (const kind of KINDS) events.addEventListener(kind, () => change(({ count }) => ({ count: count + 1 })))
    events.addEventListener('gap', () => change(() => ({ isMissing: true })))
    // A connection that broke is made again by the browser; a refusal closes for good.
    events.addEventListener('error', () => {
      if (events.readyState === EventSource.CLOSED) change(() => ({ isRefused: true }))
    })
    return () => events.close()
  }, [round])
  // Named so that counting begins anew with it, also after a refusal.
  useEffect(() => {
    if (stream.current?.readyState === EventSource.CLOSED) setRound((last) => last + 1)
    else setChanges(NONE)
  }, [since])
  return changes
}

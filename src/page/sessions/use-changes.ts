import { useEffect, useState } from 'preact/hooks'

const KINDS = ['created', 'closed', 'expired'] as const

/** How many sessions were opened or ended since `since` became what it is. */
export function useChanges(since: unknown): number {
  const [changes, setChanges] = useState(0)
  // Named so that counting begins anew with it.
  useEffect(() => setChanges(0), [since])
  useEffect(() => {
    const events = new EventSource('/api/v1/events')
    for (const kind of KINDS) events.addEventListener(kind, () => setChanges((before) => before + 1))
    return () => events.close()
  }, [])
  return changes
}

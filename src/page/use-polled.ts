import { useCallback, useEffect, useState } from 'preact/hooks'
import { type Failure, failureOf } from './api.js'

export interface Polled<T> {
  /** The last that came, also while asking fails. */
  readonly value: T | undefined
  /** Why the last time failed; undefined if it did not. */
  readonly failure: Failure | undefined
  reload(): void
}

/** For what is asked once, and again only when somebody wants it. */
export const ONCE = 'once'

/**
 * Asks again and again, each time `every_ms` after the last answer, and not while nobody looks. Begins anew when `load` is
 * another function, so callers keep it with `useCallback`.
 */
export function usePolled<T>(load: (signal: AbortSignal) => Promise<T>, every_ms: number | typeof ONCE): Polled<T> {
  const [value, setValue] = useState<T>()
  const [failure, setFailure] = useState<Failure>()
  const [round, setRound] = useState(0)

  useEffect(() => {
    const ended = new AbortController()
    let timer: number | undefined
    let isAsking = false
    let isDone = false
    const ask = async () => {
      if (document.hidden || isAsking || isDone) return
      isAsking = true
      try {
        const answer = await load(ended.signal)
        if (ended.signal.aborted) return
        setValue(() => answer)
        setFailure(undefined)
      } catch (error) {
        if (ended.signal.aborted) return
        setFailure(failureOf(error))
      } finally {
        isAsking = false
      }
      if (every_ms === ONCE) isDone = true
      else timer = window.setTimeout(() => void ask(), every_ms)
    }
    const onVisible = () => {
      window.clearTimeout(timer)
      void ask()
    }
    document.addEventListener('visibilitychange', onVisible)
    void ask()
    return () => {
      ended.abort()
      window.clearTimeout(timer)
      document.removeEventListener('visibilitychange', onVisible)
    }
    // A new round asks again.
  }, [load, every_ms, round])

  const reload = useCallback(() => setRound((last) => last + 1), [])
  return { value, failure, reload }
}

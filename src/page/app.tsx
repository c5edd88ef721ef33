import { useCallback, useEffect, useMemo, useState } from 'preact/hooks'
import { api } from './api.js'
import { Decode } from './decode/decode.js'
import { Header } from './header.js'
import { EMPTY, withReading } from './history.js'
import { Overview } from './overview/overview.js'
import { Failed } from './parts/notice.js'
import type { Route } from './route.js'
import { SessionList } from './sessions/list.js'
import { SessionView } from './sessions/session.js'
import { SignIn } from './sign-in.js'
import { Tokens } from './tokens/tokens.js'
import { usePolled } from './use-polled.js'
import { useRoute } from './use-route.js'
import { useSignIn } from './use-sign-in.js'

const OVERVIEW_MS = 2_000
const INFO_MS = 60_000

const TITLES: Readonly<Record<Route['view'], string>> = {
  overview: 'Overview',
  sessions: 'Sessions',
  session: 'Session',
  decode: 'Decode bytes',
  tokens: 'Check a token',
}

export function App() {
  const route = useRoute()
  const signIn = useSignIn()
  const [history, setHistory] = useState(EMPTY)
  // A login changes what may be read, so whatever was refused is asked for again.
  const { round } = signIn
  const loadOverview = useCallback((signal: AbortSignal) => api.overview(signal), [round])
  const loadInfo = useCallback((signal: AbortSignal) => api.info(signal), [round])
  const overview = usePolled(loadOverview, OVERVIEW_MS)
  const info = usePolled(loadInfo, INFO_MS)

  const reading = overview.value
  useEffect(() => {
    if (reading !== undefined) setHistory((before) => withReading(before, reading))
  }, [reading])
  useEffect(() => {
    document.title = `${TITLES[route.view]} · Session gateway`
  }, [route.view])

  const view = useMemo(() => {
    if (route.view === 'sessions') return <SessionList key={`list-${round}`} filter={route.filter} />
    if (route.view === 'session') return <SessionView key={`${route.id}-${round}`} id={route.id} signIn={signIn} />
    if (route.view === 'decode') return <Decode />
    return route.view === 'tokens' ? <Tokens /> : undefined
  }, [route, round, signIn])

  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to content
      </button>
      <Header route={route} info={info.value} overview={reading} failure={overview.failure} signIn={signIn} />
      <main id="main" tabIndex={-1}>
        <h1>{TITLES[route.view]}</h1>
        {signIn.caller !== undefined && signIn.signOutFailure !== undefined && (
          <Failed what="You are still signed in" failure={signIn.signOutFailure} />
        )}
        {overview.failure !== undefined && <Failed what="The numbers could not be read" failure={overview.failure} />}
        {view ?? <Overview history={history} info={info.value} round={round} />}
      </main>
      <SignIn signIn={signIn} />
    </>
  )
}

import { useState } from 'preact/hooks'
import type { GatewayInfo } from '../admin/info-json.js'
import type { OverviewJson } from '../admin/overview-json.js'
import type { Failure } from './api.js'
import { formatCount } from './format.js'
import { linkTo, type Route } from './route.js'
import { chooseTheme, chosenTheme, THEMES, type Theme } from './theme.js'
import type { SignInState } from './use-sign-in.js'

interface HeaderProps {
  readonly route: Route
  readonly info: GatewayInfo | undefined
  readonly overview: OverviewJson | undefined
  readonly failure: Failure | undefined
  readonly signIn: SignInState
}

const VIEWS: readonly (readonly [route: Route, name: string])[] = [
  [{ view: 'overview' }, 'Overview'],
  [{ view: 'sessions', filter: {} }, 'Sessions'],
  [{ view: 'decode' }, 'Decode'],
  [{ view: 'tokens' }, 'Tokens'],
]

export function Header({ route, info, overview, failure, signIn }: HeaderProps) {
  return (
    <header class="top">
      <div class="top-name">
        <strong>Session gateway</strong>
        {info !== undefined && (
          <span class="quiet">
            {info.role} · {info.version}
            {overview !== undefined && ` · epoch ${formatCount(overview.epoch)}`}
          </span>
        )}
        <Health overview={overview} failure={failure} />
      </div>
      <nav aria-label="Views">
        <ul>
          {VIEWS.map(([target, name]) => (
            <li key={name}>
              <a href={linkTo(target)} aria-current={isWithin(route, target) ? 'page' : undefined}>
                {name}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="top-tools">
        <ThemeChoice />
        <Who signIn={signIn} />
      </div>
    </header>
  )
}

/** A session belongs to the list of sessions. */
function isWithin(route: Route, target: Route): boolean {
  return route.view === target.view || (route.view === 'session' && target.view === 'sessions')
}

/** Its text changes with the state alone, so a screen reader hears of nothing else. */
function Health({ overview, failure }: Pick<HeaderProps, 'overview' | 'failure'>) {
  const [kind, text] = healthOf(overview, failure)
  return (
    <span class={`state state-${kind}`} role="status">
      {text}
    </span>
  )
}

function healthOf(overview: OverviewJson | undefined, failure: Failure | undefined): [kind: string, text: string] {
  if (failure?.code === 'unreachable') return ['bad', 'no answer']
  if (failure !== undefined) return ['warn', 'not readable']
  if (overview === undefined) return ['off', 'asking']
  return overview.notReady.length === 0 ? ['good', 'ready'] : ['bad', `not ready: ${overview.notReady.join('; ')}`]
}

function ThemeChoice() {
  const [theme, setTheme] = useState(chosenTheme)
  const choose = (chosen: Theme) => {
    chooseTheme(chosen)
    setTheme(chosen)
  }
  return (
    <label class="theme">
      <span class="unseen">Colours</span>
      <select
        value={theme}
        onChange={({ currentTarget }) => choose(THEMES.find((one) => one === currentTarget.value) ?? 'auto')}
      >
        <option value="auto">Auto</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  )
}

function Who({ signIn }: { readonly signIn: SignInState }) {
  const { caller } = signIn
  if (caller === undefined) {
    return (
      <button type="button" onClick={() => signIn.open()}>
        Sign in
      </button>
    )
  }
  return (
    <>
      <span class="quiet who" title={caller.name}>
        {caller.roles.join(', ')}
      </span>
      <button type="button" onClick={() => void signIn.signOut()}>
        Sign out
      </button>
    </>
  )
}

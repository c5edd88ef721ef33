/** Where on the page somebody is, as the part of the address after `#`, so that every view has a link. */
export type Route =
  | { readonly view: 'overview' | 'decode' | 'tokens' }
  | { readonly view: 'sessions'; readonly filter: Filter }
  | { readonly view: 'session'; readonly id: string }

export const FILTERS = ['state', 'generation', 'dialect', 'owner', 'account'] as const
export type Filter = Readonly<Partial<Record<(typeof FILTERS)[number], string>>>

/** What makes no sense leads to the overview. */
export function readRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const [view = '', id] = path.split('/', 2)
  if (view === 'decode' || view === 'tokens') return { view }
  if (view !== 'sessions') return { view: 'overview' }
  if (id !== undefined && id !== '') return { view: 'session', id: decoded(id) }
  const given = new URLSearchParams(query)
  const filter = FILTERS.flatMap((name) => {
    const value = given.get(name)
    return value === null || value === '' ? [] : [[name, value] as const]
  })
  return { view: 'sessions', filter: Object.fromEntries(filter) }
}

export function linkTo(route: Route): string {
  if (route.view === 'session') return `#/sessions/${encodeURIComponent(route.id)}`
  if (route.view !== 'sessions') return `#/${route.view}`
  const query = new URLSearchParams(Object.entries(route.filter).filter(([, value]) => value !== '')).toString()
  return query === '' ? '#/sessions' : `#/sessions?${query}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

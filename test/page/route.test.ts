import fc from 'fast-check'
import t from 'tap'
import { FILTERS, linkTo, type Route, readRoute } from '../../src/page/route.js'

t.test('every view has a link, and the link leads back to it', (t) => {
  const filter = fc.dictionary(fc.constantFrom(...FILTERS), fc.string({ minLength: 1 }), { noNullPrototype: true })
  const route = fc.oneof(
    fc.constantFrom<Route>({ view: 'overview' }, { view: 'decode' }, { view: 'tokens' }),
    filter.map((filter): Route => ({ view: 'sessions', filter })),
    fc.string({ minLength: 1 }).map((id): Route => ({ view: 'session', id })),
  )
  fc.assert(fc.property(route, (route) => t.strictSame(readRoute(linkTo(route)), route)))
  t.end()
})

t.test('what makes no sense leads somewhere', (t) => {
  const rows: [string, Route][] = [
    ['', { view: 'overview' }],
    ['#', { view: 'overview' }],
    ['#/nowhere/at/all', { view: 'overview' }],
    ['#/sessions/', { view: 'sessions', filter: {} }],
    ['#/sessions?state=&other=1', { view: 'sessions', filter: {} }],
    ['#/sessions/%E0%A4%A', { view: 'session', id: '%E0%A4%A' }],
    ['#/sessions/1:7', { view: 'session', id: '1:7' }],
  ]
  for (const [hash, route] of rows) t.strictSame(readRoute(hash), route, hash)
  t.end()
})

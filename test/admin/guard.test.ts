import t from 'tap'
import { type GuardedRequest, refusalOf } from '../../src/admin/guard.js'
import type { Place } from '../../src/admin/place.js'

const LOOPBACK: Place = { reach: 'loopback', host: '127.0.0.1', allowedHosts: [], tls: false, metricsToken: false }
const SOCKET: Place = { ...LOOPBACK, reach: 'unix', host: '', allowedHosts: ['gateway.test'] }
const NETWORK: Place = { ...LOOPBACK, reach: 'network', host: '0.0.0.0', allowedHosts: ['gateway.test', '2001:db8::7'] }
const SECURE: Place = { ...NETWORK, tls: true }

const asking = (changes: Partial<GuardedRequest>): GuardedRequest => ({
  method: 'GET',
  host: '127.0.0.1:8081',
  origin: undefined,
  fetchSite: undefined,
  ...changes,
})

const LOCAL = [
  'localhost',
  'LOCALHOST:8081',
  '127.0.0.1',
  '127.0.0.1:8081',
  '127.8.9.10:1',
  '[::1]:8081',
  '[::1]',
  '[::ffff:127.0.0.1]:80',
]
const NEVER = [
  undefined,
  '',
  'example.com',
  'example.com:8081',
  'localhost.example.com',
  'example.com.localhost',
  '127.0.0.1.example.com',
  '127.0.0.256',
  '0x7f.1',
  '::1',
  'localhost:99999999',
  'user@localhost',
  'localhost/path',
  'local host',
  'sub.gateway.test',
  'gateway.test.',
]
const LITERAL = ['0.0.0.0:8081', '10.0.0.1', '128.0.0.1:8081', '[::]:8081', '[::2]', '[2001:db8::7]:1']
const NAMED = ['gateway.test', 'Gateway.Test:443']

t.test('which Host headers name the listener', async (t) => {
  const table: readonly (readonly [name: string, place: Place, good: readonly string[], bad: readonly string[]])[] = [
    ['loopback', LOOPBACK, LOCAL, [...LITERAL, ...NAMED]],
    ['a unix socket', SOCKET, [...LOCAL, ...NAMED], LITERAL],
    ['the network', NETWORK, [...LOCAL, ...LITERAL, ...NAMED], []],
    ['its own name', { ...LOOPBACK, host: 'Gateway.Test' }, [...LOCAL, ...NAMED], LITERAL],
  ]
  for (const [name, place, good, bad] of table) {
    for (const host of good) t.equal(refusalOf(asking({ host }), place), undefined, `${name}: ${host}`)
    for (const host of [...bad, ...NEVER]) {
      t.equal(refusalOf(asking({ host }), place)?.code, 'host_refused', `${name}: ${host}`)
    }
  }
})

t.test('pages of which origins may ask', async (t) => {
  const link = { fetchMode: 'navigate', fetchDest: 'document' }
  const frame = { fetchMode: 'navigate', fetchDest: 'iframe' }
  const table: readonly (readonly [request: Partial<GuardedRequest>, ok: boolean])[] = [
    [{}, true],
    [{ fetchSite: 'none' }, true],
    [{ fetchSite: 'cross-site', ...link }, true],
    [{ fetchSite: 'same-site', ...link }, true],
    [{ fetchSite: 'cross-site', ...frame }, false],
    [{ fetchSite: 'cross-site', fetchMode: 'no-cors', fetchDest: 'image' }, false],
    [{ fetchSite: 'cross-site', fetchMode: 'no-cors', fetchDest: 'script' }, false],
    [{ fetchSite: 'cross-site' }, false],
    [{ fetchSite: 'same-site' }, false],
    [{ fetchSite: 'nonsense' }, false],
    [{ origin: 'http://127.0.0.1:8081', fetchSite: 'same-origin' }, true],
    [{ origin: 'http://127.0.0.1:8082', fetchSite: 'same-site' }, false],
    [{ origin: 'https://127.0.0.1:8081' }, false],
    [{ origin: 'http://localhost:8081' }, false],
    [{ origin: 'null' }, false],
    [{ origin: '' }, false],
    [{ method: 'PUT' }, true],
    [{ method: 'PUT', origin: 'http://127.0.0.1:8081', fetchSite: 'same-origin' }, true],
    [{ method: 'PUT', origin: 'http://example.com', fetchSite: 'cross-site' }, false],
    [{ method: 'PUT', fetchSite: 'cross-site' }, false],
    [{ method: 'PUT', fetchSite: 'cross-site', ...link }, false],
    [{ method: 'PUT', fetchSite: 'same-site' }, false],
    [{ method: 'PUT', fetchSite: 'none' }, true],
    [{ method: 'POST', origin: 'null' }, false],
    [{ method: 'DELETE', fetchSite: 'cross-site' }, false],
  ]
  for (const [request, ok] of table) {
    const refusal = refusalOf(asking(request), LOOPBACK)
    t.equal(refusal?.code, ok ? undefined : 'origin_refused', JSON.stringify(request))
  }
})

t.test('TLS, also that of a proxy before a name that is allowed, is part of the origin', async (t) => {
  const table: readonly (readonly [place: Place, host: string, origin: string, ok: boolean])[] = [
    [NETWORK, 'gateway.test', 'http://gateway.test', true],
    [NETWORK, 'gateway.test', 'https://gateway.test', true],
    [NETWORK, 'gateway.test:8443', 'https://gateway.test', false],
    [NETWORK, '10.0.0.1', 'https://10.0.0.1', false],
    [NETWORK, '10.0.0.1', 'http://10.0.0.1', true],
    [NETWORK, '[2001:db8::7]:1', 'https://[2001:DB8::7]:1', true],
    [SECURE, 'gateway.test', 'http://gateway.test', false],
    [SECURE, 'gateway.test', 'https://gateway.test', true],
    [SECURE, '10.0.0.1:8081', 'https://10.0.0.1:8081', true],
  ]
  for (const [place, host, origin, ok] of table) {
    const refusal = refusalOf(asking({ method: 'POST', host, origin, fetchSite: undefined }), place)
    t.equal(refusal?.code, ok ? undefined : 'origin_refused', `${host} ${origin}`)
  }
})

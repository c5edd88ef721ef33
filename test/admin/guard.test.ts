import t from 'tap'
import { refusalOf } from '../../src/admin/guard.js'

const LISTENER = '127.0.0.1'

t.test('which Host headers name the listener', async (t) => {
  const good = [
    'localhost',
    'LOCALHOST:8081',
    '127.0.0.1',
    '127.0.0.1:8081',
    '127.8.9.10:1',
    '[::1]:8081',
    '[::1]',
    '[::ffff:127.0.0.1]:80',
  ]
  const bad = [
    undefined,
    '',
    'example.com',
    'example.com:8081',
    'localhost.example.com',
    'example.com.localhost',
    '127.0.0.1.example.com',
    '127.0.0.256',
    '128.0.0.1:8081',
    '0.0.0.0:8081',
    '10.0.0.1',
    '[::]:8081',
    '[::2]',
    '::1',
    'localhost:99999999',
    'user@localhost',
    'localhost/path',
    'local host',
  ]
  for (const host of good) {
    t.equal(refusalOf({ method: 'GET', host, origin: undefined, fetchSite: undefined }, LISTENER), undefined, host)
  }
  for (const host of bad) {
    const refusal = refusalOf({ method: 'GET', host, origin: undefined, fetchSite: undefined }, LISTENER)
    t.equal(refusal?.code, 'host_refused', String(host))
  }
})

t.test('the name that the listener was bound to counts, too', async (t) => {
  const request = { method: 'GET', host: 'Gateway.Test:1', origin: undefined, fetchSite: undefined }
  t.equal(refusalOf(request, 'gateway.test'), undefined)
  t.equal(refusalOf(request, LISTENER)?.code, 'host_refused')
})

t.test('pages of which origins may ask', async (t) => {
  const host = '127.0.0.1:8081'
  const table: readonly (readonly [
    method: string,
    origin: string | undefined,
    site: string | undefined,
    ok: boolean,
  ])[] = [
    ['GET', undefined, undefined, true],
    ['GET', undefined, 'none', true],
    ['GET', undefined, 'cross-site', true], // a link on another page; the page cannot read the answer
    ['GET', 'http://127.0.0.1:8081', 'same-origin', true],
    ['GET', 'http://127.0.0.1:8082', 'same-site', false],
    ['GET', 'https://127.0.0.1:8081', undefined, false],
    ['GET', 'http://localhost:8081', undefined, false],
    ['GET', 'null', undefined, false],
    ['GET', '', undefined, false],
    ['PUT', undefined, undefined, true],
    ['PUT', 'http://127.0.0.1:8081', 'same-origin', true],
    ['PUT', 'http://example.com', 'cross-site', false],
    ['PUT', undefined, 'cross-site', false],
    ['PUT', undefined, 'same-site', false],
    ['PUT', undefined, 'none', true],
    ['POST', 'null', undefined, false],
    ['DELETE', undefined, 'cross-site', false],
  ]
  for (const [method, origin, fetchSite, ok] of table) {
    const refusal = refusalOf({ method, host, origin, fetchSite }, LISTENER)
    t.equal(refusal?.code, ok ? undefined : 'origin_refused', `${method} ${origin} ${fetchSite}`)
  }
})

import t from 'tap'
import { admin } from '../../support/admin-api.js'

const PAGE = {
  html: Buffer.from('<!doctype html><title>page</title>'),
  assets: new Map([['page-0123.js', { type: 'text/javascript; charset=utf-8', bytes: Buffer.from('1') }]]),
}

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

t.test('the page is asked for anew each time, and loads nothing from elsewhere', async (t) => {
  const { get } = await admin(t, { page: PAGE })
  const { status, type, text, headers } = await get('/')
  t.match({ status, type, text }, { status: 200, type: 'text/html; charset=utf-8', text: String(PAGE.html) })
  t.equal(headers.get('content-security-policy'), POLICY)
  t.equal(headers.get('cache-control'), 'no-cache')
  t.equal(headers.get('x-content-type-options'), 'nosniff')
  const etag = headers.get('etag') ?? ''
  for (const named of [etag, `W/${etag}`, `"another", ${etag}`, '*']) {
    t.match(await get('/', { headers: { 'if-none-match': named } }), { status: 304, text: '' }, named)
  }
  t.match(await get('/', { headers: { 'if-none-match': '"another"' } }), { status: 200 })
})

t.test('what it loads is kept for ever, as its name says what is in it', async (t) => {
  const { get } = await admin(t, { page: PAGE })
  const { status, type, text, headers } = await get('/assets/page-0123.js')
  t.match({ status, type, text }, { status: 200, type: /^text\/javascript/, text: '1' })
  t.equal(headers.get('cache-control'), 'public, max-age=31536000, immutable')
})

t.test('nothing else is served', async (t) => {
  const { get } = await admin(t, { page: PAGE })
  for (const name of ['page-4567.js', '..%2Findex.html', '%2e%2e%2fpackage.json', '__proto__', 'constructor']) {
    const { status, json, headers } = await get(`/assets/${name}`)
    t.match({ status, json }, { status: 404, json: { code: 'not_found' } }, name)
    t.equal(headers.get('cache-control'), 'no-store', 'a miss is not kept')
  }
  t.match(await get('/', { method: 'POST' }), { status: 405 })
})

t.test('a build without a page says so', async (t) => {
  const { get } = await admin(t)
  t.match(await get('/'), { status: 404, json: { code: 'not_found', detail: /npm run build/ } })
})

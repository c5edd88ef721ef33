import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import t from 'tap'
import { admin, bearer } from '../support/admin-api.js'

t.test('every refusal is a problem with a code', async (t) => {
  const { get, put, listener } = await admin(t)
  const table: readonly (readonly [path: string, init: RequestInit, status: number, code: string])[] = [
    ['/', {}, 404, 'not_found'],
    ['/api/v1/nothing', {}, 404, 'not_found'],
    ['/api/v1/sessions/0188d5a4-9c1e-4a71-8f3e-0123456789ab', {}, 404, 'not_found'],
    ['/api/v1/sessions/7', {}, 400, 'invalid_parameter'],
    [`/api/v1/sessions/${'x'.repeat(65)}`, {}, 400, 'invalid_parameter'],
    [`/api/v1/sessions/${'x'.repeat(500)}`, {}, 414, 'uri_too_long'],
    ['/api/v1/sessions/%ff', {}, 400, 'bad_request'],
    ['/api/v1/sessions?state=pending', {}, 400, 'invalid_parameter'],
    ['/api/v1/sessions?generation=v3', {}, 400, 'invalid_parameter'],
    ['/api/v1/sessions?limit=0', {}, 400, 'invalid_parameter'],
    ['/api/v1/sessions?limit=1001', {}, 400, 'invalid_parameter'],
    ['/api/v1/sessions?limit=ten', {}, 400, 'invalid_parameter'],
    ['/api/v1/sessions?limit=1&limit=2', {}, 400, 'invalid_parameter'],
    ['/api/v1/sessions?owner=x', {}, 400, 'invalid_parameter'],
    ['/api/v1/sessions?cursor=!', {}, 400, 'invalid_parameter'],
    ['/api/v1/sessions?colour=red', {}, 400, 'invalid_parameter'],
    ['/api/v1/epoch', { method: 'POST' }, 405, 'method_not_allowed'],
    ['/api/v1/epoch', { method: 'OPTIONS' }, 405, 'method_not_allowed'],
    ['/metrics', { method: 'PUT', body: '{}' }, 405, 'method_not_allowed'],
    ['/api/v1/sessions/1:1', { method: 'PATCH' }, 405, 'method_not_allowed'],
  ]
  for (const [path, init, status, code] of table) {
    const answer = await get(path, init)
    t.match(answer, { status, type: /^application\/problem\+json/ }, `${init.method ?? 'GET'} ${path.slice(0, 60)}`)
    t.match(answer.json, { title: String, status, code, detail: /./ })
    t.equal(answer.headers.get('access-control-allow-origin'), null)
  }
  t.equal((await get('/api/v1/epoch', { method: 'POST' })).headers.get('allow'), 'GET, HEAD, PUT')
  t.equal((await fetch(`http://${listener.address}/api/v1/epoch`, { method: 'HEAD' })).status, 200)
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense']) {
    t.match(await put('{"epoch":"11"}', type), { status: 415, json: { code: 'unsupported_media_type' } }, type)
  }
  t.match(await put(`{"epoch":"${'1'.repeat(600_000)}"}`), { status: 413, json: { code: 'body_too_large' } })
})

t.test('a fault of ours says nothing to the caller and all to the log', async (t) => {
  const { get, state, errors } = await admin(t)
  const fault = new Error('secret detail')
  state.fault = fault
  const answer = await get('/api/v1/info')
  t.match(answer, { status: 500, json: { code: 'internal', detail: 'internal error' } })
  t.notMatch(answer.text, 'secret')
  t.match(errors, [{ err: fault, route: '/api/v1/info' }])
})

t.test('web pages of other origins and rebound names are refused', async (t) => {
  const { listener, epochs } = await admin(t)
  const raw = (headers: Record<string, string>, method = 'GET', body = '') =>
    new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const [, port] = listener.address.split(':')
      const request = httpRequest({ host: '127.0.0.1', port, path: '/api/v1/epoch', method, headers }, (response) => {
        response.setEncoding('utf8')
        let text = ''
        response.on('data', (chunk: string) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode, text }))
      })
      request.on('error', reject)
      request.end(body)
    })
  t.match(await raw({ host: 'attacker.example:8081' }), { status: 403, text: /host_refused/ })
  t.match(await raw({ host: 'localhost', origin: 'http://attacker.example' }), { status: 403, text: /origin_refused/ })
  const json = { ...bearer('operate'), 'content-type': 'application/json' }
  const body = '{"epoch":"99"}'
  for (const headers of [
    { ...json, host: 'attacker.example' },
    { ...json, host: 'localhost', origin: 'null' },
    { ...json, host: 'localhost', 'sec-fetch-site': 'cross-site' },
  ]) {
    t.match(await raw(headers, 'PUT', body), { status: 403 }, JSON.stringify(headers))
  }
  t.equal(epochs.current(), 10n)
  t.match(await raw({ ...json, host: 'localhost', origin: 'http://localhost' }, 'PUT', body), { status: 200 })
  t.equal(epochs.current(), 99n)
})

t.test('what is no HTTP gets a problem, too, and the listener goes on', async (t) => {
  const { listener, get } = await admin(t)
  const [host = '', port = ''] = listener.address.split(':')
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), host, () => socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'))
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(text))
  })
  t.match(answer, /^HTTP\/1\.1 400 /)
  t.match(answer, /application\/problem\+json/)
  t.match(answer, /"code":"bad_request"/)
  t.match(await get('/healthz'), { status: 200 })
})

t.test('headers that are too long', async (t) => {
  const { get } = await admin(t, { limits: { headerSize_bytes: 2_048 } })
  t.match(await get('/healthz', { headers: { 'x-long': 'x'.repeat(4_000) } }), { json: { code: String } })
  t.match(await get('/healthz'), { status: 200 })
})

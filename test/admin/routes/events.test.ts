import { connect } from 'node:net'
import t from 'tap'
import { admin, LIMITS } from '../../support/admin-api.js'
import { epochSession } from '../../support/core.js'
import { eventually } from '../../support/eventually.js'

t.test('events are told while they happen, to so many as may read', async (t) => {
  const limits = { events: { ...LIMITS.events, readers: 2 } }
  const { sessions, listener, get } = await admin(t, { limits })
  const base = `http://${listener.address}/api/v1/events`
  const cancel = new AbortController()
  const open = () => fetch(base, { signal: cancel.signal })
  const [first, second] = await Promise.all([open(), open()])
  t.match(first.headers.get('content-type'), /^text\/event-stream/)
  t.match(await get('/api/v1/events'), { status: 503, json: { code: 'too_many_readers' } })
  const reader = first.body?.pipeThrough(new TextDecoderStream()).getReader()
  t.match(await reader?.read(), { value: /^retry/ })
  const { id } = await sessions.create(epochSession())
  t.match(await reader?.read(), { value: new RegExp(`^id: .*\\nevent: created\\ndata: .*"id":"${id}"`) })
  t.match(await get('/api/v1/events', { headers: { 'last-event-id': 'x'.repeat(65) } }), { status: 400 })
  await listener.stop()
  t.match(await reader?.read(), { done: true }, 'a stop ends the streams')
  await second.text()
  cancel.abort()
})

t.test('who asks for the headers alone takes no place of a reader', async (t) => {
  const limits = { events: { ...LIMITS.events, readers: 1 } }
  const { events, listener } = await admin(t, { limits })
  const address = `http://${listener.address}/api/v1/events`
  t.match(await fetch(address, { method: 'HEAD' }), { status: 405 })
  t.equal(events.active, false)
  const { status, body } = await fetch(address)
  t.equal(status, 200)
  await body?.cancel()
})

t.test('whoever asks again before the answer, and goes, leaves no reader behind', async (t) => {
  const limits = { events: { ...LIMITS.events, readers: 3 } }
  const { clock, listener } = await admin(t, { limits })
  const before = clock.waiting
  const [host, port] = listener.address.split(':')
  const socket = connect(Number(port), host)
  socket.write(`GET /api/v1/events HTTP/1.1\r\nHost: ${listener.address}\r\n\r\n`.repeat(3))
  t.ok(await eventually(() => clock.waiting === before + 3), 'a heartbeat for each')
  socket.destroy()
  t.ok(await eventually(() => clock.waiting <= before + 1), 'what was told is still remembered')
  for (let n = 0; n < 3; n += 1) {
    const { status, body } = await fetch(`http://${listener.address}/api/v1/events`)
    t.equal(status, 200)
    await body?.cancel()
  }
})

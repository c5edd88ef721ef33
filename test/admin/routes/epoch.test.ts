import t from 'tap'
import { admin } from '../../support/admin-api.js'

t.test('the epoch is moved by hand where it is manual', async (t) => {
  const { get, put, epochs } = await admin(t)
  t.strictSame((await get('/api/v1/epoch')).json, { epoch: '10', source: 'manual' })
  t.match(await put('{"epoch":"18446744073709551614"}'), { status: 200, json: { epoch: '18446744073709551614' } })
  t.equal(epochs.current(), 18_446_744_073_709_551_614n)
  for (const epoch of ['18446744073709551615', '12', '12', '0', '13']) {
    t.match(await put(`{"epoch":"${epoch}"}`), { status: 200, json: { epoch } }, epoch)
  }
  for (const body of [
    '{"epoch":12}',
    '{"epoch":"-1"}',
    '{"epoch":"18446744073709551616"}',
    '{"epoch":"1","x":1}',
    '[]',
    '{',
    '',
  ]) {
    t.match(await put(body), { status: 400, json: { code: 'invalid_body' } }, body)
  }
  t.equal(epochs.current(), 13n, 'nothing of that moved it')

  const fixed = await admin(t, { epoch: 'fixed:3' })
  t.match(await fixed.put('{"epoch":"4"}'), { status: 409, json: { code: 'epoch_not_manual' } })
  const clocked = await admin(t, { epoch: 'clock:store,1h' })
  t.match((await clocked.get('/api/v1/epoch')).json, { source: 'clock', length_ms: 3_600_000 })
})

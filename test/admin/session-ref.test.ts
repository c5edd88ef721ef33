import t from 'tap'
import { Problem } from '../../src/admin/problem.js'
import { ownerIdOf, sessionRefOf } from '../../src/admin/session-ref.js'
import { ownerIdText } from '../../src/crypto/owner-id.js'
import { OWNER } from '../support/core.js'

t.test('names of sessions', async (t) => {
  const id = '0188d5a4-9c1e-4a71-8f3e-0123456789ab'
  for (const text of [id, id.toUpperCase(), id.replaceAll('-', '')]) {
    t.strictSame(sessionRefOf(text), { by: 'id', id }, text)
  }
  t.strictSame(sessionRefOf('1:7'), { by: 'number', partition: 1, number: 7n })
  t.strictSame(sessionRefOf('4294967295:18446744073709551615'), {
    by: 'number',
    partition: 4_294_967_295,
    number: 2n ** 64n - 1n,
  })
  const bad = [
    '',
    '7',
    ':7',
    '1:',
    '-1:7',
    '1:7:8',
    '4294967296:1',
    '1:18446744073709551616',
    `${id}0`,
    id.replace('-', ''),
    id.replace('a', 'g'),
    '1:0x7',
    ' 1:7',
  ]
  for (const text of bad) t.throws(() => sessionRefOf(text), { code: 'invalid_parameter' }, text)
})

t.test('owner ids, as text and as hex', async (t) => {
  const hex = Buffer.from(OWNER).toString('hex')
  for (const text of [hex, hex.toUpperCase()]) t.strictSame([...ownerIdOf('owner', text)], [...OWNER])
  const real = new Uint8Array(Buffer.from('35f5d0b1b9a0c4e9b3a9d1dd8a6f0d3a8d0f0c8b7e12345678', 'hex'))
  t.strictSame([...ownerIdOf('owner', Buffer.from(real).toString('hex'))], [...real])
  t.throws(() => ownerIdOf('owner', `${ownerIdText(real)}x`), Problem)
  for (const text of ['', '00', 'zz', hex.slice(2), `${hex}00`, '0'.repeat(200), 'l0l']) {
    t.throws(() => ownerIdOf('account', text), { code: 'invalid_parameter', message: /account/ }, text)
  }
})

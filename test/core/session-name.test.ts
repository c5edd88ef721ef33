import fc from 'fast-check'
import t from 'tap'
import { nameOf } from '../../src/core/refusal.js'
import type { SessionRef } from '../../src/core/session.js'
import { parseSessionName } from '../../src/core/session-name.js'

t.test('what the core calls a session is read as that session', async () => {
  const byId = fc.uuid().map((id): SessionRef => ({ by: 'id', id }))
  const byNumber = fc
    .record({ partition: fc.nat(2 ** 32 - 1), number: fc.bigInt(0n, 2n ** 64n - 1n) })
    .map((name): SessionRef => ({ by: 'number', ...name }))
  fc.assert(
    fc.property(fc.oneof(byId, byNumber), (ref) => {
      const name = nameOf(ref)
      return [name, name.toUpperCase(), ref.by === 'id' ? name.replaceAll('-', '') : name].every(
        (text) => JSON.stringify(ref, plain) === JSON.stringify(parseSessionName(text), plain),
      )
    }),
  )
})

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

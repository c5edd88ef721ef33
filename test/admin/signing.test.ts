import t from 'tap'
import { keyOf, Signing } from '../../src/admin/signing.js'
import { epochSession, makeCore, timeoutSession } from '../support/core.js'

t.test('each caller has a quota of its own', async (t) => {
  const { sessions, clock } = makeCore()
  const signing = new Signing({ sessions, clock, signsPerSecond: 2 })
  const taken = (caller: string) => {
    try {
      signing.take(caller)
      return 'taken'
    } catch (problem) {
      t.match(problem, { code: 'too_many_signatures', limit: 'admin.limits.signsPerSecond', message: /^more than 2 / })
      return 'refused'
    }
  }
  t.same(['a', 'a', 'a', 'b', 'b', 'b'].map(taken), ['taken', 'taken', 'refused', 'taken', 'taken', 'refused'])
  clock.advance(500)
  t.same(['a', 'a', 'b'].map(taken), ['taken', 'refused', 'taken'])
})

t.test('it signs with the key that it names, and tells why it does not', async (t) => {
  const { sessions, clock } = makeCore()
  const signing = new Signing({ sessions, clock, signsPerSecond: 2 })
  const { id, key } = await sessions.create(epochSession())
  const data = Uint8Array.of(1)
  for (const [scheme, size] of [
    [0, 65],
    [1, 64],
    [2, 80],
  ] as const) {
    const { signature, publicKey } = await signing.sign({ by: 'id', id }, data, scheme)
    t.equal(signature.length, size)
    t.same(publicKey, key?.publicKey)
  }
  const keyless = await sessions.create(timeoutSession())
  await t.rejects(signing.sign({ by: 'id', id: keyless.id }, data, 0), { code: 'no_key' })
  t.throws(() => keyOf(keyless), { code: 'no_key' })
  await sessions.close({ by: 'id', id }, { endedBy: 'client' })
  await t.rejects(signing.sign({ by: 'id', id }, data, 0), { code: 'closed' })
  await t.rejects(signing.sign({ by: 'number', partition: 1, number: 99n }, data, 0), { code: 'not_found' })
})

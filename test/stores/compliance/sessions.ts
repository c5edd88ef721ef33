import type { Instant } from '../../../src/core/clock.js'
import type { SessionRef } from '../../../src/core/session.js'
import { outcomeOf } from '../../support/core.js'
import { accountOf, FakeKeyPairs } from '../../support/fake-key-pairs.js'
import { at, byId, epochs, NOW, OWNER_A, OWNER_B, session, timeout, uuid } from '../../support/stored-sessions.js'
import { dueOf } from './due-of.js'
import type { ComplianceTest } from './test.js'

const keys = new FakeKeyPairs()
/** No store looks at what a key is bound to. */
const NO_BINDING = new Uint8Array(0)

/** Sessions that come and are found. */
export function sessions(test: ComplianceTest): void {
  test('a session comes back as it went in, by each of its names', async (t, store) => {
    const key = await keys.take(NO_BINDING)
    const full = session({
      key,
      partition: 3,
      number: 2n ** 64n - 1n,
      lifetime: timeout(-(2n ** 63n), { expiry: 'lazy', edge: 'exclusive' }),
      scope: { verb: 'PUT', objects: ['a', 'b'] },
    })
    const bare = session({ owner: undefined, lifetime: epochs(2n ** 64n - 1n) })
    await store.insert(full)
    await store.insert(bare)
    t.strictSame(await store.get(byId(full.id)), full)
    t.strictSame(await store.get({ by: 'id', id: full.id, owner: OWNER_A }), full)
    t.strictSame(await store.get({ by: 'number', partition: 3, number: 2n ** 64n - 1n }), full)
    t.strictSame(await store.get({ by: 'account', account: key.account }), full)
    t.strictSame(await store.get(byId(bare.id)), bare)
  })

  test('what is not there is undefined', async (t, store) => {
    const stored = session({ partition: 1, number: 1n })
    await store.insert(stored)
    await store.insert(session({ owner: undefined }))
    const refs: SessionRef[] = [
      byId(uuid()),
      byId('not an id at all'),
      { by: 'id', id: stored.id, owner: OWNER_B },
      { by: 'id', id: stored.id, owner: OWNER_A.subarray(1) },
      { by: 'id', id: stored.id, owner: new Uint8Array(0) },
      { by: 'number', partition: 2, number: 1n },
      { by: 'number', partition: 1, number: 2n },
      { by: 'account', account: accountOf(999_999) },
      { by: 'account', account: new Uint8Array(0) },
    ]
    for (const ref of refs) {
      t.equal(await store.get(ref), undefined)
      t.equal(await store.tombstone(ref), undefined)
    }
  })

  test('an id or number in use is refused and changes nothing', async (t, store) => {
    const first = session({ partition: 1, number: 1n })
    await store.insert(first)
    t.equal(await outcomeOf(() => store.insert(session({ id: first.id, owner: OWNER_B }))), 'internal')
    const sameNumber = session({ partition: 1, number: 1n, owner: OWNER_B })
    t.equal(await outcomeOf(() => store.insert(sameNumber)), 'internal')
    t.strictSame(await store.get(byId(first.id)), first)
    t.equal(await store.get(byId(sameNumber.id)), undefined)
    t.equal(store.counts().open.get('v2'), 1)
    t.equal(await store.countOf(OWNER_B), 0)
    await store.insert(session({ partition: 2, number: 1n }))
  })

  test('it does not judge: a session whose lifetime is over is still there', async (t, store) => {
    const over = session({ lifetime: epochs(0n) })
    await store.insert(over)
    t.equal((await dueOf(store, at(10n), 5)).length, 1)
    t.strictSame(await store.get(byId(over.id)), over)
  })

  test('a renewal is visible at once and never goes back', async (t, store) => {
    const kept = session({ lifetime: timeout(1_000n) })
    const byEpochs = session()
    await store.insert(kept)
    await store.insert(byEpochs)
    const steps: [at: Instant, expected: Instant][] = [
      [NOW + 500n, NOW + 500n],
      [NOW + 400n, NOW + 500n],
      [NOW + 900n, NOW + 900n],
    ]
    for (const [instant, expected] of steps) {
      store.renew(kept.id, instant)
      t.strictSame(await store.get(byId(kept.id)), { ...kept, lifetime: timeout(1_000n, { renewedAt: expected }) })
    }
    store.renew(byEpochs.id, NOW)
    store.renew(uuid(), NOW)
    t.strictSame(await store.get(byId(byEpochs.id)), byEpochs)
    t.strictSame(kept.lifetime, timeout(1_000n), 'the record that somebody holds does not change')
  })
}

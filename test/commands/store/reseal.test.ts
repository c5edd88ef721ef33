import { fork } from 'node:child_process'
import { once } from 'node:events'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { resealStore } from '../../../src/commands/store/reseal.js'
import { hex } from '../../../src/core/bytes.js'
import { Keyring, keyIdOf } from '../../../src/crypto/keyring.js'
import { systemRandom } from '../../../src/crypto/system-random.js'
import { unwrapKeyring, WrongKeyError } from '../../../src/crypto/wrapping-key.js'
import { checkStore } from '../../../src/stores/lmdb/check.js'
import { thisMachine } from '../../../src/stores/lmdb/processes.js'
import { StoreSnapshot } from '../../../src/stores/lmdb/snapshot.js'
import { reseal } from '../../support/resealed.js'
import { contentsOf, SealedStore } from '../../support/sealed-store.js'
import { session } from '../../support/stored-sessions.js'
import { tempFolder } from '../../support/temp-folder.js'

const DIE = fileURLToPath(new URL('../../support/rekey-and-die.js', import.meta.url))
const COUNT = 55
/** The new keyring, six batches, the old key's removal. */
const STEPS = 8

interface Keys {
  readonly keyring: Keyring
  /** Of the data keys that session keys are sealed with. */
  readonly used: readonly number[]
}

async function keysOf(directory: string, wrappingKey: Uint8Array): Promise<Keys> {
  const snapshot = await StoreSnapshot.open({ directory, machine: thisMachine, onCheck: () => {} })
  try {
    checkStore(snapshot.file)
    const used = new Set<number>()
    for (const {
      session: { key },
      end,
    } of snapshot.sessions()) {
      if (key !== undefined && end === undefined) used.add(keyIdOf(key.sealed))
    }
    return { keyring: unwrapKeyring(snapshot.meta.keyring ?? new Uint8Array(0), wrappingKey), used: [...used].sort() }
  } finally {
    await snapshot.close()
  }
}

async function filled(t: Test): Promise<SealedStore> {
  const store = new SealedStore(join(tempFolder(t), 'data'))
  await store.fill(COUNT)
  return store
}

t.test(
  'every session key is sealed anew, the old data key goes, and the wrapping key changes at the end',
  async (t) => {
    const { directory, wrappingKey, keyring } = await filled(t)
    const before = await contentsOf(directory, keyring)
    const after = systemRandom.bytes(32)
    const { changed, finishedEarlier } = await reseal(directory, wrappingKey, after, () => {})
    t.equal(changed, before.sessions.filter(({ privateKey }) => privateKey !== undefined).length)
    t.equal(finishedEarlier, false)
    const keys = await keysOf(directory, after)
    t.strictSame(keys.used, [2])
    t.strictSame(
      keys.keyring.dataKeys().map(({ id }) => id),
      [2],
    )
    t.strictSame((await contentsOf(directory, keys.keyring)).sessions, before.sessions)
    await t.rejects(keysOf(directory, wrappingKey), WrongKeyError)
  },
)

for (const how of ['it fails', 'it is killed'] as const) {
  t.test(`${how} at any step: the store is good, with the key before, and another run finishes`, async (t) => {
    const source = await filled(t)
    const { wrappingKey } = source
    const before = await contentsOf(source.directory, source.keyring)
    for (let step = 1; step <= STEPS; step += 1) {
      const directory = join(tempFolder(t), 'data')
      cpSync(source.directory, directory, { recursive: true })
      const after = systemRandom.bytes(32)
      if (how === 'it fails') {
        let done = 0
        const failing = (): void => {
          done += 1
          if (done === step) throw new Error('no power')
        }
        await t.rejects(reseal(directory, wrappingKey, after, failing), { message: 'no power' })
      } else {
        const child = fork(DIE, [directory, hex(wrappingKey), hex(after), String(step)])
        const [code, signal] = await once(child, 'exit')
        t.strictSame([code, signal], [null, 'SIGKILL'], `step ${step}`)
      }
      const between = await keysOf(directory, wrappingKey)
      t.strictSame((await contentsOf(directory, between.keyring)).sessions, before.sessions, `step ${step}`)
      // The keys were changed, or they were not: nothing is half done but batches.
      t.ok(between.keyring.dataKeys().length === (step === 1 ? 1 : 2), `step ${step}`)

      const again = await reseal(directory, wrappingKey, after, () => {})
      t.equal(again.finishedEarlier, step > 1)
      const keys = await keysOf(directory, after)
      t.strictSame(keys.used, [2])
      t.strictSame(
        keys.keyring.dataKeys().map(({ id }) => id),
        [2],
      )
      t.strictSame((await contentsOf(directory, keys.keyring)).sessions, before.sessions, `step ${step}, finished`)
    }
  })
}

t.test('a key that does not open stops it, and no data key goes', async (t) => {
  const keyring = Keyring.generate(systemRandom, 1)
  const key = {
    publicKey: new Uint8Array(33).fill(2),
    account: new Uint8Array(25),
    sealed: keyring.seal(new Uint8Array(32), new Uint8Array(1)),
  }
  const bad = session({ key })
  const kept: number[][] = []
  const run = (): unknown =>
    resealStore({
      store: {
        replaceKeyring: (bytes) => void kept.push([...bytes]),
        resealSome: (_from, _count, each) => {
          each(bad)
          return { next: undefined, looked: 1, changed: 1 }
        },
      },
      keyring,
      wrap: () => Uint8Array.of(1),
      wrapLast: () => Uint8Array.of(2),
      random: systemRandom,
      wallTime_ms: 1.5,
      onBatch: () => {},
    })
  t.throws(run, { message: new RegExp(`session ${bad.id} does not open.*no key was removed: close that session`) })
  t.strictSame(kept, [[1]])
})

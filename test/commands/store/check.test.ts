import { rmSync } from 'node:fs'
import t from 'tap'
import { openLmdb } from '../../support/lmdb.js'
import { contentsOf } from '../../support/sealed-store.js'
import { storePlace } from '../../support/store-place.js'
import { session } from '../../support/stored-sessions.js'

t.test('a store that nobody uses', async (t) => {
  const { source, store } = await storePlace(t)
  const { sessions } = await contentsOf(source.directory, source.keyring)
  const open = sessions.filter(({ end }) => end === undefined)
  const keys = open.filter(({ privateKey }) => privateKey !== undefined).length
  t.match(await store('check'), {
    code: 0,
    err: '',
    out: `lmdb:./data is whole: ${open.length} open sessions, ${sessions.length - open.length} that ended, ${keys} session keys that open\n`,
  })
  rmSync(source.keyFile)
  t.match(await store('check'), { code: 3, err: /data\.key, is not there.*put it back, or say in store\.key/ })
  t.match(await store('check', '--no-keys'), { code: 0, out: /whether session keys open was left out\n$/ })
})

t.test('a key that does not open', async (t) => {
  const { source, store } = await storePlace(t, 10)
  const keeper = await openLmdb(source.directory)
  const key = {
    publicKey: new Uint8Array(33).fill(2),
    account: new Uint8Array(25).fill(1),
    sealed: source.keyring.seal(new Uint8Array(32), new Uint8Array(1)),
  }
  const bad = session({ key })
  await keeper.store.insert(bad)
  await keeper.store.close()
  t.match(await store('check'), {
    code: 3,
    err: new RegExp(
      `1 session keys? that do(es)? not open, the first that of session ${bad.id} .*close those sessions`,
    ),
  })
})

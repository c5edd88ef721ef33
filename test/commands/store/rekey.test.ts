import { chmodSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { storePlace } from '../../support/store-place.js'

t.test('rekey: new data key, new key file, which is made', async (t) => {
  const { cwd, store } = await storePlace(t)
  // A rekey opens the store, and whoever opens it gives every timeout a fresh start.
  const plain = async (...args: readonly string[]): Promise<string[]> => {
    const { out } = await store('export', '--plain-keys', ...args)
    const sessions = out.split('\n').slice(1, -2)
    return sessions.map((line) => line.replace(/,"renewedAt":"[^"]+"/, ''))
  }
  const before = await plain()
  t.match(await store('rekey'), {
    code: 0,
    err: '',
    out: /^lmdb:\.\/data: \d+ session keys sealed anew in \d+\.\d s\n$/,
  })
  t.match((await store('stats')).out, /sealed with data key 2$/m)
  const changed = await store('rekey', '--new-key', 'file:./new.key')
  t.match(changed, {
    code: 0,
    err: /made a new key file: keep a copy of it, file \.\/new\.key/,
    out: /sealed anew[\s\S]*the store opens with file:\.\/new\.key from now on: set store\.key to it\n$/,
  })
  t.equal(statSync(join(cwd, 'new.key')).mode & 0o777, 0o600)
  t.match(await store('check'), { code: 3, err: /wrapping key is not the one/ })
  const withNew = ['--set', 'store.key=file:./new.key']
  t.match(await store('check', ...withNew), { code: 0 })
  t.strictSame(await plain(...withNew), before)
  t.match(
    await store('rekey', '--new-key', 'file:./new.key'),
    { code: 0 },
    'it was changed, and the configuration was not',
  )
  chmodSync(join(cwd, 'new.key'), 0o644)
  t.match(await store('check', ...withNew), { code: 0, err: /others can use the key file of the store; chmod 600 it/ })
})

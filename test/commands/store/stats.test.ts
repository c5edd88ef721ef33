import { statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { contentsOf } from '../../support/sealed-store.js'
import { storePlace } from '../../support/store-place.js'

t.test('what a store holds, that nobody uses', async (t) => {
  const { source, store } = await storePlace(t)
  const { sessions } = await contentsOf(source.directory, source.keyring)
  const open = sessions.filter(({ end }) => end === undefined)
  const keys = open.filter(({ privateKey }) => privateKey !== undefined).length
  const text = await store('stats')
  t.match(text, { code: 0, err: '' })
  for (const line of [
    /^store +lmdb:\.\/data$/m,
    /^used by +nobody$/m,
    /^format +2$/m,
    /^made +2020-09-13T12:26:40\.000Z$/m,
    /^pages +\d+: \d+ used, \d+ free$/m,
    new RegExp(`^open sessions +${open.length}: .*v2 \\d+`, 'm'),
    new RegExp(`^ended, remembered +${sessions.length - open.length}$`, 'm'),
    new RegExp(`^session keys +${keys} sealed with data key 1$`, 'm'),
    /^oldest open +20.*Z$/m,
  ]) {
    t.match(text.out, line)
  }
  const json: unknown = JSON.parse((await store('stats', '--json')).out)
  t.match(json, {
    store: 'lmdb:./data',
    format: 2,
    madeAt: '2020-09-13T12:26:40.000Z',
    file_bytes: statSync(join(source.directory, 'data.mdb')).size,
    ended: sessions.length - open.length,
    partitions: 3,
    users: [],
    keys: [{ id: 1, sessions: keys }],
  })
})

import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { makeFiles } from '../../../src/stores/lmdb/data-file.js'
import { openLmdb } from '../../support/lmdb.js'
import { byId, session } from '../../support/stored-sessions.js'
import { tempFolder } from '../../support/temp-folder.js'

/** What a power cut leaves of a data file that was being made: its name, and some or none of its bytes. */
const UNFINISHED = 'data.mdb.0f9a5c1e-7d2b-4c3a-8e6f-1a2b3c4d5e6f.new'

t.test('it has its name once it is whole, whoever makes it at the same time', async (t) => {
  const directory = tempFolder(t)
  await Promise.all([makeFiles(directory), makeFiles(directory)])
  t.same(readdirSync(directory), ['data.mdb', 'lock.mdb'])
  const { ino, size } = statSync(join(directory, 'data.mdb'))
  t.ok(size > 2 * 4096, 'its tables are there')
  await makeFiles(directory)
  t.equal(statSync(join(directory, 'data.mdb')).ino, ino, 'it is not made again')
})

t.test('what is left of one that was being made is in nobody’s way', async (t) => {
  const directory = join(tempFolder(t), 'data')
  mkdirSync(directory)
  writeFileSync(join(directory, UNFINISHED), new Uint8Array(4096))
  writeFileSync(join(directory, `${UNFINISHED}-lock`), '')
  const one = session()
  const { store } = await openLmdb(directory)
  await store.insert(one)
  await store.close()
  const again = await openLmdb(directory)
  t.match(again.store.get(byId(one.id)), { id: one.id })
  await again.store.close()
})

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { storePlace } from '../../support/store-place.js'

t.test('import: what can not be taken is refused with its line, and leaves nothing', async (t) => {
  const { cwd, store } = await storePlace(t)
  await store('export', 'good.jsonl')
  const lines = readFileSync(join(cwd, 'good.jsonl'), 'utf8').split('\n')
  writeFileSync(join(cwd, 'bad.jsonl'), lines.with(20, 'oh no').join('\n'))
  writeFileSync(join(cwd, 'cut.jsonl'), lines.slice(0, 30).join('\n'))
  const into = ['--store', 'lmdb:./new', '--source-key', 'file:data.key']
  t.match(await store('import', 'bad.jsonl', ...into), { code: 1, out: '', err: /bad\.jsonl: line 21: is no JSON/ })
  t.match(await store('import', 'cut.jsonl', ...into), {
    code: 1,
    err: /cut\.jsonl: line 31: is missing: .*it was cut/,
  })
  t.match(await store('stats', '--store', 'lmdb:./new'), { code: 3, err: /the store in \.\/new is empty/ })
  t.match(await store('import', 'good.jsonl', '--store', 'lmdb:./new'), {
    code: 2,
    err: /--source-key: it takes the key file of the store that was exported.*that of this store is another/,
  })
  t.match(await store('import', 'good.jsonl', ...into), { code: 0 })
  t.match(await store('import', 'good.jsonl'), {
    code: 1,
    err: /good\.jsonl: line \d+: session [0-9a-f-]+ is in the store already.*--skip-existing/,
  })
  t.match(await store('import', 'good.jsonl', '--skip-existing'), {
    code: 0,
    out: /^imported 0 open sessions, 0 that ended.*\nleft as they were: 60 sessions that were there already\n$/,
  })
  t.match(await store('check'), { code: 0 })
})

import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { EditablePages } from '../../support/editable-pages.js'
import { type Done, runCli } from '../../support/run-cli.js'
import { contentsOf } from '../../support/sealed-store.js'
import { storePlace } from '../../support/store-place.js'

t.test('export, and import into another store: sealed, in clear, through a pipe', async (t) => {
  const { cwd, source, store } = await storePlace(t)
  const before = await contentsOf(source.directory, source.keyring)
  t.match(await store('export', 'sealed.jsonl'), {
    code: 0,
    out: '',
    err: /^session-gateway: exported \d+ open sessions, .* that open with the store's key file\n$/,
  })
  t.equal(statSync(join(cwd, 'sealed.jsonl')).mode & 0o777, 0o600)
  const plain = await store('export', '--plain-keys', 'plain.jsonl')
  t.match(plain, { code: 0, out: '', err: /plain\.jsonl has private keys in clear: who reads it can sign/ })
  t.equal(statSync(join(cwd, 'plain.jsonl')).mode & 0o777, 0o600)
  const piped = await store('export')
  t.equal(piped.out.split('\n')[1], readFileSync(join(cwd, 'sealed.jsonl'), 'utf8').split('\n')[1])

  const ways: readonly (readonly [name: string, run: (to: string) => Promise<Done>])[] = [
    ['sealed', (to) => store('import', 'sealed.jsonl', '--store', `lmdb:${to}`, '--source-key', 'file:data.key')],
    ['plain', (to) => store('import', 'plain.jsonl', '--store', `lmdb:${to}`)],
    [
      'piped',
      (to) =>
        runCli(['store', 'import', '-', '--store', `lmdb:${to}`, '--source-key', 'file:data.key'], {
          cwd,
          input: piped.out,
        }),
    ],
  ]
  for (const [name, run] of ways) {
    t.match(await run(`./${name}`), {
      code: 0,
      err: /made the key file of a new store/,
      out: /^imported \d+ open sessions, \d+ that ended, 3 partitions into lmdb:\.\/\w+\n$/,
    })
    t.match(await store('check', '--store', `lmdb:./${name}`), { code: 0, err: '' })
    const again = await store('export', '--plain-keys', '--store', `lmdb:./${name}`)
    const bodyOf = (text: string): string[] =>
      text
        .split('\n')
        .slice(1, -2)
        .map((line) => line.replace(/,"renewedAt":"[^"]+"/, ''))
        .sort()
    t.strictSame(bodyOf(again.out), bodyOf(readFileSync(join(cwd, 'plain.jsonl'), 'utf8')), name)
    t.match(
      JSON.parse(again.out.split('\n')[0] ?? ''),
      { madeAt: new Date(before.madeAt_ms).toISOString() },
      'epochs go on',
    )
  }
})

t.test('a damaged store: what can be read is saved, and goes into a new one', async (t) => {
  const { source, store } = await storePlace(t, 400)
  // Pages of sessions alone: without the newest page of processes, this process, which made the store, counts as its user.
  const file = join(source.directory, 'data.mdb')
  const pages = new EditablePages(file)
  for (const page of pages.leaves('sessions').slice(2, 4)) pages.bytes.fill(0, pages.at(page), pages.at(page + 1))
  pages.save(file)
  const saved = await store('export', '--salvage', 'saved.jsonl')
  t.match(saved, { code: 0, out: '', err: /salvaged 3\d\d sessions of 400 that it should have/ })
  t.match(await store('import', 'saved.jsonl', '--store', 'lmdb:./new', '--source-key', 'file:data.key'), { code: 0 })
  t.match(await store('check', '--store', 'lmdb:./new'), { code: 0 })
})

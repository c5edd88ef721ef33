import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'

t.test('docs/configuration.md is what the schema says', async (t) => {
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  const sources = fileURLToPath(new URL('../../src', import.meta.url))
  const run = spawnSync(process.execPath, ['scripts/config-docs.mjs', '--check', '--from', sources], {
    cwd: root,
    encoding: 'utf8',
  })
  t.equal(run.stderr, '')
  t.equal(run.status, 0)
})

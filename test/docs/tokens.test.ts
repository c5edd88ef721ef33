import { readFileSync } from 'node:fs'
import t from 'tap'
import { checkToken, OPERATIONS, RULE_NAMES, render } from '../../src/tokens/index.js'
import { bytesOf, v2File } from '../support/vectors.js'

const page = readFileSync('docs/tokens.md', 'utf8')

t.test('docs/tokens.md has a row for every rule and names every verb', async (t) => {
  const named = [...page.matchAll(/^\| `([a-z_]+)` \| [^|]+ \| [^|]+ \|/gm)].map(([, name]) => name)
  t.strictSame(new Set(named), new Set(RULE_NAMES))
  for (const operation of OPERATIONS) t.match(page, `\`${operation}\``)
})

t.test('its example is what the command says', async (t) => {
  const [, output] = /```text\n([^`]*)```/.exec(page) ?? []
  const token = v2File().tokens.find(({ name }) => name === 'token/object-put-rc21')
  const report = await checkToken(bytesOf(token?.hex ?? ''), { epoch: 1006n, operation: 'OBJECT_GET' })
  t.equal(output, render(report))
})

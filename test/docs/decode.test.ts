import { readFileSync } from 'node:fs'
import t from 'tap'
import { bytesOfText, explain, render } from '../../src/decode/index.js'

t.test('the example of docs/decode.md is what the command says', (t) => {
  const page = readFileSync('docs/decode.md', 'utf8')
  const [, text = '', output = ''] = /decode ([0-9a-f]{20,})\n```\n\n```text\n([^`]*)```/.exec(page) ?? []
  const { bytes, form } = bytesOfText(text)
  t.equal(output, render(explain(bytes, { form }), { colour: false }))
  t.end()
})

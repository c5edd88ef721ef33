import { readFileSync } from 'node:fs'
import t from 'tap'
import { GROUPS, Identity, probe, ROWS, renderTable, rowsOf } from '../../src/probe/index.js'
import { testGateway } from '../support/gateway.js'

const page = readFileSync('docs/probe.md', 'utf8')

t.test('the example of docs/probe.md is what the command says, but for the time', async (t) => {
  const [, only = '', output = ''] = /--only (\S+) --conformance [^\n]+\n```\n\n```text\n([^`]*)```/.exec(page) ?? []
  const { grpc } = await testGateway(t, { 'admin.listen': 'off', 'adapters.v1.enabled': 'false' })
  const identity = Identity.throwaway()
  const report = await probe(grpc, { rows: rowsOf(only), identity, repeat: 1, timeout_ms: 10_000, conformance: true })
  const shown = renderTable({ ...report, server: '127.0.0.1:8080' }, { colour: false })
  t.equal(timeless(output), timeless(shown))
})

t.test('rows and groups that the page names are there', (t) => {
  const known = [...GROUPS, ...ROWS.map(({ name }) => name)]
  const [line = ''] = /^\| `--only NAMES`.*$/m.exec(page) ?? []
  const named = [...line.matchAll(/`([^` ]+)`/g)].map((match) => match[1] ?? '')
  t.ok(named.length > 5)
  for (const name of named) t.ok(known.includes(name), name)
  t.end()
})

/** Latencies and numbers of sessions differ. */
function timeless(text: string): string {
  return text.replace(/[\d.]+ ms$/gm, '0 ms').replace(/unknown session \d{1,3}"/g, 'unknown session 0"')
}

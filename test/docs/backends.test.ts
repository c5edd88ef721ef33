import { readFileSync } from 'node:fs'
import t from 'tap'
import { GRPC_CODES } from '../../src/keys/errors.js'

const page = readFileSync('docs/backends.md', 'utf8')

t.test('docs/backends.md has one row for every problem of the service, with its gRPC code', async (t) => {
  const section = page.slice(page.indexOf('## Errors\n')).split('\n## ')[0] ?? ''
  const rows = [...section.matchAll(/^\| `([a-z_]+)` \| ([A-Z_]+) \|/gm)].map(([, outcome, code]) => [outcome, code])
  t.strictSame(rows, Object.entries(GRPC_CODES))
})

t.test('and so does the head of the .proto name every gRPC code', async (t) => {
  const proto = readFileSync('protos/keys/v1/session_keys.proto', 'utf8')
  for (const code of Object.values(GRPC_CODES)) t.match(proto, new RegExp(`^//   ${code} `, 'm'))
})

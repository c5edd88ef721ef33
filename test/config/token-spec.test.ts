import t from 'tap'
import { parseTokenSpec } from '../../src/config/token-spec.js'

t.test('roles, and where the text is', async (t) => {
  const table: readonly (readonly [text: string, roles: readonly string[], kind: string, name: string])[] = [
    ['operate:file:./admin.token', ['operate'], 'file', './admin.token'],
    ['read+sign:env:BACKEND_TOKEN', ['read', 'sign'], 'env', 'BACKEND_TOKEN'],
    ['sign+sign:credential:backend', ['sign'], 'credential', 'backend'],
  ]
  for (const [text, roles, kind, name] of table) {
    t.match(parseTokenSpec(text), { spec: { roles: new Set(roles), place: { kind, name } } }, text)
  }
})

t.test('what is none is refused, and never repeated where it may be a token', async (t) => {
  const hidden = ['', 'file:./x', 'operate', 'admin:file:./x', 'Operate:file:./x', 'read+:file:./x', 'c2VjcmV0LXRva2Vu']
  for (const text of [...hidden, 'read:c2VjcmV0LXRva2Vu', 'read+operate:'])
    t.match(parseTokenSpec(text), { hide: true }, text)
  t.same(parseTokenSpec('read:env:A-B'), { problem: 'no name of a variable' })
  t.same(parseTokenSpec('read:file:'), { problem: undefined })
})

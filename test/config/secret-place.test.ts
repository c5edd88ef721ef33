import t from 'tap'
import { parseSecretPlace } from '../../src/config/secret-place.js'

t.test('where a secret is', async (t) => {
  const table: readonly (readonly [string, string, string])[] = [
    ['file:./data.key', 'file', './data.key'],
    ['file:/run/secrets/a b', 'file', '/run/secrets/a b'],
    ['file:C:x', 'file', 'C:x'],
    ['file:file:x', 'file', 'file:x'],
    ['env:STORE_KEY', 'env', 'STORE_KEY'],
    ['env:_k2', 'env', '_k2'],
    ['env:A_VERY_LONG_NAME_OF_A_VARIABLE_WITH_KEY_IN_IT', 'env', 'A_VERY_LONG_NAME_OF_A_VARIABLE_WITH_KEY_IN_IT'],
    ['credential:store-key', 'credential', 'store-key'],
    ['credential:gateway@1.key', 'credential', 'gateway@1.key'],
    [`file:/var/lib/docker/volumes/${'ab'.repeat(32)}/key`, 'file', `/var/lib/docker/volumes/${'ab'.repeat(32)}/key`],
  ]
  for (const [text, kind, name] of table) t.strictSame(parseSecretPlace(text), { place: { kind, name } }, text)
})

t.test('what names nothing', async (t) => {
  const table: readonly (readonly [string, string | undefined])[] = [
    ['file:', undefined],
    ['file:a\0b', undefined],
    ['env:', 'no name of a variable'],
    ['env:1A', 'no name of a variable'],
    ['env:A-B', 'no name of a variable'],
    ['env:A B', 'no name of a variable'],
    ['env:SESSION_GATEWAY_STORE_KEY', 'variables that begin with SESSION_GATEWAY_ are configuration'],
    ['credential:', 'no name of a credential'],
    ['credential:..', 'no name of a credential'],
    ['credential:a/b', 'no name of a credential'],
    [`credential:${'x'.repeat(256)}`, 'no name of a credential'],
  ]
  for (const [text, problem] of table) t.strictSame(parseSecretPlace(text), { problem }, text)
})

t.test('what may be a key is never repeated', async (t) => {
  const hex = 'a1'.repeat(32)
  const raw = Buffer.from(hex.replaceAll('a1', '5eb7f0c2'), 'hex').subarray(0, 32)
  const base64 = raw.toString('base64')
  const keys = [hex, hex.toUpperCase(), `0x${hex}`, base64, base64.slice(0, -1), raw.toString('base64url'), `${hex}\n`]
  for (const key of keys) {
    for (const text of [key, `file:${key}`, `env:${key}`, `credential:${key}`]) {
      t.strictSame(parseSecretPlace(text), { problem: 'this looks like a key itself', hide: true }, text)
    }
    t.match(parseSecretPlace(`hex:${key}`), { hide: true })
    t.match(parseSecretPlace(key.slice(1)), { hide: true }, 'nor what is left of one')
  }
  for (const text of ['', './data.key', 'File:x', 'https://x', 'vault:x']) {
    t.strictSame(parseSecretPlace(text), { problem: undefined, hide: true }, text)
  }
})

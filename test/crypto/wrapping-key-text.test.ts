import fc from 'fast-check'
import t from 'tap'
import { systemRandom } from '../../src/crypto/system-random.js'
import { newWrappingKeyText, parseWrappingKey } from '../../src/crypto/wrapping-key-text.js'
import { bytes, hex } from './vectors.js'

const KEY = bytes('00e1d2c3b4a5968778695a4b3c2d1e0f00112233445566778899aabbccddfb01')

const parse = (content: string | Uint8Array) =>
  parseWrappingKey(typeof content === 'string' ? Buffer.from(content, 'latin1') : content)

t.test('every form of a key', async (t) => {
  const base64 = Buffer.from(KEY).toString('base64')
  const table: [string, string | Uint8Array][] = [
    ['hex', hex(KEY)],
    ['hex in upper case, with a newline', `${hex(KEY).toUpperCase()}\n`],
    ['hex between blanks', ` ${hex(KEY)}\r\n\n`],
    ['base64', base64],
    ['base64 without padding', `${base64.slice(0, -1)}\n`],
    ['base64url', Buffer.from(KEY).toString('base64url')],
    ['32 bytes', KEY],
  ]
  for (const [what, content] of table) t.strictSame(parse(content), { key: KEY }, what)
})

t.test('32 random bytes are a key, whatever they are', async () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).filter((raw) => raw.some((byte) => byte > 0x80))
  fc.assert(
    fc.property(key, (raw) => {
      const forms = [raw, Buffer.from(hex(raw)), Buffer.from(Buffer.from(raw).toString('base64'))]
      return forms.every((form) => JSON.stringify(parse(form)) === JSON.stringify({ key: new Uint8Array(raw) }))
    }),
    { seed: 12, numRuns: 300 },
  )
})

t.test('a new one is 64 hex digits and a newline', async (t) => {
  const text = newWrappingKeyText(systemRandom)
  t.match(text, /^[0-9a-f]{64}\n$/)
  t.not(text, newWrappingKeyText(systemRandom))
  t.strictSame(parse(text), { key: bytes(text.trim()) })
})

t.test('what is no key, and why, without repeating it', async (t) => {
  const table: [string | Uint8Array, string][] = [
    ['', 'it is empty'],
    [' \n', 'it is empty'],
    ['ab'.repeat(31), 'it has 62 hex digits'],
    ['ab'.repeat(33), 'it has 66 hex digits'],
    ['ab'.repeat(16), 'it has 32 hex digits'],
    [`${'ab'.repeat(31)}xy`, 'its 64 bytes are none of these'],
    [KEY.subarray(1), 'its 31 bytes are none of these'],
    [Uint8Array.of(...KEY, 10), 'its 33 bytes are none of these'],
    ['correct horse battery staple', 'its 28 bytes are none of these'],
    ['-----BEGIN PRIVATE KEY-----', 'its 27 bytes are none of these'],
    ['00'.repeat(32), 'it is all zeros'],
    [new Uint8Array(32), 'it is all zeros'],
    [`${'A'.repeat(43)}=`, 'it is all zeros'],
  ]
  for (const [content, problem] of table) t.strictSame(parse(content), { problem }, problem)
})

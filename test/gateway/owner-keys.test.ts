import { writeFileSync } from 'node:fs'
import t from 'tap'
import { multiSigOwnerId, ownerIdText } from '../../src/crypto/owner-id.js'
import { generateKeyPair } from '../../src/crypto/private-key.js'
import { readOwnerKeys } from '../../src/gateway/owner-keys.js'

const KEYS = [generateKeyPair().publicKey, generateKeyPair().publicKey]
const OWNER = multiSigOwnerId(KEYS)
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

t.test('keys of owners, named by text or hex', async (t) => {
  const path = `${t.testdir()}/keys.json`
  for (const name of [ownerIdText(OWNER), hex(OWNER)]) {
    writeFileSync(path, JSON.stringify({ [name]: KEYS.map(hex) }))
    const keyStore = readOwnerKeys(path)
    t.strictSame(keyStore(OWNER).map(hex), KEYS.map(hex), name)
    t.strictSame(keyStore(new Uint8Array(25)), [])
  }
})

t.test('what is no such file', async (t) => {
  const path = `${t.testdir()}/keys.json`
  const table: readonly (readonly [text: string, message: RegExp])[] = [
    ['', /not JSON/],
    ['[]', /not an object/],
    ['null', /not an object/],
    ['{"x":[]}', /no list of keys/],
    [JSON.stringify({ [hex(OWNER)]: 'k' }), /no list of keys/],
    [JSON.stringify({ nobody: ['00'] }), /"nobody" is no owner id/],
    [JSON.stringify({ [hex(OWNER)]: ['00'] }), /no P-256 point/],
    [JSON.stringify({ [hex(OWNER)]: [7] }), /no P-256 point/],
  ]
  for (const [text, message] of table) {
    writeFileSync(path, text)
    t.throws(() => readOwnerKeys(path), { name: 'ConfigError', message }, text)
    t.throws(() => readOwnerKeys(path), { message: /^adapters\.v1Legacy\.keyStore: .*takes a JSON object/ })
  }
  t.throws(() => readOwnerKeys(`${path}.none`), { name: 'ConfigError', message: /cannot be read/ })
})

import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { p256 } from '@noble/curves/nist.js'
import t from 'tap'
import { generateKeyPair, isScalar, privateKeyOf, publicKeyOf, scalarOf } from '../../src/crypto/private-key.js'
import { bytes, hex, list, text, vectorFile } from './vectors.js'

const ORDER = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'

t.test('public keys of the vectors', async (t) => {
  for (const key of list(vectorFile('neofs-v2'), 'keys')) {
    t.equal(hex(publicKeyOf(bytes(text(key, 'private')))), text(key, 'public'), text(key, 'name'))
  }
})

t.test('fresh pairs are whole, also when a scalar or coordinate starts with zeros', async (t) => {
  let short = 0
  // One pair in 128 has them; so many without would be no chance.
  for (let i = 0; i < 300 || (short === 0 && i < 10_000); i++) {
    const { scalar, publicKey } = generateKeyPair()
    if (scalar[0] === 0 || publicKey[1] === 0) short++
    if (!isScalar(scalar) || hex(publicKeyOf(scalar)) !== hex(publicKey)) t.fail(`pair ${hex(publicKey)}`)
    if (hex(scalarOf(privateKeyOf(scalar))) !== hex(scalar)) t.fail(`scalar of ${hex(publicKey)}`)
  }
  t.ok(short > 0, 'some had leading zeros')
})

t.test('what is no scalar', async (t) => {
  const last = `${ORDER.slice(0, -2)}50`
  t.ok(isScalar(bytes(last)))
  t.equal(hex(publicKeyOf(bytes(last))), hex(p256.getPublicKey(bytes(last), true)))
  for (const wrong of ['', '01', '00'.repeat(32), ORDER, 'ff'.repeat(32), `00${last}`]) {
    t.notOk(isScalar(bytes(wrong)))
    t.throws(() => publicKeyOf(bytes(wrong)), RangeError)
    t.throws(() => privateKeyOf(bytes(wrong)), RangeError)
  }
})

t.test('a scalar comes out of a key however it was imported', async (t) => {
  for (const wanted of ['01'.repeat(32), `${'00'.repeat(31)}02`, `00${'ab'.repeat(31)}`]) {
    const key = privateKeyOf(bytes(wanted))
    t.equal(hex(scalarOf(key)), wanted)
    const der = key.export({ format: 'der', type: 'pkcs8' })
    t.equal(hex(scalarOf(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))), wanted)
  }
  const p384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' })
  t.throws(() => scalarOf(p384.privateKey), new TypeError('a P-256 private key is needed'))
  t.throws(() => scalarOf(p384.publicKey), new TypeError('a P-256 private key is needed'))
})

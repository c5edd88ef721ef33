import fc from 'fast-check'
import t from 'tap'
import { ownsOwnerId } from '../../src/crypto/owner-id.js'
import { generateKeyPair } from '../../src/crypto/private-key.js'
import { recoverPublicKeys } from '../../src/crypto/recover.js'
import { SignatureVerifier, signWith } from '../../src/crypto/schemes.js'
import { systemRandom } from '../../src/crypto/system-random.js'
import { bytes, hex, list, member, signatureEntries, text, vectorFile } from './vectors.js'

const v1 = vectorFile('neofs-v1')

t.test('the signer is among the recovered keys, and every one of them verifies', async () => {
  const verifier = new SignatureVerifier()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (data) => {
      const { scalar, publicKey } = generateKeyPair()
      const signature = signWith(scalar, 0, data, systemRandom)
      const keys = recoverPublicKeys(signature, data)
      return (
        keys.length >= 2 &&
        keys.some((key) => hex(key) === hex(publicKey)) &&
        keys.every((key) => verifier.verify({ scheme: 0, publicKey: key, signature, data }) === undefined)
      )
    }),
    { seed: 7, numRuns: 25 },
  )
})

t.test('the owner of genuine A0 tokens is found again by the key signature', async (t) => {
  const a0 = list(v1, 'vectors').filter(
    (vector) => member(vector, 'dialect') === 'A0' && member(vector, 'negative') !== true,
  )
  // An address of two keys can't be told from one of them.
  const severalKeys = text(member(member(v1, 'keys'), 'owner+owner2'), 'ownerNeo2')
  let found = 0
  for (const vector of a0) {
    const owner = member(member(vector, 'decoded'), 'owner')
    for (const entry of signatureEntries(vector)) {
      if (!entry.valid || !entry.where.endsWith(' key') || typeof owner !== 'string') continue
      const owners = recoverPublicKeys(entry.signature, entry.data).filter((key) => ownsOwnerId(bytes(owner), [key]))
      t.same(owners.map(hex), owner === severalKeys ? [] : [hex(entry.publicKey)], entry.where)
      found++
    }
  }
  t.ok(found > 0, `${found} key signatures`)
})

t.test('signatures that no key made', async (t) => {
  const data = bytes('00')
  const one = `${'00'.repeat(31)}01`
  const zero = '00'.repeat(32)
  const order = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'
  const table: [string, string][] = [
    ['empty', ''],
    ['64 bytes', 'aa'.repeat(64)],
    ['66 bytes', `04${'11'.repeat(65)}`],
    ['prefix 03', `03${'11'.repeat(64)}`],
    ['r zero', `04${zero}${one}`],
    ['s zero', `04${one}${zero}`],
    ['r is the order', `04${order}${one}`],
    ['s is the order', `04${one}${order}`],
    ['no point has this x, nor this x and the order', `04${one}${one}`],
  ]
  for (const [name, signature] of table) {
    const keys = recoverPublicKeys(bytes(signature), data)
    if (name.startsWith('no point')) t.ok(keys.length <= 2, name)
    else t.same(keys, [], name)
  }
})

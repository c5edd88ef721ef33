import { createHash } from 'node:crypto'
import { p256 } from '@noble/curves/nist.js'
import fc from 'fast-check'
import t from 'tap'
import type { Scheme } from '../../src/core/keys.js'
import type { Random } from '../../src/core/random.js'
import { generateKeyPair, privateKeyOf, publicKeyOf } from '../../src/crypto/private-key.js'
import { SignatureVerifier, signWith } from '../../src/crypto/schemes.js'
import { systemRandom } from '../../src/crypto/system-random.js'
import { VERIFIED_DATA_BYTES_MAX } from '../../src/crypto/verified-signatures.js'
import { wrapMessage } from '../../src/crypto/wallet-connect.js'
import { bytes, hex, reasonClass, type SignatureEntry, signatureEntries, vectorFile } from './vectors.js'

const SCHEMES: readonly Scheme[] = [0, 1, 2]
const ORDER = p256.Point.Fn.ORDER
const counting: Random = { bytes: (count) => Uint8Array.from({ length: count }, (_, i) => i) }
const alice = bytes('01'.repeat(32))
const alicePublic = publicKeyOf(alice)

/** v1-era entries carry no reason: all are mismatches but these. */
const V1_REASONS = new Map([
  ['neg-signature-64-bytes-c12', 'signature form'],
  ['neg-signature-peer-off-curve-c10', 'key off the curve'],
])

function expectedReason(entry: SignatureEntry): string | undefined {
  if (entry.valid) return undefined
  const [name = ''] = entry.where.split(' ')
  if (entry.why === undefined && name === 'token/scheme-mislabelled') return 'signature form'
  return reasonClass(entry.why) ?? V1_REASONS.get(name) ?? 'signature mismatch'
}

for (const [file, least] of [
  ['neofs-v1', 320],
  ['neofs-v2', 930],
] as const) {
  t.test(`every signature of ${file}, cold and warm`, async (t) => {
    const entries = signatureEntries(vectorFile(file))
    t.ok(entries.length >= least, `${entries.length} signatures`)
    t.ok(entries.some((entry) => !entry.valid))
    const verifier = new SignatureVerifier()
    for (let round = 0; round < 2; round++) {
      for (const entry of entries) {
        const fault = verifier.verify(entry)
        const found = reasonClass(fault?.reason)
        if (found !== expectedReason(entry)) {
          t.equal(found, expectedReason(entry), `${entry.where}, round ${round}`)
        }
      }
    }
  })
}

t.test('deterministic signatures of neofs-v2 §3.9', async (t) => {
  const body = '0a1b0a19356380ce3d7de7855bc5c1076d3b515eda380d2e902ec1c6d4107b'
  const salt = '000102030405060708090a0b0c0d0e0f'
  const table: [Scheme, string, string][] = [
    [
      1,
      body,
      'fe405ffdc9c568044ceab1a74f6c0c438c0944244c27923097f8fb1dc8b85e2f7bec82740421c65066cb02dd4caf5469445d75d950abf1f75458c7a23f72db49',
    ],
    [
      1,
      '0a0208021802',
      '0233773b1c3a11e6b532923c6d7b9bf162f969a6daac3e362e9c209c564c4a4d47c6ffa9e31ddb86902012b7e9f741d1b03656222cc9ff6ad977ea5e218bc58d',
    ],
    [
      1,
      '0a04080210151802',
      '1f8eb87232f8edaf48bd68a57675e9f20c3fcc3d5edc034db7fcbf53352782040570f3e922ad512db2a72ab61e628dcd92341f2ad88c6d9aa6c224b2e3a689cb',
    ],
    [
      1,
      '0a04080210191802',
      '8dd0286b04db47997d1b1e3c62affe1576f07a1f8143015865448247ed43d3efe1d65f05c5bdb28ff14f71aa7f23f895948397608437bf9560b2c0d9d8f65b8f',
    ],
    [
      1,
      '',
      '71bde10216922c7d0ca1cb136bc02b938c7f88452a36018e4c56993f7ba1510d6f6781b31c597231f97549fd7373c0a075abfc50137b7285fbf89938caa5569d',
    ],
    [
      2,
      body,
      `34fda0d97caec4761e01be5df286b698e8b524a41a3981e9e0bedc7fbc87724ffeedd954940ead4929a6958b2ec81569bbf0cdaf772983323bc0005a95f4bd8b${salt}`,
    ],
  ]
  for (const [scheme, data, signature] of table) {
    t.equal(hex(signWith(alice, scheme, bytes(data), counting)), signature)
    t.equal(hex(signWith(privateKeyOf(alice), scheme, bytes(data), counting)), signature, 'by key object')
  }
  t.ok(
    table.some(([, , signature]) => BigInt(`0x${signature.slice(64, 128)}`) > ORDER / 2n),
    'a high s is among them',
  )
})

t.test('what is signed verifies, by every scheme and kind of key', async () => {
  const verifier = new SignatureVerifier()
  const lengths = [65, 64, 80]
  fc.assert(
    fc.property(
      fc.constantFrom(...SCHEMES),
      fc.uint8Array({ maxLength: 300 }),
      fc.boolean(),
      (scheme, data, object) => {
        const { scalar, publicKey } = generateKeyPair()
        const signature = signWith(object ? privateKeyOf(scalar) : scalar, scheme, data, systemRandom)
        const long = p256.Point.fromBytes(publicKey).toBytes(false)
        return (
          signature.length === lengths[scheme] &&
          verifier.verify({ scheme, publicKey, signature, data }) === undefined &&
          verifier.verify({ scheme, publicKey: long, signature, data }) === undefined
        )
      },
    ),
    { seed: 5, numRuns: 120 },
  )
})

t.test('scheme 0 signs with a fresh nonce each time', async (t) => {
  const data = bytes('00')
  t.not(hex(signWith(alice, 0, data, counting)), hex(signWith(alice, 0, data, counting)))
})

/** The same signature with s replaced by n − s, which verifies as well. */
function withOtherS(signature: Uint8Array, offset: number): Uint8Array {
  const s = BigInt(`0x${hex(signature.subarray(offset + 32, offset + 64))}`)
  const other = new Uint8Array(signature)
  other.set(bytes((ORDER - s).toString(16).padStart(64, '0')), offset + 32)
  return other
}

t.test('OpenSSL and noble agree on valid, high-s, low-s and tampered signatures', async () => {
  const verifier = new SignatureVerifier({ verified: 0 })
  const tampering = fc.constantFrom('none', 'other s', 'signature', 'data', 'key', 'r zero', 's order')
  let accepted = 0
  fc.assert(
    fc.property(
      fc.constantFrom(...SCHEMES),
      fc.uint8Array({ minLength: 1, maxLength: 64 }),
      tampering,
      fc.nat(511),
      (scheme, data, how, bit) => {
        const { scalar, publicKey } = generateKeyPair()
        const offset = scheme === 0 ? 1 : 0
        let key = publicKey
        let signed = data
        let signature = signWith(scalar, scheme, data, systemRandom)
        const at = bit >> 3
        if (how === 'other s') signature = withOtherS(signature, offset)
        if (how === 'signature') signature[offset + at] = (signature[offset + at] ?? 0) ^ (1 << (bit & 7))
        if (how === 'data') signed = Uint8Array.of(...data, at)
        if (how === 'key') key = generateKeyPair().publicKey
        if (how === 'r zero') signature.fill(0, offset, offset + 32)
        if (how === 's order') signature.set(bytes(ORDER.toString(16)), offset + 32)

        const raw = signature.subarray(offset, offset + 64)
        const message = scheme === 2 ? wrapMessage(signed, signature.subarray(64)) : signed
        const digest = createHash(scheme === 0 ? 'sha512' : 'sha256')
          .update(message)
          .digest()
          .subarray(0, 32)
        const expected = nobleVerifies(raw, digest, key)
        const fault = verifier.verify({ scheme, publicKey: key, signature, data: signed })
        if (expected) accepted++
        return (
          expected === (how === 'none' || how === 'other s') &&
          fault?.reason === (expected ? undefined : 'signature mismatch')
        )
      },
    ),
    { seed: 6, numRuns: 150 },
  )
  t.ok(accepted > 20)
})

function nobleVerifies(raw: Uint8Array, digest: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    return p256.verify(raw, digest, publicKey, { lowS: false, prehash: false, format: 'compact' })
  } catch {
    return false
  }
}

t.test('the order of the checks', async (t) => {
  const verifier = new SignatureVerifier()
  const data = bytes('0102')
  const good = signWith(alice, 1, data, systemRandom)
  const badKey = bytes(`05${'00'.repeat(32)}`)
  const none = new Uint8Array(0)
  const table: [string, number, Uint8Array, Uint8Array, string | undefined][] = [
    ['valid', 1, alicePublic, good, undefined],
    ['no key comes before the scheme', 3, none, good, 'missing public key'],
    ['N3', 3, alicePublic, good, 'unsupported scheme 3'],
    ['an unknown scheme comes before the key', 4, badKey, good, 'unsupported scheme 4'],
    ['greatest scheme', 2147483647, alicePublic, good, 'unsupported scheme 2147483647'],
    ['a negative scheme comes before the key', -1, badKey, good, 'negative scheme -1'],
    ['least scheme', -2147483648, alicePublic, good, 'negative scheme -2147483648'],
    ['the key comes before the form', 1, badKey, none, 'decode public key from binary: invalid prefix 5'],
    ['a valid signature under another scheme', 0, alicePublic, good, 'signature form'],
    ['empty signature, scheme 0', 0, alicePublic, none, 'signature form'],
    ['empty signature, scheme 2', 2, alicePublic, none, 'signature form'],
    ['one byte more', 1, alicePublic, Uint8Array.of(...good, 0), 'signature form'],
    ['another prefix', 0, alicePublic, Uint8Array.of(3, ...good), 'signature form'],
    ['the right prefix, the wrong digest', 0, alicePublic, Uint8Array.of(4, ...good), 'signature mismatch'],
    ['64 and a salt', 2, alicePublic, Uint8Array.of(...good, ...new Uint8Array(16)), 'signature mismatch'],
  ]
  for (const [name, scheme, publicKey, signature, reason] of table) {
    t.equal(verifier.verify({ scheme, publicKey, signature, data })?.reason, reason, name)
  }
})

t.test('a kept signature is valid for its own key, data and scheme alone', async (t) => {
  const verifier = new SignatureVerifier()
  const data = bytes('00112233445566778899')
  const signature = signWith(alice, 0, data, systemRandom)
  const check = { scheme: 0, publicKey: alicePublic, signature, data }
  t.equal(verifier.verify(check), undefined)
  t.equal(verifier.counts.verified, 1)
  t.equal(verifier.verify(check), undefined)
  t.equal(verifier.counts.verified, 1)
  const other = generateKeyPair().publicKey
  t.same(verifier.verify({ ...check, publicKey: other }), { reason: 'signature mismatch' })
  t.same(verifier.verify({ ...check, data: data.subarray(1) }), { reason: 'signature mismatch' })
  t.same(verifier.verify({ ...check, data: Uint8Array.of(...data, 0) }), { reason: 'signature mismatch' })
  t.same(verifier.verify({ ...check, data: new Uint8Array(0) }), { reason: 'signature mismatch' })
  t.same(verifier.verify({ ...check, scheme: 1 }), { reason: 'signature form' })
  t.equal(verifier.counts.verified, 1, 'nothing invalid is kept')

  data[0] = 0xff
  t.same(verifier.verify(check), { reason: 'signature mismatch' }, 'the kept data is a copy')
})

t.test('what is kept is bounded', async (t) => {
  const verifier = new SignatureVerifier({ publicKeys: 4, verified: 3 })
  for (let i = 0; i < 8; i++) {
    const { scalar, publicKey } = generateKeyPair()
    for (const scheme of SCHEMES) {
      const data = Uint8Array.of(i)
      verifier.verify({ scheme, publicKey, signature: signWith(scalar, scheme, data, systemRandom), data })
    }
  }
  t.same(verifier.counts, { publicKeys: 4, verified: 6 }, 'three each of schemes 0 and 1, none of 2')

  const large = new SignatureVerifier()
  for (const [size, verified] of [
    [VERIFIED_DATA_BYTES_MAX + 1, 0],
    [VERIFIED_DATA_BYTES_MAX, 1],
  ] as const) {
    const data = new Uint8Array(size)
    const signature = signWith(alice, 1, data, systemRandom)
    t.equal(large.verify({ scheme: 1, publicKey: alicePublic, signature, data }), undefined)
    t.equal(large.counts.verified, verified, `${size} bytes of data`)
  }
  t.throws(() => new SignatureVerifier({ verified: -1 }), RangeError)
})

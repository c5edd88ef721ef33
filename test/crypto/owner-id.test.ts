import fc from 'fast-check'
import t from 'tap'
import {
  accountOf,
  DERIVATIONS,
  hasOwnerChecksum,
  multiSigOwnerId,
  OWNER_KEYS_MAX,
  ownerIdFault,
  ownerIdFromText,
  ownerIdsOf,
  ownerIdText,
  ownsOwnerId,
} from '../../src/crypto/owner-id.js'
import { generateKeyPair } from '../../src/crypto/private-key.js'
import { bytes, hex, list, member, text, vectorFile } from './vectors.js'

const v1 = vectorFile('neofs-v1')
const v2 = vectorFile('neofs-v2')

const ERAS = new Map([
  ['legacy17', 'neo2'],
  ['preview2', 'neo3-preview2'],
  ['A', 'neo3-a'],
  ['B', 'neo3-b'],
  ['C', 'neo3-c'],
])

function derived(publicKey: string, derivation: string): string {
  const found = ownerIdsOf(bytes(publicKey)).find((each) => each.derivation === derivation)
  return found === undefined ? '' : hex(found.owner)
}

t.test('every owner id of the vectors', async (t) => {
  const entries = list(v2, 'ownerIds')
  t.equal(entries.length, 20)
  for (const entry of entries) {
    const publicKey = text(entry, 'public')
    const owner = text(entry, 'owner')
    t.equal(derived(publicKey, ERAS.get(text(entry, 'era')) ?? ''), owner)
    t.equal(ownerIdText(bytes(owner)), text(entry, 'text'))
    t.equal(hex(ownerIdFromText(text(entry, 'text')) ?? bytes('')), owner)
    t.equal(ownerIdFault(bytes(owner)) === undefined, member(entry, 'validInV2'))
    t.ok(hasOwnerChecksum(bytes(owner)))
    t.ok(ownsOwnerId(bytes(owner), [bytes(publicKey)]))
  }
})

t.test('keys of both files', async (t) => {
  for (const key of list(v2, 'keys')) {
    t.equal(hex(accountOf(bytes(text(key, 'public')))), text(key, 'owner'))
    t.equal(hex(accountOf(bytes(text(key, 'public65')))), text(key, 'owner'), 'uncompressed')
    t.equal(ownerIdText(bytes(text(key, 'owner'))), text(key, 'ownerText'))
  }
  for (const [name, key] of Object.entries(member(v1, 'keys') ?? {})) {
    if (name === 'owner+owner2') continue
    t.equal(derived(text(key, 'publicKey'), 'neo2'), text(key, 'ownerNeo2'), name)
    t.equal(derived(text(key, 'publicKey'), 'neo3-preview2'), text(key, 'ownerNeo3Preview2'), name)
    t.equal(ownerIdText(bytes(text(key, 'ownerNeo2'))), text(key, 'addressNeo2'))
  }
})

t.test('published addresses of neofs-v1 §5.1', async (t) => {
  const preview2 = derived('031a6c6fbbdf02ca351745fa86b9ba5a9452d785ac4f7fc2b7548ca2a46c4fcf4a', 'neo3-preview2')
  t.equal(ownerIdText(bytes(preview2)), 'NgzuJWWGVEwFGsRrgzj8knswEYRJrTe7sm')
})

t.test('an owner of several keys', async (t) => {
  const several = member(member(v1, 'keys'), 'owner+owner2')
  const [first = bytes(''), second = bytes('')] = list(several, 'publicKeys').map((key) => bytes(String(key)))
  const owner = bytes(text(several, 'ownerNeo2'))
  t.equal(hex(multiSigOwnerId([first, second])), hex(owner))
  t.equal(ownerIdText(owner), text(several, 'addressNeo2'))
  t.ok(ownsOwnerId(owner, [first, second]))
  t.notOk(ownsOwnerId(owner, [second, first]), 'the order matters')
  t.notOk(ownsOwnerId(owner, [first]))
  t.notOk(ownsOwnerId(owner, [second]))
  t.notOk(ownsOwnerId(owner, [first, second, bytes('05')]), 'a key of wrong form is no part of it')
  t.ok(ownsOwnerId(bytes(derived(hex(first), 'neo2')), [second, first]), 'one of several owns its own id')
  t.notOk(ownsOwnerId(multiSigOwnerId([first]), [first]), 'one key alone signs by the simple script')

  const keys = Array.from({ length: OWNER_KEYS_MAX + 1 }, () => generateKeyPair().publicKey)
  t.ok(ownsOwnerId(multiSigOwnerId(keys.slice(1)), keys.slice(1)))
  t.notOk(ownsOwnerId(accountOf(keys[0] ?? first), keys), 'too many keys')
  t.throws(() => multiSigOwnerId(keys), new RangeError('17 keys; an owner has 1 to 16'))
  t.throws(() => multiSigOwnerId([]), new RangeError('0 keys; an owner has 1 to 16'))
})

t.test('what a node finds wrong', async (t) => {
  const checks = list(v2, 'ownerIdChecks')
  t.equal(checks.length, 7)
  for (const check of checks) {
    const owner = bytes(text(check, 'owner'))
    const valid = member(check, 'valid') === true
    t.equal(ownerIdFault(owner), valid ? undefined : text(check, 'reason'), text(check, 'name'))
    t.equal(ownerIdText(owner), text(check, 'text'))
  }
  t.equal(ownerIdFault(bytes(`ff${'00'.repeat(24)}`)), 'invalid prefix byte 0xff, expected 0x35')
})

t.test('dialect detection takes both prefixes, and a right checksum only', async (t) => {
  const checks = new Map(list(v2, 'ownerIdChecks').map((check) => [text(check, 'name'), text(check, 'owner')]))
  const table: [string, boolean][] = [
    ['owner/checksum', false],
    ['owner/prefix-17', false],
    ['owner/zero', false],
    ['owner/24-bytes', false],
    ['owner/26-bytes', false],
    ['owner/empty', false],
    ['owner/zero-script-hash', true],
  ]
  for (const [name, expected] of table) {
    const owner = bytes(checks.get(name) ?? 'ee')
    t.equal(hasOwnerChecksum(owner), name === 'owner/prefix-17' ? true : expected, name)
  }
  const [neo2] = ownerIdsOf(generateKeyPair().publicKey)
  const owner = neo2?.owner ?? bytes('')
  for (let bit = 0; bit < 200; bit++) {
    const flipped = new Uint8Array(owner)
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    if (hasOwnerChecksum(flipped) || ownerIdFromText(ownerIdText(flipped)) !== undefined) t.fail(`bit ${bit}`)
  }
})

t.test('texts that are no owner id', async (t) => {
  const wrong = [
    '',
    '1',
    'N',
    'NfoFPt1e4u6drJZSn8iqbXCaeX4NkCseNx',
    'NfoFPt1e4u6drJZSn8iqbXCaeX4NkCseN',
    '0x35',
    'é'.repeat(34),
  ]
  for (const each of wrong) t.equal(ownerIdFromText(each), undefined, each)
})

t.test('a key owns its five ids and no other does', async () => {
  fc.assert(
    fc.property(fc.constantFrom(...DERIVATIONS), (derivation) => {
      const mine = generateKeyPair().publicKey
      const theirs = generateKeyPair().publicKey
      const owner = bytes(derived(hex(mine), derivation))
      return (
        ownsOwnerId(owner, [mine]) &&
        ownsOwnerId(owner, [theirs, mine]) &&
        !ownsOwnerId(owner, [theirs]) &&
        !ownsOwnerId(owner, []) &&
        new Set(ownerIdsOf(mine).map((each) => hex(each.owner))).size === 5
      )
    }),
    { seed: 9, numRuns: 50 },
  )
})

t.test('keys of a wrong form', async (t) => {
  for (const wrong of ['', '00', `05${'11'.repeat(32)}`, `02${'11'.repeat(31)}`, `06${'11'.repeat(64)}`]) {
    const message = 'a public key is 33 bytes after 02 or 03, or 65 bytes after 04'
    t.throws(() => ownerIdsOf(bytes(wrong)), new RangeError(message))
    t.throws(() => accountOf(bytes(wrong)), new RangeError(message))
    t.notOk(ownsOwnerId(bytes('35da1d22731b67adac4596decbb417a8ea71395ab5d6d1574c'), [bytes(wrong)]))
  }
})

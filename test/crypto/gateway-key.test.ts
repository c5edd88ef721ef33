import { generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import t from 'tap'
import type { Scheme } from '../../src/core/keys.js'
import { base58 } from '../../src/crypto/base58.js'
import { GatewayKey, GatewayKeyError } from '../../src/crypto/gateway-key.js'
import { checksum } from '../../src/crypto/hashes.js'
import { privateKeyOf } from '../../src/crypto/private-key.js'
import { SignatureVerifier } from '../../src/crypto/schemes.js'
import { bytes, hex } from './vectors.js'

const SCALAR = '01'.repeat(32)
const PUBLIC = '026ff03b949241ce1dadd43519e6960e0a85b41a69a05c328103aa2bce1594ca16'
const ORDER = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'

function base58check(body: string): string {
  return base58(Buffer.concat([bytes(body), checksum(bytes(body))]))
}

function wif(scalar: string): string {
  return base58check(`80${scalar}01`)
}

const object = privateKeyOf(bytes(SCALAR))
const pkcs8 = object.export({ format: 'pem', type: 'pkcs8' }).toString()
const sec1 = object.export({ format: 'pem', type: 'sec1' }).toString()
// The same scalar as openssl writes it when told to spell the curve out (-param_enc explicit).
const explicitCurve = [
  '-----BEGIN EC PRIVATE KEY-----',
  'MIIBaAIBAQQgAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQGggfowgfcC',
  'AQEwLAYHKoZIzj0BAQIhAP////8AAAABAAAAAAAAAAAAAAAA////////////////',
  'MFsEIP////8AAAABAAAAAAAAAAAAAAAA///////////////8BCBaxjXYqjqT57Pr',
  'vVV2mIa8ZR0GsMxTsPY7zjw+J9JgSwMVAMSdNgiG5wSTamZ44ROdJreBn36QBEEE',
  'axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54W',
  'K84zV2sxXs7LtkBoN79R9QIhAP////8AAAAA//////////+85vqtpxeehPO5ysL8',
  'YyVRAgEBoUQDQgAEb/A7lJJBzh2t1DUZ5pYOCoW0GmmgXDKBA6orzhWUyhY8T3U6',
  'Vb8B3FP2wLDH7ueLQMb/fSWpbiKCuYnO9xwUSg==',
  '-----END EC PRIVATE KEY-----',
].join('\n')
const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n'

t.test('every accepted form', async (t) => {
  const table: [string, string][] = [
    ['PKCS#8', pkcs8],
    ['SEC1', sec1],
    ['SEC1 after its parameters, as openssl ecparam writes it', parameters + sec1],
    ['PEM with Windows line ends', pkcs8.replaceAll('\n', '\r\n')],
    ['SEC1 with the curve spelt out', explicitCurve],
    ['hex', SCALAR],
    ['hex with a line end', `${SCALAR}\n`],
    ['WIF', wif(SCALAR)],
    ['WIF with spaces around', `  ${wif(SCALAR)}\r\n`],
  ]
  for (const [name, text] of table) t.equal(hex(GatewayKey.parse(text).publicKey), PUBLIC, name)
  const upper = GatewayKey.parse('AB'.repeat(32))
  t.equal(hex(upper.publicKey), hex(GatewayKey.parse('ab'.repeat(32)).publicKey))
})

t.test('a published WIF', async (t) => {
  const key = GatewayKey.parse('L3tgppXLgdaeqSGSFw1Go3skBiy8vQAM7YMXvTHsKQtE16PBncSU')
  t.equal(key.toPem(), GatewayKey.parse('c7134d6fd8e73d819e82755c64c93788d8db0961929e025a53363c4cc02a6962').toPem())
})

t.test('texts that are no key', async (t) => {
  const p384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' })
  const ed25519 = generateKeyPairSync('ed25519')
  const cipher = { cipher: 'aes-128-cbc', passphrase: 'secret' }
  const spki = p384.publicKey.export({ format: 'pem', type: 'spki' }).toString()
  const table: [string, string, string][] = [
    ['nothing', '', 'is empty'],
    ['white space', ' \n\t', 'is empty'],
    ['63 hex digits', SCALAR.slice(1), 'has 63 hex digits'],
    ['66 hex digits', `${SCALAR}01`, 'has 66 hex digits'],
    ['hex with a prefix', `0x${SCALAR}`, 'is neither PEM nor hex nor base58'],
    ['hex with a gap', `${SCALAR.slice(0, 32)} ${SCALAR.slice(32)}`, 'is neither PEM nor hex nor base58'],
    ['zero', '00'.repeat(32), 'is zero or not below the group order'],
    ['the group order', ORDER, 'is zero or not below the group order'],
    ['base64', Buffer.from(SCALAR, 'hex').toString('base64'), 'is neither PEM nor hex nor base58'],
    ['a path', '/etc/gateway.key', 'is neither PEM nor hex nor base58'],
    ['WIF with a letter changed', wif(SCALAR).replace(/.$/, '1'), 'is a WIF with a wrong checksum'],
    ['short base58', 'zz', 'is a WIF with a wrong checksum'],
    ['WIF of another network', base58check(`ef${SCALAR}01`), 'is base58check of version 239, not 128'],
    ['WIF, uncompressed', base58check(`80${SCALAR}`), 'is a WIF for an uncompressed public key'],
    ['WIF with flag 00', base58check(`80${SCALAR}00`), 'is a WIF with an unknown compression flag'],
    ['WIF, longer', base58check(`80${SCALAR}0101`), 'is a WIF of 39 bytes, not 38'],
    ['WIF of zero', wif('00'.repeat(32)), 'is zero or not below the group order'],
    ['an address', 'NUz6PKTAM7NbPJzkKJFNay3VckQtcDkgWo', 'is base58check of version 53, not 128'],
    ['encrypted PKCS#8', object.export({ format: 'pem', type: 'pkcs8', ...cipher }).toString(), 'is an encrypted PEM'],
    ['encrypted SEC1', object.export({ format: 'pem', type: 'sec1', ...cipher }).toString(), 'is an encrypted PEM'],
    ['a public key', spki, 'is a PEM of a PUBLIC KEY'],
    ['parameters alone', parameters, 'is a PEM without a key'],
    ['a PEM without a label', '-----BEGIN', 'is a PEM without a key'],
    ['a damaged PEM', pkcs8.replace('KEY-----\nM', 'KEY-----\nA'), 'is a damaged PEM'],
    ['a PEM without its end', pkcs8.slice(0, 80), 'is a damaged PEM'],
    [
      'another curve',
      p384.privateKey.export({ format: 'pem', type: 'sec1' }).toString(),
      'is on the curve secp384r1, not prime256v1 (P-256)',
    ],
    [
      'another kind',
      ed25519.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      'is a PEM of type ed25519, not EC',
    ],
  ]
  const accepted = 'a P-256 private key as PEM (PKCS#8 or SEC1, not encrypted), 64 hex digits, or WIF'
  for (const [name, text, fault] of table) {
    t.throws(
      () => GatewayKey.parse(text),
      { name: 'GatewayKeyError', message: `gateway key ${fault}; accepted is ${accepted}` },
      name,
    )
  }
})

t.test('no error repeats the secret', async (t) => {
  const secrets = [
    SCALAR.slice(1),
    `0x${SCALAR}`,
    wif(SCALAR).replace(/.$/, '1'),
    pkcs8.replace('KEY-----\nM', 'KEY-----\nA'),
  ]
  for (const secret of secrets) {
    try {
      GatewayKey.parse(secret)
      t.fail('parsed')
    } catch (error) {
      t.type(error, GatewayKeyError)
      const shown = inspect(error, { depth: 9, showHidden: true }).replace(/\s+/g, '')
      for (let at = 0; at + 12 <= secret.length; at += 4) {
        const part = secret.slice(at, at + 12)
        if (!part.includes('-') && shown.includes(part)) t.fail(`shows ${part}`)
      }
    }
  }
})

t.test('signs by every scheme, and its PEM is the same key', async (t) => {
  const key = GatewayKey.generate()
  const again = GatewayKey.parse(key.toPem())
  t.equal(hex(again.publicKey), hex(key.publicKey))
  t.equal(again.toPem(), key.toPem())
  const verifier = new SignatureVerifier()
  const data = bytes('0102030405')
  for (const scheme of [0, 1, 2] satisfies Scheme[]) {
    const check = { scheme, publicKey: key.publicKey, signature: again.sign(scheme, data), data }
    t.equal(verifier.verify(check), undefined, `scheme ${scheme}`)
  }
  t.equal(hex(key.sign(1, data)), hex(again.sign(1, data)), 'scheme 1 is deterministic')
  t.not(hex(GatewayKey.generate().publicKey), hex(key.publicKey))
})

t.test('shows its public half alone', async (t) => {
  const key = GatewayKey.parse('42'.repeat(32))
  t.same(Object.keys(key), ['publicKey'])
  t.same(Object.keys(JSON.parse(JSON.stringify(key))), ['publicKey'])
  const shown = inspect(key, { showHidden: true, depth: 9 }).replace(/\s+/g, ' ')
  t.notOk(shown.includes('66, 66, 66, 66'))
  t.notOk(shown.includes('42 42 42 42'))
})

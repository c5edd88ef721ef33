import { createPrivateKey, type KeyObject } from 'node:crypto'
import { sameBytes } from '../core/bytes.js'
import type { Scheme } from '../core/keys.js'
import type { Random } from '../core/random.js'
import { bytesOfBase58 } from './base58.js'
import { CHECKSUM_BYTES, checksum } from './hashes.js'
import { CURVE, SCALAR_BYTES } from './p256.js'
import { generateKeyPair, isScalar, privateKeyOf, publicKeyOf, scalarOf } from './private-key.js'
import { signWith } from './schemes.js'
import { systemRandom } from './system-random.js'

const ACCEPTED = 'a P-256 private key as PEM (PKCS#8 or SEC1, not encrypted), 64 hex digits, or WIF'

const WIF_VERSION = 0x80
const WIF_COMPRESSED = 0x01
const WIF_BYTES = 1 + SCALAR_BYTES + 1 + CHECKSUM_BYTES

/** A text that is no gateway key. The message says what is wrong and what is accepted, and never repeats the text. */
export class GatewayKeyError extends Error {
  override readonly name = 'GatewayKeyError'

  constructor(fault: string) {
    super(`gateway key ${fault}; accepted is ${ACCEPTED}`)
  }
}

/** The gateway's own P-256 key: it signs responses, and upstream requests in a bridge. */
export class GatewayKey {
  /** Compressed point, 33 bytes. */
  readonly publicKey: Uint8Array
  readonly #key: KeyObject
  readonly #random: Random

  private constructor(scalar: Uint8Array, random: Random) {
    this.publicKey = publicKeyOf(scalar)
    this.#key = privateKeyOf(scalar)
    this.#random = random
    scalar.fill(0)
  }

  /** `random` gives the salts of scheme 2; the key itself is made of OpenSSL's own randomness. */
  static generate(random: Random = systemRandom): GatewayKey {
    return new GatewayKey(generateKeyPair().scalar, random)
  }

  /** Reads PEM, hex or WIF. Throws a GatewayKeyError. */
  static parse(text: string, random: Random = systemRandom): GatewayKey {
    const scalar = scalarOfText(text.trim())
    if (!isScalar(scalar)) throw new GatewayKeyError('is zero or not below the group order')
    return new GatewayKey(scalar, random)
  }

  /** 65, 64 or 80 bytes by scheme. Scheme 0 is the fast one. */
  sign(scheme: Scheme, data: Uint8Array): Uint8Array {
    return signWith(this.#key, scheme, data, this.#random)
  }

  /** PKCS#8 PEM: the private key in clear, for the key file alone. */
  toPem(): string {
    return this.#key.export({ format: 'pem', type: 'pkcs8' }).toString()
  }
}

function scalarOfText(text: string): Uint8Array {
  if (text === '') throw new GatewayKeyError('is empty')
  if (text.includes('-----BEGIN')) return scalarOfPem(text)
  if (/^[0-9a-f]+$/i.test(text)) {
    if (text.length !== 2 * SCALAR_BYTES) throw new GatewayKeyError(`has ${text.length} hex digits`)
    return new Uint8Array(Buffer.from(text, 'hex'))
  }
  return scalarOfWif(text)
}

const PRIVATE_LABELS = ['PRIVATE KEY', 'EC PRIVATE KEY']

function scalarOfPem(text: string): Uint8Array {
  const labels = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]{1,40})-----/g)].map((match) => match[1] ?? '')
  // OpenSSL's own tools write EC PARAMETERS before the key.
  const label = labels.find((each) => each !== 'EC PARAMETERS')
  if (label === 'ENCRYPTED PRIVATE KEY' || text.includes('ENCRYPTED\n') || text.includes('ENCRYPTED\r')) {
    throw new GatewayKeyError('is an encrypted PEM')
  }
  if (label === undefined) throw new GatewayKeyError('is a PEM without a key')
  if (!PRIVATE_LABELS.includes(label)) throw new GatewayKeyError(`is a PEM of a ${label}`)
  const key = privateKeyOfPem(text)
  if (key.asymmetricKeyType !== 'ec') throw new GatewayKeyError(`is a PEM of type ${key.asymmetricKeyType}, not EC`)
  const curve = key.asymmetricKeyDetails?.namedCurve
  if (curve !== CURVE) throw new GatewayKeyError(`is on the curve ${curve}, not ${CURVE} (P-256)`)
  return scalarOf(key)
}

function privateKeyOfPem(text: string): KeyObject {
  try {
    return createPrivateKey({ key: text, format: 'pem' })
  } catch {
    throw new GatewayKeyError('is a damaged PEM')
  }
}

function scalarOfWif(text: string): Uint8Array {
  const bytes = bytesOfBase58(text)
  if (bytes === undefined) throw new GatewayKeyError('is neither PEM nor hex nor base58')
  const body = bytes.subarray(0, -CHECKSUM_BYTES)
  if (bytes.length <= CHECKSUM_BYTES || !sameBytes(checksum(body), bytes.subarray(-CHECKSUM_BYTES))) {
    throw new GatewayKeyError('is a WIF with a wrong checksum')
  }
  if (body[0] !== WIF_VERSION) throw new GatewayKeyError(`is base58check of version ${body[0]}, not ${WIF_VERSION}`)
  if (bytes.length === WIF_BYTES - 1) throw new GatewayKeyError('is a WIF for an uncompressed public key')
  if (bytes.length !== WIF_BYTES) throw new GatewayKeyError(`is a WIF of ${bytes.length} bytes, not ${WIF_BYTES}`)
  if (body[1 + SCALAR_BYTES] !== WIF_COMPRESSED) throw new GatewayKeyError('is a WIF with an unknown compression flag')
  return new Uint8Array(body.subarray(1, 1 + SCALAR_BYTES))
}

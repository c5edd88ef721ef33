import { type KeyObject, sign } from 'node:crypto'
import { p256 } from '@noble/curves/nist.js'
import type { Scheme } from '../core/keys.js'
import type { Random } from '../core/random.js'
import { DEFAULT_VERIFIER_LIMITS, type VerifierLimits } from './limits.js'
import { type Digest, PublicKeys, SCALAR_BYTES, verifyRaw, writeRawOfDer } from './p256.js'
import { privateKeyOf, scalarOf } from './private-key.js'
import { VerifiedSignatures } from './verified-signatures.js'
import { SALT_BYTES, wrapMessage } from './wallet-connect.js'

/** The schemes of neofs-v2 §3.8 by name. Everything before v2 signs as scheme 0 (neofs-v1 §4.1). */
export const SCHEME_ECDSA_SHA512 = 0 satisfies Scheme
export const SCHEME_RFC6979_SHA256 = 1 satisfies Scheme
export const SCHEME_WALLET_CONNECT = 2 satisfies Scheme

/** Marks r‖s of scheme 0: the encoding is that of an uncompressed point. */
const SCHEME_0_PREFIX = 0x04
const RAW_BYTES = 2 * SCALAR_BYTES

/** Bytes of a whole signature, where r‖s starts in it, and the digest below it. */
interface Form {
  readonly bytes: number
  readonly offset: number
  readonly digest: Digest
}

const FORMS: Readonly<Record<Scheme, Form>> = {
  [SCHEME_ECDSA_SHA512]: { bytes: 1 + RAW_BYTES, offset: 1, digest: 'sha512' },
  [SCHEME_RFC6979_SHA256]: { bytes: RAW_BYTES, offset: 0, digest: 'sha256' },
  [SCHEME_WALLET_CONNECT]: { bytes: RAW_BYTES + SALT_BYTES, offset: 0, digest: 'sha256' },
}

export function isScheme(scheme: number): scheme is Scheme {
  return scheme === SCHEME_ECDSA_SHA512 || scheme === SCHEME_RFC6979_SHA256 || scheme === SCHEME_WALLET_CONNECT
}

/** Why a signature is not valid: short, stable, safe to show. */
export interface SignatureFault {
  readonly reason: string
}

const MISSING_KEY: SignatureFault = { reason: 'missing public key' }
const WRONG_FORM: SignatureFault = { reason: 'signature form' }
const MISMATCH: SignatureFault = { reason: 'signature mismatch' }

export interface SignatureCheck {
  /** As it came from the wire: any int32. */
  readonly scheme: number
  readonly publicKey: Uint8Array
  readonly signature: Uint8Array
  readonly data: Uint8Array
}

/** Verifies signatures of schemes 0, 1 and 2 and remembers what it verified. One per process is enough. */
export class SignatureVerifier {
  readonly #publicKeys: PublicKeys
  /**
   * By scheme, so that the random signatures of one kind of client don't push out the repeated ones of another. Scheme 2
   * has none: its salt is random, so no two signatures are equal.
   */
  readonly #verified: Readonly<Record<Scheme, VerifiedSignatures | undefined>>

  /** `DEFAULT_VERIFIER_LIMITS` where nothing else is said. */
  constructor(limits: Partial<VerifierLimits> = {}) {
    const { publicKeys, verified } = { ...DEFAULT_VERIFIER_LIMITS, ...limits }
    this.#publicKeys = new PublicKeys(publicKeys)
    this.#verified = {
      [SCHEME_ECDSA_SHA512]: new VerifiedSignatures(verified),
      [SCHEME_RFC6979_SHA256]: new VerifiedSignatures(verified),
      [SCHEME_WALLET_CONNECT]: undefined,
    }
  }

  /** How much is kept, for people and tests. */
  get counts(): { readonly publicKeys: number; readonly verified: number } {
    const verified = this.#verified[SCHEME_ECDSA_SHA512]?.count ?? 0
    return {
      publicKeys: this.#publicKeys.count,
      verified: verified + (this.#verified[SCHEME_RFC6979_SHA256]?.count ?? 0),
    }
  }

  /** Undefined if the signature is valid. Asks in the order of the genuine node: key given, scheme, key, form, maths. */
  verify(check: SignatureCheck): SignatureFault | undefined {
    const { scheme, publicKey, signature, data } = check
    if (publicKey.length === 0) return MISSING_KEY
    if (scheme < 0) return { reason: `negative scheme ${scheme}` }
    if (!isScheme(scheme)) return { reason: `unsupported scheme ${scheme}` }
    const form = FORMS[scheme]
    const formed =
      signature.length === form.bytes && (scheme !== SCHEME_ECDSA_SHA512 || signature[0] === SCHEME_0_PREFIX)
    const verified = this.#verified[scheme]
    if (formed && verified?.has(publicKey, signature, data) === true) return undefined

    const key = this.#publicKeys.import(publicKey)
    if ('reason' in key) return key
    if (!formed) return WRONG_FORM
    const signed = scheme === SCHEME_WALLET_CONNECT ? wrapMessage(data, signature.subarray(RAW_BYTES)) : data
    if (!verifyRaw(form.digest, signed, key, signature, form.offset)) return MISMATCH
    verified?.add(publicKey, signature, data)
    return undefined
  }
}

/** Deterministic r‖s. OpenSSL 3.0 can't, and noble would by default lower s, which no genuine signer does. */
function signRfc6979(privateKey: KeyObject | Uint8Array, data: Uint8Array): Uint8Array {
  const options = { lowS: false, prehash: true, extraEntropy: false, format: 'compact' } as const
  if (privateKey instanceof Uint8Array) return p256.sign(data, privateKey, options)
  const scalar = scalarOf(privateKey)
  try {
    return p256.sign(data, scalar, options)
  } finally {
    scalar.fill(0)
  }
}

/**
 * Signs `data` with a P-256 private key or its 32-byte scalar: 65 bytes 04‖r‖s for scheme 0, 64 bytes r‖s for 1, 80 bytes
 * r‖s‖salt for 2. `random` gives the salt; the nonce of scheme 0 is always OpenSSL's own, since a repeated one would
 * give the key away.
 */
export function signWith(
  privateKey: KeyObject | Uint8Array,
  scheme: Scheme,
  data: Uint8Array,
  random: Random,
): Uint8Array {
  if (scheme === SCHEME_RFC6979_SHA256) return signRfc6979(privateKey, data)
  const signature = new Uint8Array(FORMS[scheme].bytes)
  if (scheme === SCHEME_ECDSA_SHA512) {
    const key = privateKey instanceof Uint8Array ? privateKeyOf(privateKey) : privateKey
    signature[0] = SCHEME_0_PREFIX
    writeRawOfDer(sign(FORMS[scheme].digest, data, key), signature, FORMS[scheme].offset)
    return signature
  }
  const salt = random.bytes(SALT_BYTES)
  signature.set(signRfc6979(privateKey, wrapMessage(data, salt)))
  signature.set(salt, RAW_BYTES)
  return signature
}

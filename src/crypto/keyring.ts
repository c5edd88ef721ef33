import { UINT32_MAX } from '../core/integers.js'
import type { Random } from '../core/random.js'
import { AES_KEY_BYTES, BOX_OVERHEAD_BYTES, type BoxParts, deriveKey, openBox, SealError, writeBox } from './seal.js'

const FORMAT = 2
const KEY_ID_AT = 1
const BOX_AT = KEY_ID_AT + 4
const SEALED_BYTES_MIN = BOX_AT + BOX_OVERHEAD_BYTES

/** A key that seals secrets, in clear. */
export interface DataKey {
  /** 1 to 2^32−1. */
  readonly id: number
  /** Wall clock, for people. */
  readonly madeAt_ms: number
  /** 32 bytes. */
  readonly key: Uint8Array
}

/**
 * Data keys by id. The current one seals; all of them open. Immutable: rotation makes another keyring.
 *
 * A sealed value is one byte of format (2), the id of its data key (4 bytes, big-endian), a nonce of 12 bytes, the AES-256-GCM
 * ciphertext, and its tag of 16 bytes. The AES key is HMAC-SHA-256 of the associated data under the data key: one key for all
 * would be good for 2^32 random nonces, which a busy gateway uses up in weeks. Format, id and associated data are also what the
 * tag covers beside the ciphertext.
 */
export class Keyring {
  readonly #keys: ReadonlyMap<number, DataKey>
  readonly #current: DataKey
  /** Format and current id, which every value that is sealed now begins with. */
  readonly #header: Uint8Array

  /** Copies the keys. Throws a RangeError if they make no keyring. */
  constructor(currentId: number, keys: readonly DataKey[]) {
    const own = keys.map((each) => ({ ...each, key: new Uint8Array(each.key) }))
    for (const { id, madeAt_ms, key } of own) {
      if (!Number.isInteger(id) || id < 1 || id > UINT32_MAX) throw new RangeError(`${id} is no id of a data key`)
      if (!Number.isSafeInteger(madeAt_ms) || madeAt_ms < 0) throw new RangeError(`${madeAt_ms} is no time in ms`)
      if (key.length !== AES_KEY_BYTES) {
        throw new RangeError(`a data key has ${AES_KEY_BYTES} bytes, not ${key.length}`)
      }
    }
    this.#keys = new Map(own.map((each) => [each.id, each]))
    if (this.#keys.size !== own.length) throw new RangeError('two data keys have one id')
    const current = this.#keys.get(currentId)
    if (current === undefined) throw new RangeError(`the current data key, ${currentId}, is not there`)
    this.#current = current
    this.#header = headerOf(currentId)
  }

  /** A keyring with one new key. */
  static generate(random: Random, madeAt_ms: number): Keyring {
    return new Keyring(1, [{ id: 1, madeAt_ms, key: random.bytes(AES_KEY_BYTES) }])
  }

  /** A keyring that is kept nowhere: what it sealed can't be opened once the process has ended. */
  static ephemeral(random: Random): Keyring {
    return Keyring.generate(random, 0)
  }

  get currentId(): number {
    return this.#current.id
  }

  /** The keys in clear, oldest first: for wrapping alone. */
  dataKeys(): readonly DataKey[] {
    return [...this.#keys.values()].sort((a, b) => a.id - b.id)
  }

  /** A keyring with a new key, which seals from now on; the ones before stay for opening. */
  rotate(random: Random, madeAt_ms: number): Keyring {
    const id = Math.max(...this.#keys.keys()) + 1
    return new Keyring(id, [...this.#keys.values(), { id, madeAt_ms, key: random.bytes(AES_KEY_BYTES) }])
  }

  /** A keyring with the current key alone: for when nothing is sealed with another one any more. */
  withoutOld(): Keyring {
    return new Keyring(this.currentId, [this.#current])
  }

  seal(secret: Uint8Array, associatedData: Uint8Array): Uint8Array {
    const sealed = new Uint8Array(SEALED_BYTES_MIN + secret.length)
    sealed.set(this.#header)
    writeBox(sealed, BOX_AT, secret, boxParts(this.#current.key, this.#header, associatedData))
    return sealed
  }

  /** The secret, in bytes that the caller wipes. Throws a SealError. */
  open(sealed: Uint8Array, associatedData: Uint8Array): Uint8Array {
    const id = keyIdOf(sealed)
    const dataKey = this.#keys.get(id)
    if (dataKey === undefined) throw new SealError(`sealed value needs data key ${id}, which is not in the keyring`)
    const box = sealed.subarray(BOX_AT)
    const secret = openBox(box, boxParts(dataKey.key, sealed.subarray(0, BOX_AT), associatedData))
    if (secret === undefined) throw new SealError('sealed value does not open: it or what it is bound to was changed')
    return secret
  }

  /** The same secret sealed with the current key. `from` opens it, if that is another keyring. Throws a SealError. */
  reseal(sealed: Uint8Array, associatedData: Uint8Array, from: Keyring = this): Uint8Array {
    const secret = from.open(sealed, associatedData)
    try {
      return this.seal(secret, associatedData)
    } finally {
      secret.fill(0)
    }
  }
}

/** The id of the data key that sealed a value. Throws a SealError if it is no sealed value of this format. */
export function keyIdOf(sealed: Uint8Array): number {
  const format = sealed[0]
  if (format !== undefined && format !== FORMAT) {
    throw new SealError(`sealed value has format ${format}; this version opens format ${FORMAT}`)
  }
  if (sealed.length < SEALED_BYTES_MIN) {
    throw new SealError(`sealed value has ${sealed.length} bytes; the shortest has ${SEALED_BYTES_MIN}`)
  }
  return new DataView(sealed.buffer, sealed.byteOffset).getUint32(KEY_ID_AT)
}

function headerOf(id: number): Uint8Array {
  const header = new Uint8Array(BOX_AT)
  header[0] = FORMAT
  new DataView(header.buffer).setUint32(KEY_ID_AT, id)
  return header
}

function boxParts(dataKey: Uint8Array, header: Uint8Array, associatedData: Uint8Array): BoxParts {
  return { key: deriveKey(dataKey, associatedData), associatedData: Buffer.concat([header, associatedData]) }
}

import { sameBytes } from '../core/bytes.js'
import { CHECKSUM_BYTES, checksum } from './hashes.js'
import { type DataKey, Keyring } from './keyring.js'
import { AES_KEY_BYTES, BOX_OVERHEAD_BYTES, deriveKey, openBox, SealError, writeBox } from './seal.js'

export const WRAPPING_KEY_BYTES = 32

const FORMAT = 1
const CHECK_AT = 1
const CHECK_BYTES = 16
const CURRENT_AT = CHECK_AT + CHECK_BYTES
const KEYS_AT = CURRENT_AT + 4
/** The id of a data key and when it was made. */
const ROW_BYTES = 4 + 8
/** What a keyring of no keys would have. */
const FIXED_BYTES = KEYS_AT + BOX_OVERHEAD_BYTES + CHECKSUM_BYTES
const BYTES_PER_KEY = ROW_BYTES + AES_KEY_BYTES

/** Each use of the wrapping key has a key of its own. */
const FOR_CHECK = 'session-gateway keyring: check'
const FOR_KEYS = 'session-gateway keyring: keys'

/** The bytes are whole, and another wrapping key wrapped them. */
export class WrongKeyError extends Error {
  override readonly name = 'WrongKeyError'

  constructor() {
    super('the wrapping key is not the one this store was made with')
  }
}

/**
 * A keyring at rest. One byte of format (1); a check value of the wrapping key (16 bytes); the id of the current data key
 * (4 bytes); for each data key its id (4 bytes) and when it was made (8 bytes, ms); then one box with all the data keys in that
 * order: a nonce of 12 bytes, the AES-256-GCM ciphertext, its tag of 16 bytes; and a checksum of 4 bytes (SHA-256 twice).
 * Numbers are big-endian. The tag covers everything before the nonce, so that no key changes its place or its id.
 *
 * The check value tells a wrong wrapping key from damage, and the checksum tells damage of the check value.
 */
export function wrapKeyring(keyring: Keyring, wrappingKey: Uint8Array): Uint8Array {
  checkLength(wrappingKey)
  const keys = keyring.dataKeys()
  const boxAt = KEYS_AT + ROW_BYTES * keys.length
  const bytes = Buffer.alloc(FIXED_BYTES + BYTES_PER_KEY * keys.length)
  bytes[0] = FORMAT
  bytes.set(checkOf(wrappingKey), CHECK_AT)
  bytes.writeUInt32BE(keyring.currentId, CURRENT_AT)
  for (const [index, { id, madeAt_ms }] of keys.entries()) {
    bytes.writeUInt32BE(id, KEYS_AT + ROW_BYTES * index)
    bytes.writeBigUInt64BE(BigInt(madeAt_ms), KEYS_AT + ROW_BYTES * index + 4)
  }
  const secret = Buffer.concat(keys.map(({ key }) => key))
  const associatedData = bytes.subarray(0, boxAt)
  writeBox(bytes, boxAt, secret, { key: deriveKey(wrappingKey, FOR_KEYS), associatedData })
  secret.fill(0)
  bytes.set(checksum(bytes.subarray(0, -CHECKSUM_BYTES)), bytes.length - CHECKSUM_BYTES)
  return new Uint8Array(bytes)
}

/** Throws a WrongKeyError, or a SealError for bytes that are damaged, edited, or of a newer format. */
export function unwrapKeyring(bytes: Uint8Array, wrappingKey: Uint8Array): Keyring {
  checkLength(wrappingKey)
  const format = bytes[0] ?? 0
  if (format > FORMAT) {
    throw new SealError(`the keyring has format ${format}, of a newer version; this version reads format ${FORMAT}`)
  }
  const count = (bytes.length - FIXED_BYTES) / BYTES_PER_KEY
  if (format !== FORMAT || count < 1 || !Number.isInteger(count) || !isWholeKeyring(bytes)) {
    throw new SealError('the keyring is damaged')
  }
  if (!sameBytes(checkOf(wrappingKey), bytes.subarray(CHECK_AT, CURRENT_AT))) throw new WrongKeyError()
  const boxAt = KEYS_AT + ROW_BYTES * count
  const secret = openBox(bytes.subarray(boxAt, -CHECKSUM_BYTES), {
    key: deriveKey(wrappingKey, FOR_KEYS),
    associatedData: bytes.subarray(0, boxAt),
  })
  if (secret === undefined) throw new SealError('the keyring was edited: it does not open with its wrapping key')
  const view = new DataView(bytes.buffer, bytes.byteOffset, boxAt)
  const keys = Array.from({ length: count }, (_, index): DataKey => {
    const at = KEYS_AT + ROW_BYTES * index
    return {
      id: view.getUint32(at),
      madeAt_ms: Number(view.getBigUint64(at + 4)),
      key: secret.subarray(AES_KEY_BYTES * index, AES_KEY_BYTES * (index + 1)),
    }
  })
  try {
    return new Keyring(view.getUint32(CURRENT_AT), keys)
  } finally {
    secret.fill(0)
  }
}

/** True if these are the bytes of a keyring as they were written: without its wrapping key nothing else can be said of them. */
export function isWholeKeyring(bytes: Uint8Array): boolean {
  return sameBytes(checksum(bytes.subarray(0, -CHECKSUM_BYTES)), bytes.subarray(-CHECKSUM_BYTES))
}

function checkOf(wrappingKey: Uint8Array): Uint8Array {
  return deriveKey(wrappingKey, FOR_CHECK).subarray(0, CHECK_BYTES)
}

function checkLength(wrappingKey: Uint8Array): void {
  if (wrappingKey.length === WRAPPING_KEY_BYTES) return
  throw new RangeError(`a wrapping key has ${WRAPPING_KEY_BYTES} bytes, not ${wrappingKey.length}`)
}

/** Random bytes that a wallet mixes into what it signs; they follow r‖s in the signature. */
export const SALT_BYTES = 16

const BEFORE = Uint8Array.of(0x01, 0x00, 0x01, 0xf0)
const AFTER_BYTES = 2

/** Bitcoin's variable-length integer, little-endian, for lengths below 2^32. */
function lengthPrefix(length: number): Uint8Array {
  if (length < 0xfd) return Uint8Array.of(length)
  if (length <= 0xffff) return Uint8Array.of(0xfd, length & 0xff, length >>> 8)
  const prefix = new Uint8Array(5)
  prefix[0] = 0xfe
  new DataView(prefix.buffer).setUint32(1, length, true)
  return prefix
}

/**
 * What a WalletConnect wallet really signs when asked for `data`: a transaction-like wrapping of the salt in hexadecimal
 * and the data in base64, so that no signature of a message can pass for one of a transaction (neofs-v2 §3.8).
 */
export function wrapMessage(data: Uint8Array, salt: Uint8Array): Uint8Array {
  const text =
    Buffer.from(salt.buffer, salt.byteOffset, salt.byteLength).toString('hex') +
    Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')
  return Buffer.concat([BEFORE, lengthPrefix(text.length), Buffer.from(text, 'latin1'), new Uint8Array(AFTER_BYTES)])
}

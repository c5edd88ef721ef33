import { crc32 } from 'node:zlib'
import { decode, encode, type MessageType, WireError, type WireMessage } from '../../wire/index.js'
import { DamageError } from './damage.js'
import type { Table } from './environment.js'
import { uint32At } from './keys.js'

const CHECKSUM_BYTES = 4

/**
 * A row as it lies in the store: CRC-32 of its key and its message, then the message. LMDB's pages carry no checksum; with
 * the key in it, a row that turns up in another's place is noticed, too.
 */
export function toRow<T extends WireMessage>(type: MessageType<T>, key: Uint8Array, message: T): Uint8Array {
  const bytes = encode(type, message, { unknown: 'keep' })
  const row = Buffer.allocUnsafe(CHECKSUM_BYTES + bytes.length)
  row.writeUInt32BE(crc32(bytes, crc32(key)))
  row.set(bytes, CHECKSUM_BYTES)
  return row
}

/**
 * What a key leads to. A copy in pooled memory: an allocation of its own for each row costs more than all else that a read does.
 */
export function rowAt(table: Table, key: Buffer): Uint8Array | undefined {
  const value = table.getBinaryFast(key)
  if (value === undefined) return undefined
  const copy = Buffer.allocUnsafe(value.length)
  // Its own memory is longer than what was read.
  copy.set(value.subarray(0, value.length))
  return new Uint8Array(copy.buffer, copy.byteOffset, copy.length)
}

/** The message of a row. The bytes in it are views of `row`. @throws DamageError */
export function fromRow<T extends WireMessage>(type: MessageType<T>, key: Uint8Array, row: Uint8Array): T {
  const bytes = row.subarray(CHECKSUM_BYTES)
  if (row.length < CHECKSUM_BYTES || uint32At(row, 0) !== crc32(bytes, crc32(key))) {
    throw new DamageError(`a row of ${type.name} fails its checksum, at key ${Buffer.from(key).toString('hex')}`)
  }
  const message = decode(type, bytes)
  if (message instanceof WireError) {
    throw new DamageError(`a row of ${type.name} can't be read, at key ${Buffer.from(key).toString('hex')}`, {
      cause: message,
    })
  }
  return message
}

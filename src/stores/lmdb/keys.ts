import type { SessionRef } from '../../core/session.js'

/** How rows are named. Numbers are big-endian, so that the order of keys is the order of numbers. */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const UINT32_BYTES = 4
const UINT64_BYTES = 8
export const SEQUENCE_BYTES = UINT64_BYTES

/** The 16 bytes of a UUID in its canonical form; undefined for any other text. */
export function idBytes(id: string): Uint8Array | undefined {
  return UUID.test(id) ? Buffer.from(id.replaceAll('-', ''), 'hex') : undefined
}

export function idText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** A place in an order: of insertion, of ends. Below 2^53. */
export function sequenceKey(sequence: number): Buffer {
  const key = Buffer.allocUnsafe(UINT64_BYTES)
  writeSequence(key, sequence, 0)
  return key
}

export function sequenceAt(key: Uint8Array, offset = 0): number {
  return uint32At(key, offset) * 2 ** 32 + uint32At(key, offset + UINT32_BYTES)
}

/** Big-endian. Byte by byte: a view of short bytes would first move them out of the heap. @throws RangeError */
export function uint32At(bytes: Uint8Array, offset: number): number {
  if (offset + UINT32_BYTES > bytes.length) throw new RangeError(`${bytes.length} bytes have no number at ${offset}`)
  let value = 0
  for (let at = offset; at < offset + UINT32_BYTES; at += 1) value = value * 256 + (bytes[at] ?? 0)
  return value
}

export function writeSequence(key: Buffer, sequence: number, offset: number): void {
  key.writeUInt32BE(Math.floor(sequence / 2 ** 32), offset)
  key.writeUInt32BE(sequence % 2 ** 32, offset + UINT32_BYTES)
}

/** Of the names table: each kind of name has a letter of its own. */
export const nameKey = {
  id: (id: Uint8Array): Buffer => Buffer.concat([LETTER.id, id]),
  number(partition: number, number: bigint): Buffer {
    const key = Buffer.allocUnsafe(1 + UINT32_BYTES + UINT64_BYTES)
    key.set(LETTER.number)
    key.writeUInt32BE(partition, 1)
    key.writeBigUInt64BE(number, 1 + UINT32_BYTES)
    return key
  },
  account: (account: Uint8Array): Buffer => Buffer.concat([LETTER.account, account]),
}

const LETTER = { id: Buffer.from('i'), number: Buffer.from('n'), account: Buffer.from('a') } as const

/** Undefined for a name that no session can have. */
export function nameKeyOf(ref: SessionRef): Buffer | undefined {
  switch (ref.by) {
    case 'id': {
      const id = idBytes(ref.id)
      return id === undefined ? undefined : nameKey.id(id)
    }
    case 'number':
      return nameKey.number(ref.partition, ref.number)
    case 'account':
      return ref.account.length > 0 && ref.account.length <= ACCOUNT_BYTES_MAX
        ? nameKey.account(ref.account)
        : undefined
  }
}

/** Longer ones don't fit in a key, and no generation has any. */
const ACCOUNT_BYTES_MAX = 64

/** Of the owners table: how many sessions are open, and each of them in the order of insertion. */
export const ownerKey = {
  count: (owner: Uint8Array): Buffer => Buffer.concat([Buffer.from('c'), owner]),
  session: (owner: Uint8Array, sequence: number): Buffer =>
    Buffer.concat([Buffer.from('s'), owner, sequenceKey(sequence)]),
}

export function partitionKey(partition: number): Buffer {
  const key = Buffer.allocUnsafe(UINT32_BYTES)
  key.writeUInt32BE(partition)
  return key
}

/** Of the meta table. */
export const metaKey = {
  format: Buffer.from('format'),
  keyring: Buffer.from('keyring'),
  counters: Buffer.from('counters'),
  processes: Buffer.from('processes'),
  numbersForgotten: Buffer.from('numbersForgotten'),
  lease: (name: string): Buffer => Buffer.from(`lease:${name}`),
}

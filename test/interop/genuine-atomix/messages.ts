import { tag, varint } from '../../clients/tree-mutators.js'
import type { SeededRandom } from '../../support/seeded-random.js'

/**
 * Requests of `atomix.session.SessionService`, written field by field in all the ways in which protobuf lets them be written:
 * nothing here shares code with `src/wire`.
 */

type Bytes = Uint8Array

export type MethodName = 'OpenSession' | 'KeepAlive' | 'CloseSession'

export interface DurationParts {
  readonly seconds: bigint
  readonly nanos: bigint
}

export interface Wish {
  readonly method: MethodName
  readonly partition: number
  readonly session: bigint
  /** The field, as often as it is there. */
  readonly timeouts?: readonly DurationParts[]
}

const MAX_UINT64 = 2n ** 64n - 1n

/** One request, with everything that the server ignores chosen at random. */
export function write(random: SeededRandom, wish: Wish): Bytes {
  const fields = [...headers(random, wish)]
  for (const timeout of wish.timeouts ?? []) fields.push(nested(2, duration(random, timeout)))
  if (wish.method === 'CloseSession' && random.below(3) === 0) fields.push(number(random, 2, BigInt(random.below(3))))
  return arranged(random, fields, 3)
}

/** The header; now and then in two parts, which a decoder has to merge. */
function headers(random: SeededRandom, { partition, session }: Wish): Bytes[] {
  const fields: Bytes[] = []
  if (random.below(2) === 0) fields.push(nested(1, random.below(2) === 0 ? new Uint8Array(0) : name(random)))
  if (session !== 0n || random.below(8) === 0) fields.push(number(random, 2, session))
  if (random.below(3) === 0) fields.push(number(random, 3, someNumber(random)))
  if (random.below(2) === 0) fields.push(number(random, 4, someNumber(random)))
  for (let streams = random.below(4) === 0 ? random.below(4) : 0; streams > 0; streams--) {
    fields.push(
      nested(5, arranged(random, [number(random, 1, someNumber(random)), number(random, 2, someNumber(random))], 3)),
    )
  }
  // Bits above the 32nd are cut off.
  const above = random.below(16) === 0 ? BigInt(random.below(1000)) << 32n : 0n
  fields.push(number(random, 6, BigInt(partition) + above))
  if (random.below(12) > 0) return [nested(1, arranged(random, fields, 7))]
  const cut = random.below(fields.length + 1)
  return [fields.slice(0, cut), fields.slice(cut)].map((part) => nested(1, arranged(random, part, 7)))
}

/** Not always UTF-8. */
function name(random: SeededRandom): Bytes {
  return arranged(
    random,
    [1, 2].filter(() => random.below(4) > 0).map((field) => nested(field, random.bytes(random.below(20)))),
    3,
  )
}

function duration(random: SeededRandom, { seconds, nanos }: DurationParts): Bytes {
  const fields: Bytes[] = []
  if (seconds !== 0n || random.below(8) === 0) fields.push(number(random, 1, seconds))
  if (nanos !== 0n || random.below(8) === 0) fields.push(number(random, 2, nanos))
  return arranged(random, fields, 3)
}

export function someNumber(random: SeededRandom): bigint {
  const bits = BigInt(random.below(65))
  const value = random.bytes(8).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  return value & ((1n << bits) - 1n)
}

/** Mostly as they are; now and then in another order, or with a field from `unknown` on between them. */
function arranged(random: SeededRandom, fields: readonly Bytes[], unknown: number): Bytes {
  const all = [...fields]
  if (random.below(10) === 0) all.splice(random.below(all.length + 1), 0, unknownField(random, unknown))
  if (random.below(10) === 0) all.reverse()
  return Buffer.concat(all)
}

function unknownField(random: SeededRandom, from: number): Bytes {
  // 7 and 8 are known in no request either.
  const field = Math.max(from, 7) + random.below(2000)
  switch (random.below(5)) {
    case 0:
      return number(random, field, someNumber(random))
    case 1:
      return Buffer.concat([tag(field, 1), random.bytes(8)])
    case 2:
      return Buffer.concat([tag(field, 5), random.bytes(4)])
    case 3:
      return Buffer.concat([tag(field, 3), number(random, 1, 5n), tag(field, 4)])
    default:
      return nested(field, random.bytes(random.below(12)))
  }
}

/** Negative numbers take ten bytes; now and then small ones take more than they need. */
function number(random: SeededRandom, field: number, value: bigint): Bytes {
  const shortest = varint(value & MAX_UINT64)
  const padding = random.below(20) === 0 ? random.below(10 - shortest.length + 1) : 0
  if (padding === 0) return Buffer.concat([tag(field, 0), shortest])
  const padded = Buffer.concat([shortest, Buffer.alloc(padding, 0x80)])
  padded[shortest.length - 1] = (padded[shortest.length - 1] ?? 0) | 0x80
  padded[padded.length - 1] = 0
  return Buffer.concat([tag(field, 0), padded])
}

function nested(field: number, bytes: Bytes): Bytes {
  return Buffer.concat([tag(field, 2), varint(BigInt(bytes.length)), bytes])
}

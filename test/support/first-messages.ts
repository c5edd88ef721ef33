import type { Dialect } from '../../src/adapters/detect.js'
import { checksum } from '../../src/crypto/hashes.js'
import { Writer } from '../../src/wire/index.js'
import type { SeededRandom } from './seeded-random.js'

/**
 * Well-formed first messages of every dialect on the shared path, at random: optional fields there or not, fields in any
 * order, extreme epochs, unknown fields at any level (neofs-v1 §2). Made by loops and not by fast-check, because there are
 * ten thousand of each.
 */

type Bytes = Uint8Array

/** What the message has to be taken for, and its bytes. */
export interface FirstMessage {
  readonly dialect: Dialect
  readonly bytes: Bytes
}

/** How the 25 bytes of the owner come about. */
export type Owners = (random: SeededRandom) => Bytes

const NEO2 = 0x17
const NEO3 = 0x35

/** A script hash with the prefix of either era and its checksum. */
export const validOwner: Owners = (random) => {
  const owner = new Uint8Array(25)
  owner[0] = random.below(2) === 0 ? NEO2 : NEO3
  owner.set(random.bytes(20), 1)
  owner.set(checksum(owner.subarray(0, 21)), 21)
  return owner
}

/** No owner id at all, or one whose checksum is wrong: only its length tells. */
export const invalidOwner: Owners = (random) => {
  if (random.below(2) === 0) return new Uint8Array(25)
  const owner = validOwner(random)
  const at = 21 + random.below(4)
  owner[at] = (owner[at] ?? 0) ^ (1 + random.below(255))
  return owner
}

const EPOCHS = [0n, 1n, 2n, 127n, 128n, 2n ** 31n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n]
/** Numbers that no dialect uses at any level. */
const UNKNOWN_NUMBERS = [20, 49, 96, 100, 1000, 2 ** 29 - 1]

const POOL_SIZE = 64 * 1024

export class FirstMessages {
  readonly #random: SeededRandom
  readonly #owners: Owners

  /** What keys, signatures and ids are cut from: making each of its own would take most of the time. */
  readonly #pool: Bytes

  constructor(random: SeededRandom, owners: Owners = validOwner) {
    this.#random = random
    this.#owners = owners
    this.#pool = random.bytes(POOL_SIZE)
  }

  next(dialect: Dialect): FirstMessage {
    return this.#make[dialect]()
  }

  readonly #make: Readonly<Record<Dialect, () => FirstMessage>> = {
    A0: () => this.#as('A0', [bytes(1, this.#tokenA([]))]),
    A1: () => this.#as('A1', [bytes(1, this.#tokenA([])), ...this.#headersA()]),
    A2: () =>
      this.#as('A2', [bytes(1, this.#tokenA(this.#some(1, 3, () => bytes(8, this.#key())))), ...this.#headersA()]),
    A3: () =>
      this.#as('A3', [
        bytes(1, this.#tokenA(this.#some(0, 2, () => bytes(8, this.#key())))),
        ...this.#maybe(() => bytes(98, this.#metaC())),
        bytes(99, this.#ordered(this.#some(1, 3, () => bytes(1, this.#flatSignature())))),
      ]),
    B: () =>
      this.#as('B', [
        bytes(1, this.#message([bytes(1, this.#infoB()), ...this.#maybe(() => bytes(8, this.#signature()))])),
        ...this.#maybe(() => bytes(98, this.#metaC())),
        ...this.#maybe(() => bytes(99, this.#verifyC())),
      ]),
    C: () => this.#as('C', this.#flatRequest(this.#owner())),
    Cx: () => this.#as('Cx', [...this.#flatRequest(this.#owner()), bytes(97, this.#headersC())]),
    D: () => this.#as('D', this.#flatRequest(this.#message([bytes(1, this.#owner())]))),
    E1: () => this.#e1(),
    E2: () => this.#e2(),
  }

  /** E1 shows itself only by a wrapped header; without one the same bytes are an E2 (neofs-v1 §7.3). */
  #e1(): FirstMessage {
    const metaOrigin = this.#maybe(() => bytes(98, this.#metaE([])))
    const verifyOrigin = this.#maybe(() => bytes(5, this.#verifyE([])))
    const lifetime = this.#message([...this.#epoch(1), ...this.#epoch(2)])
    const headers = [
      ...(metaOrigin.length > 0 || this.#coin() ? [bytes(2, this.#metaE(metaOrigin))] : []),
      ...(verifyOrigin.length > 0 || this.#coin()
        ? [bytes(3, this.#verifyE([...verifyOrigin, ...this.#maybe(() => bytes(3, this.#bytes(20)))]))]
        : []),
    ]
    const shown = metaOrigin.length > 0 || verifyOrigin.length > 0
    return this.#as(shown ? 'E1' : 'E2', [bytes(1, this.#bodyE(lifetime)), ...headers])
  }

  #e2(): FirstMessage {
    const origin = this.#maybe(() => bytes(7, this.#metaE([])))
    const wrapped = this.#maybe(() => bytes(4, this.#verifyE([])))
    const signed = this.#maybe(() => bytes(3, this.#keySign()))
    const lifetime = this.#message([...this.#epoch(1), ...this.#epoch(2), ...this.#epoch(3)])
    return this.#as('E2', [
      bytes(1, this.#bodyE(lifetime)),
      ...this.#maybe(() => bytes(2, this.#metaE(origin))),
      ...this.#maybe(() => bytes(3, this.#verifyE([...signed, ...wrapped]))),
    ])
  }

  // Messages, by the tables of neofs-v1 §2

  #tokenA(publicKeys: Bytes[]): Bytes {
    return this.#message([
      ...this.#maybe(() => bytes(1, this.#coin() ? EMPTY : this.#message([bytes(1, this.#key())]))),
      bytes(2, this.#owner()),
      ...this.#epoch(3),
      ...this.#epoch(4),
      ...this.#some(0, 4, () => bytes(5, this.#bytes(16))),
      ...this.#maybe(() => bytes(6, this.#signature())),
      ...this.#maybe(() => bytes(7, this.#bytes(16))),
      ...publicKeys,
    ])
  }

  /** A1 and A2 have at least one of the two, and their signatures are one level deeper than everybody else's. */
  #headersA(): Bytes[] {
    const meta = bytes(98, this.#message([...this.#number(1), ...this.#epoch(2), ...this.#number(3)]))
    const nested = () =>
      this.#message([bytes(1, this.#flatSignature()), ...this.#maybe(() => bytes(2, this.#flatSignature()))])
    const verify = bytes(99, this.#ordered(this.#some(0, 3, () => bytes(1, nested()))))
    const pick = this.#random.below(4)
    return pick === 0 ? [meta] : pick === 1 ? [verify] : [meta, verify]
  }

  #infoB(): Bytes {
    return this.#message([
      bytes(1, this.#bytes(16)),
      bytes(2, this.#owner()),
      ...this.#number(3),
      ...this.#maybe(() => bytes(4, this.#message([bytes(1, this.#bytes(16)), bytes(2, this.#bytes(32))]))),
      ...this.#epoch(5),
      ...this.#epoch(6),
      ...this.#maybe(() => bytes(7, this.#key())),
    ])
  }

  #flatRequest(owner: Bytes): Bytes[] {
    return [
      bytes(1, owner),
      ...this.#maybe(() => bytes(2, this.#message([...this.#epoch(1), ...this.#epoch(2)]))),
      ...this.#maybe(() => bytes(98, this.#metaC())),
      ...this.#maybe(() => bytes(99, this.#verifyC())),
    ]
  }

  #metaC(): Bytes {
    const extended = this.#maybe(() => bytes(5, this.#headersC()))
    return this.#message([...this.#number(1), ...this.#epoch(2), ...this.#number(3), ...this.#number(4), ...extended])
  }

  #headersC(): Bytes {
    const pair = () => this.#message([bytes(1, this.#text()), bytes(2, this.#text())])
    return this.#message(this.#some(0, 3, () => bytes(1, pair())))
  }

  #verifyC(): Bytes {
    const pair = () => (this.#coin() ? this.#flatSignature() : this.#keySign())
    return this.#message([
      ...this.#some(0, 3, () => bytes(1, pair())),
      ...this.#maybe(() => bytes(2, this.#message([bytes(1, this.#infoB()), bytes(8, this.#signature())]))),
    ])
  }

  #bodyE(lifetime: Bytes): Bytes {
    return this.#message([bytes(1, this.#message([bytes(1, this.#owner())])), ...this.#maybe(() => bytes(2, lifetime))])
  }

  #metaE(origin: Bytes[]): Bytes {
    const version = () => bytes(1, this.#message([...this.#number(1), ...this.#number(2)]))
    const header = () => bytes(4, this.#message([bytes(1, this.#text()), bytes(2, this.#text())]))
    return this.#message([
      ...this.#maybe(version),
      ...this.#epoch(2),
      ...this.#number(3),
      ...this.#some(0, 3, header),
      ...origin,
    ])
  }

  #verifyE(more: Bytes[]): Bytes {
    const [body, meta] = [1, 2].map((number) => this.#maybe(() => bytes(number, this.#keySign())))
    return this.#message([...(body ?? []), ...(meta ?? []), ...more])
  }

  // Values

  #owner(): Bytes {
    return this.#owners(this.#random)
  }

  #key(): Bytes {
    return prefixed(2 + this.#random.below(2), this.#bytes(32))
  }

  #signature(): Bytes {
    return prefixed(4, this.#bytes(64))
  }

  #flatSignature(): Bytes {
    return this.#ordered([bytes(1, this.#signature()), bytes(2, this.#key())])
  }

  #keySign(): Bytes {
    return this.#ordered([bytes(1, this.#key()), bytes(2, this.#signature())])
  }

  #text(): Bytes {
    return this.#bytes(this.#random.below(40))
  }

  #epoch(number: number): Bytes[] {
    return this.#maybe(() => varint(number, EPOCHS[this.#random.below(EPOCHS.length)] ?? 0n))
  }

  #number(number: number): Bytes[] {
    return this.#maybe(() => varint(number, BigInt(this.#random.below(2) === 0 ? this.#random.below(4) : 2 ** 32 - 1)))
  }

  #bytes(count: number): Bytes {
    const start = this.#random.below(POOL_SIZE - count)
    return this.#pool.subarray(start, start + count)
  }

  // Choice and order

  #coin(): boolean {
    return this.#random.below(2) === 0
  }

  #maybe(make: () => Bytes): Bytes[] {
    return this.#coin() ? [make()] : []
  }

  #some(from: number, below: number, make: () => Bytes): Bytes[] {
    return Array.from({ length: from + this.#random.below(below - from) }, make)
  }

  /** Fields in any order, sometimes with one that nobody knows. */
  #message(fields: Bytes[]): Bytes {
    if (this.#random.below(6) !== 0) return this.#ordered(fields)
    const number = UNKNOWN_NUMBERS[this.#random.below(UNKNOWN_NUMBERS.length)] ?? 20
    const kinds = [varint(number, 2n ** 64n - 1n), bytes(number, this.#bytes(this.#random.below(64))), group(number)]
    const unknown = kinds[this.#random.below(kinds.length)] ?? EMPTY
    return this.#ordered([...fields, unknown])
  }

  #ordered(fields: Bytes[]): Bytes {
    const writer = new Writer()
    const left = [...fields]
    const shuffled = this.#random.below(3) === 0
    while (left.length > 0) {
      for (const field of left.splice(shuffled ? this.#random.below(left.length) : 0, 1)) writer.raw(field)
    }
    return writer.finish()
  }

  #as(dialect: Dialect, fields: Bytes[]): FirstMessage {
    return { dialect, bytes: this.#message(fields) }
  }
}

const EMPTY = new Uint8Array(0)

function bytes(number: number, value: Bytes): Bytes {
  const writer = new Writer()
  writer.tag(number, 2)
  writer.bytes(value)
  return writer.finish()
}

function varint(number: number, value: bigint): Bytes {
  const writer = new Writer()
  writer.tag(number, 0)
  writer.uint64(value)
  return writer.finish()
}

/** A group with a number in it, which no genuine client sends and every decoder passes over. */
function group(number: number): Bytes {
  const writer = new Writer()
  writer.tag(number, 3)
  writer.raw(varint(1, 7n))
  writer.tag(number, 4)
  return writer.finish()
}

function prefixed(prefix: number, rest: Bytes): Bytes {
  const whole = new Uint8Array(1 + rest.length)
  whole[0] = prefix
  whole.set(rest, 1)
  return whole
}

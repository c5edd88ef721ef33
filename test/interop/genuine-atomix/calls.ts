import { timeoutOf } from '../../../src/adapters/atomix/codec.js'
import { SessionError } from '../../../src/core/errors.js'
import { CloseSessionRequest, KeepAliveRequest, OpenSessionRequest } from '../../../src/generated/atomix/session.js'
import { decode, WireError } from '../../../src/wire/index.js'
import { Mutator } from '../../clients/mutators.js'
import type { SeededRandom } from '../../support/seeded-random.js'
import type { Ledger } from './ledger.js'
import { type DurationParts, type MethodName, someNumber, type Wish, write } from './messages.js'

/** What both servers are sent, chosen at random from what may be compared. */

export const PARTITIONS = 3
const SERVICE = '/atomix.session.SessionService'
const METHODS: readonly MethodName[] = ['OpenSession', 'KeepAlive', 'CloseSession']
/** Well under `limits.messageSize`; to the genuine server 4 MiB are not too much. */
const LARGEST_BYTES = 100_000
/** Paths that no genuine server has. */
const ELSEWHERE = [
  `${SERVICE}/Nothing`,
  '/atomix.election.SessionService/OpenSession',
  '/atomix.storage.session.SessionService/OpenSession',
]
/** Genuine requests of v0.1.0 and v0.3.3 (atomix §6.1): what mutants are spliced with. */
const CORPUS = [
  '0a023001120808011080cab5ee01',
  '0a0d0a090a03636e7412026e7330011202081e',
  '0a1010ac02180c20b1022a04080510093001',
  '0a120a0010ac02180c20b1022a04080510093001',
  '0a080a001001200130011001',
].map((hex) => Buffer.from(hex, 'hex'))

/** How a request reads. */
export interface Reading {
  readonly partition: number
  readonly session: bigint
  /** Nanoseconds; undefined if there is none, or if it is no open. */
  readonly timeout_ns: bigint | undefined
}

export interface Call {
  readonly path: string
  readonly bytes: Uint8Array
  readonly method: MethodName | undefined
  /** Undefined if it can't be read. */
  readonly reading: Reading | 'left out' | undefined
}

/** The next call of a sequence. */
export function nextCall(random: SeededRandom, ledger: Ledger): Call {
  for (;;) {
    const call = anyCall(random, ledger)
    if (call.bytes.length <= LARGEST_BYTES && maySend(call, ledger)) return call
  }
}

function anyCall(random: SeededRandom, ledger: Ledger): Call {
  const dice = random.below(100)
  if (dice === 0) {
    const bytes = write(random, { method: 'OpenSession', partition: 1, session: 0n })
    return { path: pick(random, ELSEWHERE), bytes, method: undefined, reading: undefined }
  }
  const method = METHODS[dice < 35 ? 0 : dice < 70 ? 1 : 2] ?? 'OpenSession'
  const partition = 1 + random.below(PARTITIONS)
  const session = method === 'OpenSession' ? openingNumber(random) : someSession(random, ledger, partition)
  const wish: Wish = { method, partition, session, timeouts: method === 'OpenSession' ? someTimeouts(random) : [] }
  const whole = write(random, wish)
  const bytes = random.below(12) === 0 ? new Mutator(random, CORPUS).next(whole).bytes : whole
  return { path: `${SERVICE}/${method}`, bytes, method, reading: read(method, bytes) }
}

/** Left out: what ends the genuine process (no header, a partition that it does not host), and what hangs on the clock. */
function maySend({ method, reading }: Call, ledger: Ledger): boolean {
  if (reading === 'left out') return false
  if (reading === undefined) return true
  const { partition, session } = reading
  if (partition < 1 || partition > PARTITIONS) return false
  return method === 'OpenSession' || ledger.isSure(partition, session)
}

/** A header that is missing reads as partition 0. */
function read(method: MethodName, bytes: Uint8Array): Call['reading'] {
  switch (method) {
    case 'OpenSession': {
      const request = decode(OpenSessionRequest, bytes)
      if (request instanceof WireError) return unreadable(request)
      return { partition: request.header?.partition ?? 0, session: 0n, timeout_ns: timeoutIn(request) }
    }
    case 'KeepAlive':
    case 'CloseSession': {
      const request = decode(method === 'KeepAlive' ? KeepAliveRequest : CloseSessionRequest, bytes)
      if (request instanceof WireError) return unreadable(request)
      const { header } = request
      return { partition: header?.partition ?? 0, session: header?.sessionId ?? 0n, timeout_ns: undefined }
    }
  }
}

/** Undefined for none, and for one that opens nothing. */
function timeoutIn(request: OpenSessionRequest): bigint | undefined {
  try {
    return timeoutOf(request)
  } catch (error) {
    if (error instanceof SessionError) return undefined
    throw error
  }
}

/** What ours refuses and the genuine server may read (see `strictness.ts`): it would count a command more than ours. */
const STRICTER = /nested too deep|group|field tag above|field number|more than 64 bits|to merge/

function unreadable({ message }: WireError): 'left out' | undefined {
  return STRICTER.test(message) ? 'left out' : undefined
}

/** An open ignores it. */
function openingNumber(random: SeededRandom): bigint {
  return random.below(6) === 0 ? someNumber(random) : 0n
}

/** Mostly one that is open; else one that has ended, that lives on another partition, or that never was. */
function someSession(random: SeededRandom, ledger: Ledger, partition: number): bigint {
  const dice = random.below(20)
  if (dice < 12) return latest(random, ledger.numbers(partition, 'alive'))
  if (dice < 15) return latest(random, ledger.numbers(partition, 'gone'))
  if (dice < 17) return latest(random, ledger.numbers(1 + (partition % PARTITIONS), 'alive'))
  if (dice < 18) return pick(random, [0n, 1n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n])
  return someNumber(random)
}

/** One of all, or one of the last few: what was opened or closed a moment ago is where a server goes wrong. */
function latest(random: SeededRandom, numbers: readonly bigint[]): bigint {
  if (numbers.length === 0) return 0n
  return pick(random, random.below(2) === 0 ? numbers : numbers.slice(-3))
}

const SECOND = 1_000_000_000n

function someTimeouts(random: SeededRandom): DurationParts[] {
  if (random.below(6) === 0) return []
  return Array.from({ length: random.below(16) === 0 ? 2 : 1 }, () => someTimeout(random))
}

function someTimeout(random: SeededRandom): DurationParts {
  const whole = (total_ns: bigint) => ({ seconds: total_ns / SECOND, nanos: total_ns % SECOND })
  const below = (most: number) => BigInt(random.below(most))
  switch (random.below(10)) {
    case 0:
      return whole(0n)
    case 1:
      return whole(1n + below(1000))
    case 2:
      return whole(below(20_000_000))
    case 3:
      return whole(SECOND + below(1_000_000_000))
    case 4:
      return whole(-below(2_000_000_000) * below(3))
    case 5:
      return pick(random, EDGES)
    case 6:
      return { seconds: BigInt.asIntN(64, someNumber(random)), nanos: BigInt.asIntN(32, someNumber(random)) }
    default:
      return whole(600n * SECOND + below(2 ** 31) * SECOND)
  }
}

/** The ends of 64-bit nanoseconds, of a Duration, and of its nanos; and signs that differ. */
const EDGES: readonly DurationParts[] = [
  { seconds: 9_223_372_036n, nanos: 854_775_807n },
  { seconds: 9_223_372_036n, nanos: 854_775_808n },
  { seconds: 9_223_372_037n, nanos: 0n },
  { seconds: -9_223_372_036n, nanos: -854_775_808n },
  { seconds: -9_223_372_036n, nanos: -854_775_809n },
  { seconds: -9_223_372_037n, nanos: 0n },
  { seconds: 315_576_000_000n, nanos: 0n },
  { seconds: 315_576_000_001n, nanos: 0n },
  { seconds: -315_576_000_001n, nanos: 0n },
  { seconds: 2n ** 63n - 1n, nanos: 0n },
  { seconds: -(2n ** 63n), nanos: 0n },
  { seconds: 0n, nanos: 999_999_999n },
  { seconds: 0n, nanos: 1_000_000_000n },
  { seconds: 0n, nanos: -999_999_999n },
  { seconds: 0n, nanos: -1_000_000_000n },
  { seconds: 1n, nanos: -1n },
  { seconds: -1n, nanos: 1n },
  { seconds: 0n, nanos: 2n ** 31n - 1n },
  { seconds: 0n, nanos: -(2n ** 31n) },
]

function pick<T>(random: SeededRandom, items: readonly T[]): T {
  const item = items[random.below(items.length)]
  if (item === undefined) throw new RangeError('nothing to pick from')
  return item
}

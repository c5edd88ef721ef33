import { v4 as uuid } from 'uuid'
import { bindingOf } from '../../src/core/binding.js'
import { systemClock } from '../../src/core/clock.js'
import type { Lifetime } from '../../src/core/lifetime.js'
import type { Session, SessionKey, SessionRef } from '../../src/core/session.js'
import type { Keyring } from '../../src/crypto/keyring.js'
import { systemRandom } from '../../src/crypto/system-random.js'

/**
 * Sessions of two kinds in turn: of NeoFS, with an owner and a key, by epochs; and of Atomix, by a timeout that nobody outlives.
 * Two fifths of the first kind, a fifth of all, share their deadline.
 */

/** The last epoch of those that share it; the others live on for ever. */
export const SHARED_EXPIRATION = 20n
export const NEVER = 1_000_000n
const PARTITIONS = 3
const TIMEOUT_ns = 3_600_000_000_000n
/** Far behind every number that a store gives by itself. */
const FIRST_MORE = 1_000_000_000
/** A hundred sessions for each owner of a million sessions. */
const OWNERS = 5_000

const owners = Array.from({ length: OWNERS }, () => systemRandom.bytes(25))

/** The `index`th session of a store. */
export function sessionAt(index: number, keyring: Keyring): Session {
  const n = Math.floor(index / 2)
  if (index % 2 === 1) return timeoutSession(n)
  return epochSession(n, n % 5 < 2 ? SHARED_EXPIRATION : NEVER, keyring)
}

/** One more, which ends with no other; `index` counts those of a run. */
export function oneMoreSession(index: number, keyring: Keyring): Session {
  return index % 2 === 1 ? timeoutSession(FIRST_MORE + index) : epochSession(index, NEVER, keyring)
}

export function ownerAt(n: number): Uint8Array {
  return owners[n % OWNERS] ?? new Uint8Array(0)
}

export function sharedDeadlines(sessions: number): number {
  return Math.floor(sessions / 5)
}

/** Those with a timeout are numbered: the name of the `n`th of them. */
export function numberAt(n: number): SessionRef & { readonly by: 'number' } {
  return { by: 'number', partition: 1 + (n % PARTITIONS), number: BigInt(1 + Math.floor(n / PARTITIONS)) }
}

function epochSession(n: number, expiration: bigint, keyring: Keyring): Session {
  const id = uuid()
  const owner = ownerAt(n)
  const lifetime: Lifetime = { kind: 'epochs', notBefore: 1n, issuedAt: 1n, expiration, edge: 'inclusive' }
  return {
    ...{ id, owner, lifetime, partition: 0, number: undefined, scope: {} },
    key: sealedKey(keyring, bindingOf({ id, owner, lifetime })),
    origin: { generation: 'v2', dialect: 'v2', clientVersion: '2.21' },
    createdAt_ms: systemClock.wallTime(),
  }
}

function timeoutSession(n: number): Session {
  const { partition, number } = numberAt(n)
  return {
    ...{ id: uuid(), owner: undefined, key: undefined, partition, number, scope: {} },
    lifetime: {
      kind: 'timeout',
      timeout_ns: TIMEOUT_ns,
      renewedAt: systemClock.now(),
      edge: 'inclusive',
      expiry: 'eager',
    },
    origin: { generation: 'atomix', dialect: 'atomix', clientVersion: '' },
    createdAt_ms: systemClock.wallTime(),
  }
}

/** Of the size of a genuine one, but no point of the curve: to make one costs more than to store it. */
function sealedKey(keyring: Keyring, binding: Uint8Array): SessionKey {
  const sealed = keyring.seal(systemRandom.bytes(32), binding)
  return { publicKey: systemRandom.bytes(33), account: systemRandom.bytes(25), sealed }
}

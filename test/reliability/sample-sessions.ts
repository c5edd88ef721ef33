import { bindingOf } from '../../src/core/binding.js'
import type { KeyPairs } from '../../src/core/keys.js'
import type { Lifetime } from '../../src/core/lifetime.js'
import type { Scope, Session } from '../../src/core/session.js'
import type { SessionStore } from '../../src/core/store.js'
import { idText } from '../../src/stores/lmdb/keys.js'
import type { SeededRandom } from '../support/seeded-random.js'
import { pick } from './pick.js'

const OWNERS = 7
const PARTITIONS = 3
/** Long enough that no session of a run ends by itself. */
const TIMEOUT_NS = 3_600_000_000_000n
const LAST_EPOCH = 1_000_000

/** Sessions of every kind that a store may hold, with keys that open and scopes of up to some pages. */
export async function sampleSession(random: SeededRandom, keys: KeyPairs, store: SessionStore): Promise<Session> {
  const atomix = random.below(3) === 0
  const id = randomId(random)
  const owner = atomix || random.below(8) === 0 ? undefined : new Uint8Array(25).fill(1 + random.below(OWNERS))
  const lifetime = atomix ? timeout(random) : epochs(random)
  const partition = atomix ? 1 + random.below(PARTITIONS) : 0
  const hasKey = !atomix && random.below(4) > 0
  return {
    id,
    partition,
    number: atomix ? (await store.reserveNumbers(partition, 1)).first : undefined,
    owner,
    lifetime,
    key: hasKey ? await keys.take(bindingOf({ id, owner, lifetime })) : undefined,
    scope: atomix ? {} : scope(random),
    origin: atomix
      ? { generation: 'atomix', dialect: 'atomix', clientVersion: 'v0.2+' }
      : { generation: pick(random, ['v1', 'v2']), dialect: pick(random, ['C', 'E2', 'v2']), clientVersion: '2.21' },
    createdAt_ms: 1_600_000_000_000 + random.below(1_000_000),
  }
}

/** Puts so many sessions into a store and ends a third of them; some commits hold many of them, some one. */
export async function fillStore(
  store: SessionStore,
  { random, keys, sessions }: { random: SeededRandom; keys: KeyPairs; sessions: number },
): Promise<void> {
  const open: Session[] = []
  for (let done = 0; done < sessions; ) {
    const count = random.below(4) === 0 ? 1 : 1 + random.below(30)
    const some = []
    for (let n = 0; n < count; n++) some.push(await sampleSession(random, keys, store))
    await Promise.all(some.map((session) => store.insert(session)))
    open.push(...some)
    done += count
    await endSome(store, random, open, Math.floor(count / 3))
  }
}

async function endSome(store: SessionStore, random: SeededRandom, open: Session[], count: number): Promise<void> {
  const ends = Array.from({ length: count }, () => {
    const [session] = open.splice(random.below(open.length), 1)
    const reason = random.below(2) === 0 ? ('closed' as const) : ('expired' as const)
    return store.end(session?.id ?? '', { reason, endedBy: 'client', endedAt_ms: 1_700_000_000_000 })
  })
  await Promise.all(ends)
}

function timeout(random: SeededRandom): Lifetime {
  return {
    kind: 'timeout',
    timeout_ns: TIMEOUT_NS + BigInt(random.below(1_000_000)),
    renewedAt: 0n,
    edge: pick(random, ['inclusive', 'exclusive']),
    expiry: pick(random, ['eager', 'lazy']),
  }
}

function epochs(random: SeededRandom): Lifetime {
  const expiration = random.below(20) === 0 ? 2n ** 64n - 1n : BigInt(LAST_EPOCH + random.below(1000))
  return { kind: 'epochs', notBefore: 1n, issuedAt: 2n, expiration, edge: pick(random, ['inclusive', 'exclusive']) }
}

/** One in ten does not fit on a page. */
function scope(random: SeededRandom): Scope {
  if (random.below(3) > 0) return {}
  const objects = random.below(3) === 0 ? 40 + random.below(80) : 1 + random.below(3)
  const names = Array.from({ length: objects }, () => Buffer.from(random.bytes(32)).toString('base64'))
  return { verb: 'PUT', objects: names }
}

function randomId(random: SeededRandom): string {
  const bytes = random.bytes(16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return idText(bytes)
}

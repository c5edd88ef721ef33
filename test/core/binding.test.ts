import fc from 'fast-check'
import t from 'tap'
import { v4 as uuid } from 'uuid'
import { type Bound, bindingOf } from '../../src/core/binding.js'
import { hex } from '../../src/core/bytes.js'
import type { NewLifetime } from '../../src/core/new-session.js'

const UINT64_MAX = 2n ** 64n - 1n
const INT64_MAX = 2n ** 63n - 1n
const ID = '00112233-4455-4677-8899-aabbccddeeff'

/** Near the edges and near each other, so that two of them are often almost equal. */
const uint64 = fc.oneof(fc.bigInt(0n, 3n), fc.bigInt(UINT64_MAX - 3n, UINT64_MAX), fc.bigInt(0n, UINT64_MAX))
const int64 = fc.oneof(fc.bigInt(-3n, 3n), fc.bigInt(-INT64_MAX - 1n, INT64_MAX))
const edge = fc.constantFrom('inclusive' as const, 'exclusive' as const)
const lifetime: fc.Arbitrary<NewLifetime> = fc.oneof(
  fc.record({ kind: fc.constant('epochs' as const), notBefore: uint64, issuedAt: uint64, expiration: uint64, edge }),
  fc.record({
    kind: fc.constant('timeout' as const),
    timeout_ns: int64,
    edge,
    expiry: fc.constantFrom('eager' as const, 'lazy' as const),
  }),
)
const id = fc.oneof(
  fc.constant(ID),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => uuid({ random: bytes })),
)
const owner = fc.option(
  fc.oneof(fc.uint8Array({ maxLength: 3 }), fc.uint8Array({ minLength: 25, maxLength: 25 }), fc.uint8Array()),
  { nil: undefined },
)
const bound: fc.Arbitrary<Bound> = fc.record({ id, owner, lifetime })

/** Every field, so that two sessions have one text only if they are equal. */
function fieldsOf({ id, owner, lifetime }: Bound): string {
  const fields = Object.entries(lifetime).map(([name, value]) => `${name}=${value}`)
  return [id, `owner=${hex(owner ?? new Uint8Array(0))}`, ...fields.sort()].join()
}

t.test('two sessions have the same bytes only if they are bound alike', async () => {
  fc.assert(
    fc.property(bound, bound, (a, b) => (hex(bindingOf(a)) === hex(bindingOf(b))) === (fieldsOf(a) === fieldsOf(b))),
    { seed: 5, numRuns: 5_000 },
  )
})

t.test('whatever one field is changed to, the bytes change', async () => {
  fc.assert(
    fc.property(bound, bound, (one, other) => {
      const changed: Bound[] = [
        { ...one, id: other.id },
        { ...one, owner: other.owner },
        { ...one, lifetime: other.lifetime },
      ]
      // A lifetime of the same kind with a single other field.
      for (const [name, value] of Object.entries(other.lifetime)) {
        if (name in one.lifetime && name !== 'kind') {
          changed.push({ ...one, lifetime: { ...one.lifetime, [name]: value } })
        }
      }
      return changed.every(
        (each) => (hex(bindingOf(each)) === hex(bindingOf(one))) === (fieldsOf(each) === fieldsOf(one)),
      )
    }),
    { seed: 6, numRuns: 2_000 },
  )
})

t.test('beginning and renewal change nothing', async () => {
  fc.assert(
    fc.property(bound, fc.bigInt(), fc.bigInt(), (session, first, second) => {
      const { lifetime } = session
      if (lifetime.kind === 'epochs') return true
      const at = (renewedAt: bigint) => bindingOf({ ...session, lifetime: { ...lifetime, ...{ renewedAt } } })
      return new Set([bindingOf(session), at(first), at(second)].map(hex)).size === 1
    }),
    { seed: 7 },
  )
})

t.test('the bytes are what sealed keys on disk were made with', async (t) => {
  const head = `01${ID.replaceAll('-', '')}`
  const table: readonly (readonly [Omit<Bound, 'id'>, string])[] = [
    [
      { lifetime: { kind: 'epochs', notBefore: 1n, issuedAt: 2n, expiration: UINT64_MAX, edge: 'inclusive' } },
      '000100000000000000010000000000000002ffffffffffffffff',
    ],
    [
      {
        owner: Uint8Array.of(0x35, 0xab),
        lifetime: { kind: 'epochs', notBefore: 0n, issuedAt: 0n, expiration: 3n, edge: 'exclusive' },
      },
      `0000${'00'.repeat(23)}0335ab`,
    ],
    [
      {
        owner: new Uint8Array(0),
        lifetime: { kind: 'timeout', timeout_ns: -1n, edge: 'inclusive', expiry: 'eager' },
      },
      '010100ffffffffffffffff',
    ],
    [
      { lifetime: { kind: 'timeout', timeout_ns: 30_000_000_000n, edge: 'exclusive', expiry: 'lazy' } },
      '01000100000006fc23ac00',
    ],
  ]
  for (const [session, tail] of table) t.equal(hex(bindingOf({ id: ID, ...session })), head + tail)
})

t.test('an owner of no bytes is no owner, as on disk', async (t) => {
  const lifetime: NewLifetime = { kind: 'timeout', timeout_ns: 0n, edge: 'exclusive', expiry: 'eager' }
  t.same(bindingOf({ id: ID, lifetime, owner: new Uint8Array(0) }), bindingOf({ id: ID, lifetime }))
})

t.test('the letters of an id may be of either case: it is the same id', async (t) => {
  const lifetime: NewLifetime = { kind: 'epochs', notBefore: 0n, issuedAt: 0n, expiration: 0n, edge: 'exclusive' }
  t.same(bindingOf({ id: ID.toUpperCase(), lifetime }), bindingOf({ id: ID, lifetime }))
})

t.test('what has no bytes of its own is refused', async (t) => {
  const epochs = { kind: 'epochs', notBefore: 0n, issuedAt: 0n, expiration: 0n, edge: 'exclusive' } as const
  const timeout = { kind: 'timeout', timeout_ns: 0n, edge: 'exclusive', expiry: 'eager' } as const
  for (const id of ['', 'x', `${ID}0`, ID.slice(1)]) t.throws(() => bindingOf({ id, lifetime: epochs }), TypeError)
  const lifetimes: NewLifetime[] = [
    { ...epochs, expiration: UINT64_MAX + 1n },
    { ...epochs, notBefore: -1n },
    { ...epochs, issuedAt: 2n ** 65n },
    { ...timeout, timeout_ns: INT64_MAX + 1n },
    { ...timeout, timeout_ns: -INT64_MAX - 2n },
  ]
  for (const lifetime of lifetimes) t.throws(() => bindingOf({ id: ID, lifetime }), RangeError)
})

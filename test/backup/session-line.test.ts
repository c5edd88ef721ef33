import fc from 'fast-check'
import t from 'tap'
import { LineError } from '../../src/backup/line-error.js'
import { parseLine } from '../../src/backup/parse-line.js'
import type { SessionLine } from '../../src/backup/schema.js'
import { fromLine, toLine } from '../../src/backup/session-line.js'
import type { Lifetime } from '../../src/core/lifetime.js'
import type { Session, Tombstone } from '../../src/core/session.js'
import { accountOf } from '../../src/crypto/owner-id.js'
import { generateKeyPair } from '../../src/crypto/private-key.js'

const NOW = { instant: 1_000_000_000_000n, wall_ms: Date.UTC(2026, 0, 31, 12) }
const publicKeys = Array.from({ length: 5 }, () => generateKeyPair().publicKey)

/** An object as everybody makes them. */
function plain<T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(model, { noNullPrototype: true })
}

const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const edge = fc.constantFrom('inclusive' as const, 'exclusive' as const)
const time_ms = fc.integer({ min: 0, max: Date.UTC(2100, 0) })
const lifetimes: fc.Arbitrary<Lifetime> = fc.oneof(
  plain({ kind: fc.constant('epochs' as const), edge, notBefore: uint64, issuedAt: uint64, expiration: uint64 }),
  plain({
    kind: fc.constant('timeout' as const),
    edge,
    timeout_ns: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    renewedAt: fc.constant(NOW.instant),
    expiry: fc.constantFrom('eager' as const, 'lazy' as const),
  }),
)
const bytes25 = fc.uint8Array({ minLength: 25, maxLength: 25 })
const sessions: fc.Arbitrary<Session> = plain({
  id: fc.uuid(),
  partition: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  number: fc.option(uint64, { nil: undefined }),
  owner: fc.option(bytes25, { nil: undefined }),
  lifetime: lifetimes,
  key: fc.option(
    fc.constantFrom(...publicKeys).map((publicKey) => ({
      publicKey,
      account: accountOf(publicKey),
      sealed: new Uint8Array(0),
    })),
    { nil: undefined },
  ),
  scope: fc.dictionary(
    fc.string({ unit: 'grapheme' }).filter((name) => name !== '__proto__'),
    fc.oneof(fc.string({ unit: 'grapheme' }), fc.array(fc.string())),
    { noNullPrototype: true },
  ),
  origin: plain({ generation: fc.string(), dialect: fc.string(), clientVersion: fc.string({ unit: 'grapheme' }) }),
  createdAt_ms: time_ms,
})
const ends: fc.Arbitrary<Omit<Tombstone, 'session'> | undefined> = fc.option(
  plain({
    reason: fc.constantFrom('closed' as const, 'expired' as const),
    endedBy: fc.string(),
    endedAt_ms: time_ms,
  }),
  { nil: undefined },
)

function withoutRenewal(session: Session): Session {
  const { lifetime } = session
  return lifetime.kind === 'timeout' ? { ...session, lifetime: { ...lifetime, renewedAt: 0n } } : session
}

t.test('whatever a session is, it comes back the same', async (t) => {
  fc.assert(
    fc.property(sessions, ends, fc.boolean(), (session, end, inUse) => {
      const kept = { session, ...(end && { end }), renewedAt: end === undefined ? NOW.instant : undefined }
      const line = toLine(kept, { sealedKey: 'ff' }, NOW, inUse)
      const read = parseLine(Buffer.from(JSON.stringify(line)), 1)
      if (read.kind !== 'session') return false
      const back = fromLine(read, 1, NOW)
      t.strictSame({ session: withoutRenewal(back.session), end: back.end }, { session: withoutRenewal(session), end })
      const { lifetime } = back.session
      return lifetime.kind === 'epochs' || end !== undefined || lifetime.renewedAt === NOW.instant
    }),
    { numRuns: 500 },
  )
})

const second = 1_000_000_000n
const timed: Session = {
  id: '00000000-0000-4000-8000-000000000001',
  partition: 1,
  number: 1n,
  owner: undefined,
  lifetime: { kind: 'timeout', timeout_ns: 30n * second, renewedAt: 0n, edge: 'inclusive', expiry: 'eager' },
  key: undefined,
  scope: {},
  origin: { generation: 'atomix', dialect: 'atomix', clientVersion: '' },
  createdAt_ms: NOW.wall_ms - 60_000,
}

t.test('when it was renewed, where that can be known', async (t) => {
  const ended = { reason: 'closed' as const, endedBy: 'client', endedAt_ms: NOW.wall_ms - 10_000 }
  const at = (ago_ms: number): string => new Date(NOW.wall_ms - ago_ms).toISOString()
  const ago = (seconds: bigint): bigint => NOW.instant - seconds * second
  type Row = readonly [what: string, renewedAt: bigint | undefined, inUse: boolean, isEnded: boolean, lifetime: object]
  const table: readonly Row[] = [
    ['in use', ago(20n), true, false, { renewedAt: at(20_000), remaining_ms: '10000' }],
    ['over, and not swept yet', ago(40n), true, false, { renewedAt: at(40_000), remaining_ms: '-10000' }],
    ['not in use', ago(20n), false, false, { renewedAt: at(20_000), remaining_ms: undefined }],
    ['not known', undefined, false, false, { renewedAt: undefined, remaining_ms: undefined }],
    ['before it was opened, by its clock', ago(70n), false, false, { renewedAt: at(60_000) }],
    ['ended', ago(20n), true, true, { renewedAt: at(20_000), remaining_ms: undefined }],
    ['of an earlier boot: behind its end', ago(5n), true, true, { renewedAt: undefined }],
  ]
  for (const [what, renewedAt, inUse, isEnded, wanted] of table) {
    const { lifetime } = toLine({ session: timed, ...(isEnded && { end: ended }), renewedAt }, {}, NOW, inUse)
    t.match(JSON.parse(JSON.stringify(lifetime)), JSON.parse(JSON.stringify(wanted)), what)
    for (const [name, value] of Object.entries(wanted)) if (value === undefined) t.notOk(name in lifetime, what)
  }
})

t.test('what no schema can say', async (t) => {
  const line = toLine({ session: timed, renewedAt: undefined }, {}, NOW, false)
  const account = '35'.repeat(25)
  const publicKey = Buffer.from(publicKeys[0] ?? []).toString('hex')
  const big = '18446744073709551616'
  const epochs = { kind: 'epochs', edge: 'inclusive', notBefore: '1', issuedAt: '1', expiration: '1' } as const
  const timeout = { kind: 'timeout', edge: 'inclusive', timeout_ns: '1', expiry: 'eager' } as const
  const table: readonly (readonly [changes: Partial<SessionLine>, message: RegExp])[] = [
    [{ number: big }, /number: got '18446744073709551616', takes a text with a number from 0 to 18446744073709551615/],
    [{ lifetime: { ...epochs, issuedAt: big } }, /lifetime\.issuedAt: got/],
    [
      { lifetime: { ...timeout, timeout_ns: '9223372036854775808' } },
      /lifetime\.timeout_ns: got .* to 9223372036854775807/,
    ],
    [{ lifetime: { ...timeout, timeout_ns: '-9223372036854775809' } }, /lifetime\.timeout_ns: got/],
    [{ createdAt: '2026-02-31T00:00:00.000Z' }, /createdAt: got .*; there is no such time/],
    [{ createdAt: '2026-01-31T25:00:00.000Z' }, /createdAt: got .*; there is no such time/],
    [{ end: { reason: 'closed', by: '', at: '2026-13-01T00:00:00.000Z' } }, /end\.at: got/],
    [{ lifetime: { ...timeout, renewedAt: '2026-13-01T00:00:00.000Z' } }, /lifetime\.renewedAt: got/],
    [{ account }, /account: it belongs to a key, and publicKey is missing/],
    [{ publicKey }, /account: got nothing; that of the publicKey is '[0-9a-f]{50}'/],
    [{ publicKey, account }, /account: got '3535.*; that of the publicKey is/],
  ]
  for (const [changes, message] of table) {
    const changed: SessionLine = Object.assign({ ...line }, changes)
    t.throws(() => fromLine(changed, 9, NOW), { name: 'LineError', line: 9, message })
  }
  t.ok(new LineError(3, 'x') instanceof Error)
})

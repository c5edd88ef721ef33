import t, { type Test } from 'tap'
import { SHARED_PATH } from '../../src/adapters/shared-path.js'
import { AtomixClient } from '../clients/atomix.js'
import { answerOf, connected } from '../clients/in-core.js'
import { type ClientKey, freshKey } from '../clients/keys.js'
import { type Fields, sub } from '../clients/protos.js'
import { UnaryClient, type UnaryVariant } from '../clients/v1.js'
import { LEGACY_DIALECTS, LegacyClient } from '../clients/v1-legacy.js'
import { V2Client, type V2Wish } from '../clients/v2.js'
import { eventually } from '../support/eventually.js'
import { type GatewayUnderTest, startUnderTest, type UnderTestOptions } from '../support/gateway-under-test.js'
import type { GrpcClient } from '../support/grpc-client.js'
import { type H2Call, H2Client } from '../support/h2-client.js'
import { SeededRandom } from '../support/seeded-random.js'

/** Limits as clients of every generation meet them: told in their own protocol, counted, and nothing half-made stays. */

const random = new SeededRandom(55)
const key = freshKey(random)

/** Opens a session with that key: `opened`, or how it was refused. */
type Open = (grpc: GrpcClient, key: ClientKey) => Promise<string>

interface Client {
  readonly name: string
  readonly open: Open
  /** What it is told when a limit is hit. */
  readonly refused: string
}

const minor = (number: number) => ({ major: 2, minor: number })

function v2Client(name: string, wish: Pick<V2Wish, 'dialect' | 'version'>, refused: string): Client {
  const open: Open = async (grpc, key) => answerOf(await new V2Client({ ...wish, key, expiration: 100n }).open(grpc))
  return { name, open, refused }
}

const VARIANTS: readonly UnaryVariant[] = ['C v1.2.0', 'Cx', 'D2', 'D-PR39', 'E1', 'E2', 'P2', 'P3']

const WITH_OWNERS: readonly Client[] = [
  ...LEGACY_DIALECTS.map((dialect): Client => {
    const open: Open = async (grpc, key) => answerOf(await new LegacyClient({ dialect, key }).open(grpc))
    return { name: dialect, open, refused: 'gRPC 8' }
  }),
  ...VARIANTS.map((variant): Client => {
    const open: Open = async (grpc, key) => answerOf(await new UnaryClient({ variant, key }).open(grpc))
    return { name: variant, open, refused: 'gRPC 8' }
  }),
  v2Client('F0', { dialect: 'F0', version: undefined }, 'gRPC 2'),
  v2Client('v2 2.10', { dialect: 'v2', version: minor(10) }, 'gRPC 2'),
  v2Client('v2 2.11', { dialect: 'v2', version: minor(11) }, 'status 1029'),
  v2Client('v2 2.25', { dialect: 'v2', version: minor(25) }, 'status 1029'),
]

const ATOMIX: Client = {
  name: 'Atomix',
  async open(grpc) {
    const verdict = await new AtomixClient({ version: 'v0.4.1', partition: 1 }).open(grpc)
    return verdict.kind === 'ok' ? 'opened' : verdict.kind
  },
  refused: 'error',
}

const OWNERS_CHECKED = ['v1Legacy', 'v1', 'v2'].map((name) => `adapters.${name}.ownerCheck=on`)

async function started(t: Test, options: UnderTestOptions): Promise<{ gateway: GatewayUnderTest; grpc: GrpcClient }> {
  const gateway = await startUnderTest(t, { epoch: 10n, ...options })
  return { gateway, grpc: connected(t, gateway.address) }
}

t.test('a limit of what may be opened, in every generation', async (t) => {
  const limits: readonly (readonly [limit: string, clients: readonly Client[], settings?: readonly string[]])[] = [
    ['limits.createsPerAddress', [...WITH_OWNERS, ATOMIX]],
    ['limits.createsPerOwner', WITH_OWNERS],
    ['limits.sessionsPerOwner', WITH_OWNERS],
    ['limits.sessionsPerGeneration', [...WITH_OWNERS, ATOMIX]],
    ['limits.sessions', [...WITH_OWNERS, ATOMIX], ['limits.sessionsPerGeneration=1']],
  ]
  for (const [limit, clients, settings = []] of limits) {
    for (const { name, open, refused } of clients) {
      const { gateway, grpc } = await started(t, { set: [...settings, `${limit}=1`] })
      t.equal(await open(grpc, key), 'opened', `${limit}: ${name}`)
      t.equal(await open(grpc, key), refused, `${limit}: ${name}`)
      t.same(gateway.observed.limits, [limit], `${limit}: ${name}`)
      t.equal(gateway.observed.operations.at(-1)?.outcome, 'limit')
      t.same(gateway.counts(), { open: 1, pending: 0 })
      t.same(gateway.faults, [])
      await gateway.close()
    }
  }
})

t.test('a second later there is room again, and others were never shut out', async (t) => {
  const { gateway, grpc } = await started(t, { set: ['limits.createsPerOwner=1'] })
  for (const { name, open, refused } of WITH_OWNERS) {
    gateway.clock.advance(1_000)
    t.equal(await open(grpc, key), 'opened', name)
    t.equal(await open(grpc, key), refused, name)
    t.equal(await open(grpc, freshKey(random)), 'opened', `${name}: another owner`)
  }
  t.equal(await ATOMIX.open(grpc, key), 'opened', 'who has no owner')
})

t.test('the oldest session of an owner makes room, in every generation that has owners', async (t) => {
  const set = ['limits.onOwnerLimit=evictOldest', 'limits.sessionsPerOwner=2']
  for (const { name, open } of WITH_OWNERS) {
    const { gateway, grpc } = await started(t, { set: [...OWNERS_CHECKED, ...set] })
    const stranger = freshKey(random)
    t.equal(await open(grpc, stranger), 'opened', name)
    for (let n = 0; n < 4; n += 1) t.equal(await open(grpc, key), 'opened', name)
    t.same(gateway.counts(), { open: 3, pending: 0 }, name)
    t.same(gateway.observed.limits, Array(2).fill('limits.sessionsPerOwner'), name)
    const { items } = await gateway.sessions.list({}, 10)
    t.same(
      items.map(({ end }) => end?.endedBy),
      [undefined, 'limit', 'limit', undefined, undefined],
      name,
    )
    await gateway.close()
  }
})

t.test('who begins a handshake for an owner ends nothing of it', async (t) => {
  const set = ['limits.onOwnerLimit=evictOldest', 'limits.sessionsPerOwner=1']
  const { gateway, grpc } = await started(t, { strict: true, set })
  const thief = freshKey(random)
  for (const dialect of LEGACY_DIALECTS) {
    const owner = new LegacyClient({ dialect, key })
    t.equal(answerOf(await owner.open(grpc)), 'opened', dialect)
    for (let n = 0; n < 3; n += 1) {
      const named = dialect === 'A2' || dialect === 'A3' ? { publicKeys: [key.publicKey] } : {}
      const theft = new LegacyClient({ dialect, key: thief, owner: owner.owner, ...named })
      t.match(answerOf(await theft.open(grpc)), /^gRPC (7|16)$/, dialect)
    }
    const { items } = await gateway.sessions.list({ state: 'open' }, 10)
    t.equal(items.length, 1, dialect)
    t.equal(items[0]?.session.origin.dialect, dialect)
  }
})

t.test('handshakes under way on one connection', async (t) => {
  const { gateway } = await started(t, { set: ['limits.handshakesPerConnection=2'] })
  const init = new LegacyClient({ dialect: 'A2', key }).init()
  const one = await H2Client.connect(gateway.address)
  const other = await H2Client.connect(gateway.address)
  const begun: H2Call[] = []
  for (const client of [one, other]) {
    for (let n = 0; n < 2; n += 1) {
      const call = client.open(SHARED_PATH).message(init)
      t.equal((await call.received(1)).length, 1)
      begun.push(call)
    }
    t.equal((await client.open(SHARED_PATH).message(init).reply).status, 8, 'one more')
  }
  t.same(gateway.observed.limits, Array(2).fill('limits.handshakesPerConnection'))
  t.same(gateway.counts(), { open: 0, pending: 4 })
  begun[0]?.reset()
  t.ok(await eventually(() => gateway.counts().pending === 3))
  t.equal((await one.open(SHARED_PATH).message(init).received(1)).length, 1, 'there is room again')
  await other.close()
  t.ok(await eventually(() => gateway.counts().pending === 2), 'a connection that ends gives up its own')
  await one.close()
  t.ok(await eventually(() => gateway.counts().pending === 0))
})

// ---- tokens -----------------------------------------------------------------------------------------------------------

const id = (n: number): Uint8Array => new Uint8Array(16).fill(n)
const id32 = (n: number): Uint8Array => new Uint8Array(32).fill(n)
const many = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n))

const v2Tokens = {
  objects: (count: number): Fields => ({
    session_token: { body: { object: { target: { objects: many(count, (n) => ({ value: id32(n) })) } } } },
  }),
  contexts: (count: number): Fields => ({
    session_token_v2: { body: { contexts: many(count, (n) => ({ container: { value: id32(n) } })) } },
  }),
  'contexts of tokens behind it': (count: number): Fields => ({
    session_token_v2: {
      body: { contexts: many(count - 1, (n) => ({ container: { value: id32(n) } })) },
      origin: { body: { contexts: [{}] } },
    },
  }),
  keys: (count: number): Fields => ({
    bearer_token: {
      body: {
        eacl_table: {
          // In several records and targets.
          records: [
            { targets: [{ keys: [id(1)] }, { keys: many(count - 2, id) }] },
            { targets: [{ role: 1 }, { keys: [id(2)] }] },
          ],
        },
      },
    },
  }),
  subjects: (count: number): Fields => ({
    session_token_v2: { body: { subjects: many(count, () => ({ owner_id: { value: id(7) } })) } },
  }),
}

/** With the tokens in the header of a node on the way, and in the client's own. */
const inMeta =
  (tokens: Fields, hop: boolean) =>
  (request: Fields): Fields => {
    const meta = sub(request, 'meta_header') ?? {}
    return { ...request, meta_header: hop ? { ...meta, ...tokens } : { ...meta, origin: { ...meta, ...tokens } } }
  }

t.test('objects and keys in tokens: one too many is refused before any signature is checked', async (t) => {
  interface Row {
    readonly name: string
    readonly limit: 'limits.tokenObjects' | 'limits.tokenKeys'
    readonly refused: string
    readonly open: (grpc: GrpcClient, count: number) => Promise<string>
  }
  const legacy = LEGACY_DIALECTS.filter((dialect) => dialect !== 'B').flatMap((dialect): Row[] => {
    const objects: Row['open'] = async (grpc, count) =>
      answerOf(await new LegacyClient({ dialect, key, objects: many(count, id) }).open(grpc))
    const keys: Row['open'] = async (grpc, count) => {
      const publicKeys = [key.publicKey, ...many(count - 1, () => freshKey(random).publicKey)]
      return answerOf(await new LegacyClient({ dialect, key, publicKeys }).open(grpc))
    }
    const named = dialect === 'A2' || dialect === 'A3'
    return [
      { name: `${dialect} objects`, limit: 'limits.tokenObjects', refused: 'gRPC 8', open: objects },
      ...(named
        ? [{ name: `${dialect} keys`, limit: 'limits.tokenKeys', refused: 'gRPC 8', open: keys } as const]
        : []),
    ]
  })
  const e2 = (['E2', 'P2', 'P3'] as const).map((variant): Row => {
    const open: Row['open'] = async (grpc, count) => {
      const targets = [{ key_list: many(count - 1, id) }, { key_list: [id(9)] }]
      const tokens = { bearer: { token: { eacl_table: { records: [{ targets }] } } } }
      return answerOf(await new UnaryClient({ variant, key, signers: [], tampering: inMeta(tokens, true) }).open(grpc))
    }
    return { name: `${variant} keys`, limit: 'limits.tokenKeys', refused: 'gRPC 8', open }
  })
  const v2 = Object.entries(v2Tokens).flatMap(([what, tokens]) =>
    ([10, 21, 25] as const).flatMap((number) =>
      [true, false].map((hop): Row => {
        const open: Row['open'] = async (grpc, count) => {
          const tampering = inMeta(tokens(count), hop)
          const wish = { dialect: 'v2', version: minor(number), key, expiration: 100n, tampering } as const
          return answerOf(await new V2Client(wish).open(grpc))
        }
        return {
          name: `v2 2.${number} ${what}${hop ? '' : ' behind a hop'}`,
          limit: what.startsWith('objects') || what.startsWith('contexts') ? 'limits.tokenObjects' : 'limits.tokenKeys',
          refused: number === 10 ? 'gRPC 2' : 'status 1029',
          open,
        }
      }),
    ),
  )
  const set = ['limits.tokenObjects=5', 'limits.tokenKeys=5', 'adapters.v1Legacy.ownerCheck=off']
  const { gateway, grpc } = await started(t, { set })
  for (const { name, limit, refused, open } of [...legacy, ...e2, ...v2]) {
    gateway.observed.limits.length = 0
    await open(grpc, 5)
    t.same(gateway.observed.limits, [], `${name}: as many as there may be`)
    const before = gateway.verifications
    t.equal(await open(grpc, 6), refused, name)
    t.same(gateway.observed.limits, [limit], name)
    t.equal(gateway.verifications, before, `${name}: no signature was looked at`)
    t.equal(gateway.counts().pending, 0, name)
  }
  t.same(gateway.faults, [])
})

// ---- signatures -------------------------------------------------------------------------------------------------------

t.test('a chain that is too long is refused before any signature is checked', async (t) => {
  const { gateway, grpc } = await started(t, { strict: true, set: ['limits.originChain=3', 'limits.signatureChain=3'] })
  const keys = many(40, () => freshKey(random))
  const rows: readonly (readonly [name: string, open: (length: number) => Promise<string>, refused: string])[] = [
    ...(['C v1.0.0', 'C v1.3.0', 'Cx', 'D0', 'D2', 'E1', 'E2', 'P2'] as const).map((variant) => {
      const open = async (length: number) =>
        answerOf(await new UnaryClient({ variant, key, signers: [key, ...keys.slice(0, length - 1)] }).open(grpc))
      return [variant, open, 'gRPC 8'] as const
    }),
    ...([undefined, 10, 21, 24] as const).map((number) => {
      const open = async (length: number) => {
        const version = number === undefined ? undefined : minor(number)
        const route = keys.slice(0, length - 1).map((key) => ({ key }))
        const wish = { dialect: 'v2', version, key, expiration: 100n, route } as const
        return answerOf(await new V2Client(wish).open(grpc))
      }
      return [`v2 2.${number}`, open, (number ?? 0) < 11 ? 'gRPC 2' : 'status 1026'] as const
    }),
    ...LEGACY_DIALECTS.filter((dialect) => dialect !== 'A0').map((dialect) => {
      const open = async (length: number) =>
        answerOf(await new LegacyClient({ dialect, key, signers: [key, ...keys.slice(0, length - 1)] }).open(grpc))
      return [dialect, open, 'gRPC 8'] as const
    }),
  ]
  for (const [name, open, refused] of rows) {
    for (const length of [4, 40]) {
      gateway.observed.limits.length = 0
      const before = gateway.verifications
      t.equal(await open(length), refused, `${name}: ${length}`)
      t.equal(gateway.verifications, before, `${name}: ${length}: no signature was looked at`)
      t.match(gateway.observed.limits, [/^limits\.(originChain|signatureChain)$/], name)
    }
    // E1 cannot carry what strict asks of E2, which nothing tells it from.
    if (name !== 'E1') t.equal(await open(3), 'opened', name)
  }
  t.same(gateway.faults, [])
})

t.test('from 2.25 on what is below the top is not looked at, however deep it is', async (t) => {
  const { gateway, grpc } = await started(t, { strict: true, set: ['adapters.v2.ownerCheck=off'] })
  for (const hops of [0, 1, 30]) {
    const before = gateway.verifications
    let [meta, verify]: Fields[] = [{}, {}]
    for (let n = 0; n < hops; n += 1) [meta, verify] = [{ origin: meta }, { origin: verify }]
    const deep = hops === 0 ? {} : { meta, verify }
    const client = new V2Client({ dialect: 'v2', version: minor(25), key, expiration: 100n, ...tamperedBelow(deep) })
    t.match(await answerOf(await client.open(grpc)), /^(opened|status 1026)$/)
    t.ok(gateway.verifications - before <= 6, `${gateway.verifications - before} looked at, ${hops} hops below`)
  }
  t.same(gateway.faults, [])
})

function tamperedBelow({
  meta,
  verify,
}: {
  meta?: Fields | undefined
  verify?: Fields | undefined
}): Pick<V2Wish, 'tampering'> {
  if (meta === undefined || verify === undefined) return {}
  return {
    tampering: (request) => ({
      ...request,
      meta_header: { ...sub(request, 'meta_header'), origin: meta },
      verify_header: { ...sub(request, 'verify_header'), origin: verify },
    }),
  }
}

t.test('the most signatures that one request can have looked at', async (t) => {
  // Every one of them valid, so that none ends the work before the last; what is signed has several forms.
  const chain = 8
  const keys = many(chain, () => freshKey(random))
  const route = keys.slice(1).map((key) => ({ key }))
  const first = keys[0] ?? key
  const rows: readonly (readonly [name: string, open: (grpc: GrpcClient) => Promise<unknown>, most: number])[] = [
    // Two forms of a token and two rules for chains: four readings of the list.
    [
      'C',
      (grpc) => new UnaryClient({ variant: 'C v1.0.0', key: first, signers: keys, token: 'plain' }).open(grpc),
      4 * chain,
    ],
    ['D', (grpc) => new UnaryClient({ variant: 'D2', key: first, signers: keys }).open(grpc), 4 * chain],
    // Body, and per hop meta and origin; each over bytes as received, stable, and without field 9.
    ['E2', (grpc) => new UnaryClient({ variant: 'E2', key: first, signers: keys }).open(grpc), 3 * (2 * chain + 1)],
    [
      'v2',
      (grpc) =>
        new V2Client({
          dialect: 'v2',
          version: minor(24),
          key: first,
          expiration: 100n,
          route,
          tokenV2: 'rc.17',
        }).open(grpc),
      3 * (2 * chain + 1),
    ],
    // The list twice, and of a token two signatures, in one layout and by one key.
    ['A2', (grpc) => new LegacyClient({ dialect: 'A2', key: first, signers: keys }).open(grpc), 2 * chain + 2],
    ['B', (grpc) => new LegacyClient({ dialect: 'B', key: first, signers: keys }).open(grpc), 2 * chain + 2],
  ]
  for (const [name, open, most] of rows) {
    const { gateway, grpc } = await started(t, { strict: true })
    await open(grpc)
    t.same(gateway.counts(), { open: 1, pending: 0 }, `${name}: taken`)
    t.ok(gateway.verifications >= chain, `${name}: ${gateway.verifications} looked at`)
    t.ok(gateway.verifications <= most, `${name}: ${gateway.verifications} looked at, ${most} at most`)
    await gateway.close()
  }
})

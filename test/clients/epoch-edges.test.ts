import t from 'tap'
import { stringify as uuidText } from 'uuid'
import { UINT64_MAX } from '../../src/core/integers.js'
import type { SessionRef } from '../../src/core/session.js'
import { BEARER } from '../support/admin-token.js'
import { outcomeOf } from '../support/core.js'
import { testGateway } from '../support/gateway.js'
import { type GatewayUnderTest, startUnderTest } from '../support/gateway-under-test.js'
import type { GrpcClient } from '../support/grpc-client.js'
import { ManualClock } from '../support/manual-clock.js'
import { SeededRandom } from '../support/seeded-random.js'
import { AtomixClient } from './atomix.js'
import { answerOf, connected } from './in-core.js'
import { freshKey } from './keys.js'
import { check, type Outcome, PATIENCE_MS } from './outcome.js'
import { message, sub, uint64 } from './protos.js'
import { UNARY_VARIANTS, UnaryClient } from './v1.js'
import { LEGACY_DIALECTS, LegacyClient } from './v1-legacy.js'
import { V2Client, type V2Wish } from './v2.js'
import { ask } from './v2-companions.js'

/** Every edge of a lifetime, through the real adapters: what a client is told just before it, at it and just after. */

const random = new SeededRandom(21)

type Opener = (grpc: GrpcClient, expiration: bigint) => Promise<Outcome>
type ThreeAnswers = readonly [before: string, at: string, after: string]

interface Row {
  readonly name: string
  readonly openers: readonly Opener[]
  /** What is said to a client that opens a session until `expiration` when that epoch is next, now, or over. */
  readonly told: ThreeAnswers
  /** What a session that was opened then is good for at that moment; '' where none is opened. */
  readonly use: ThreeAnswers
}

const legacy: Opener[] = LEGACY_DIALECTS.map(
  (dialect) => (grpc, lastEpoch) => new LegacyClient({ dialect, key: freshKey(random), lastEpoch }).open(grpc),
)

function unary(isOf: (variant: string) => boolean): Opener[] {
  return UNARY_VARIANTS.filter(isOf).map(
    (variant) => (grpc, validUntil) => new UnaryClient({ variant, key: freshKey(random), validUntil }).open(grpc),
  )
}

const V2_KINDS: readonly Pick<V2Wish, 'dialect' | 'version'>[] = [
  { dialect: 'F0', version: undefined },
  { dialect: 'v2', version: undefined },
  ...[0, 10, 11, 21, 22, 25].map((minor) => ({ dialect: 'v2' as const, version: { major: 2, minor } })),
]
const v2: Opener[] = V2_KINDS.map(
  (kind) => (grpc, expiration) => new V2Client({ ...kind, key: freshKey(random), expiration }).open(grpc),
)

const isC = (variant: string) => variant.startsWith('C')
const COMMON: readonly Row[] = [
  { name: 'A, B', openers: legacy, told: ['opened', 'opened', 'gRPC 3'], use: ['ok', 'ok', ''] },
  { name: 'C', openers: unary(isC), told: ['opened', 'opened', 'gRPC 2'], use: ['ok', 'ok', ''] },
  {
    name: 'D, E',
    openers: unary((variant) => !isC(variant)),
    told: ['opened', 'opened', 'gRPC 3'],
    use: ['ok', 'ok', ''],
  },
]
const told: ThreeAnswers = ['opened', 'opened', 'opened']
const ROWS: Readonly<Record<'node' | 'spec', readonly Row[]>> = {
  node: [...COMMON, { name: 'v2, exclusive', openers: v2, told, use: ['ok', 'expired', 'expired'] }],
  spec: [...COMMON, { name: 'v2, inclusive', openers: v2, told, use: ['ok', 'ok', 'expired'] }],
}

function refOf(outcome: Outcome): SessionRef {
  if (outcome.kind === 'refused') throw new Error(`refused: ${outcome.message}`)
  return { by: 'id', id: uuidText(outcome.id) }
}

/** Signing is what a backend does with a session. */
function useOf(gateway: GatewayUnderTest, ref: SessionRef): Promise<string> {
  return outcomeOf(() => gateway.sessions.sign(ref, new Uint8Array(32), 0))
}

for (const expiryEdge of ['node', 'spec'] as const) {
  t.test(`opening and using at −1, 0 and +1 of the edge, expiryEdge ${expiryEdge}`, async (t) => {
    const gateway = await startUnderTest(t, { set: [`adapters.v2.expiryEdge=${expiryEdge}`] })
    const grpc = connected(t, gateway.address)
    for (const { name, openers, told, use } of ROWS[expiryEdge]) {
      for (const expiration of [1n, 10n, 2n ** 53n + 1n, UINT64_MAX - 1n, UINT64_MAX]) {
        for (const [index, offset] of [-1n, 0n, 1n].entries()) {
          const epoch = expiration + offset
          if (epoch > UINT64_MAX) continue
          gateway.epochs.set(epoch)
          for (const open of openers) {
            const outcome = await open(grpc, expiration)
            t.equal(answerOf(outcome), told[index], `${name}: until ${expiration}, opened at ${epoch}`)
            const used = outcome.kind === 'opened' ? await useOf(gateway, refOf(outcome)) : ''
            t.equal(used, use[index], `${name}: until ${expiration}, used at ${epoch}`)
          }
        }
      }
    }
    t.same(gateway.faults, [])
  })

  t.test(`ahead and back over the edge, expiryEdge ${expiryEdge}`, async (t) => {
    const gateway = await startUnderTest(t, { epoch: 3n, set: [`adapters.v2.expiryEdge=${expiryEdge}`] })
    const grpc = connected(t, gateway.address)
    for (const { name, openers, use } of ROWS[expiryEdge]) {
      gateway.epochs.set(3n)
      const refs = await Promise.all(openers.map(async (open) => refOf(await open(grpc, 10n))))
      const isNode = use[1] === 'expired'
      for (const [epoch, isOver] of [
        [9n, false],
        [9n, false],
        [2n, false],
        [9n, false],
        [10n, isNode],
        [9n, isNode],
        [10n, isNode],
        [5_000_000n, true],
        [10n, true],
        [9n, true],
        [0n, true],
      ] as const) {
        gateway.epochs.set(epoch)
        for (const ref of refs) {
          const used = await useOf(gateway, ref)
          t.equal(used, isOver ? 'expired' : 'ok', `${name}: epoch ${epoch}`)
        }
      }
      gateway.epochs.set(9n)
      const [open] = openers
      if (open !== undefined) t.equal(await useOf(gateway, refOf(await open(grpc, 10n))), 'ok', 'a new one lives')
    }
    t.same(gateway.faults, [])
  })
}

t.test('answers that tell the epoch tell the one of now, ahead and back', async (t) => {
  const gateway = await startUnderTest(t)
  const grpc = connected(t, gateway.address)
  const epochIn = async (path: string, request: Uint8Array, file: string, type: string) => {
    const { response, message: text } = await grpc.unary(path, request, { timeout_ms: PATIENCE_MS })
    check(response !== undefined, text)
    return uint64(sub(message(file, type).decode(response), 'meta_header'), 'epoch')
  }
  for (const epoch of [7n, 8n, 5_000_000n, 6n, UINT64_MAX, 0n, 7n]) {
    gateway.epochs.set(epoch)
    for (const variant of ['D-PR39', 'E1', 'E2', 'P2', 'P3'] as const) {
      const client = new UnaryClient({ variant, key: freshKey(random) })
      const file = variant === 'D-PR39' ? 'v1/d2.proto' : 'v1/e2.proto'
      const told = await epochIn(client.path, client.request(), file, 'session.CreateResponse')
      t.equal(told, epoch, `${variant} at ${epoch}`)
    }
    for (const version of [undefined, { major: 2, minor: 11 }, { major: 2, minor: 25 }]) {
      const client = new V2Client({ dialect: 'v2', version, key: freshKey(random), expiration: 100n })
      const path = '/neo.fs.v2.session.SessionService/Create'
      const told = await epochIn(path, client.request(), 'v2/session.proto', 'neo.fs.v2.session.CreateResponse')
      t.equal(told, epoch, `2.${version?.minor} at ${epoch}`)
    }
  }
})

t.test('and so do the companions, when the epoch is moved through the admin API', async (t) => {
  const { grpc: address, admin } = await testGateway(t, { epoch: 'manual:7' })
  const grpc = connected(t, address)
  const key = freshKey(random)
  for (const epoch of [8n, 5_000_000n, 5_000_000n, 6n, UINT64_MAX, 0n]) {
    const init = {
      method: 'PUT',
      body: `{"epoch":"${epoch}"}`,
      headers: { ...BEARER, 'content-type': 'application/json' },
    }
    t.equal((await fetch(`${admin}/api/v1/epoch`, init)).status, 200)
    const info = await ask(grpc, 'NetworkInfo', { minor: 21, key })
    t.equal(uint64(sub(info.body, 'network_info'), 'current_epoch'), epoch)
    t.equal(uint64(info.meta, 'epoch'), epoch, 'and in the header')
    const map = await ask(grpc, 'NetmapSnapshot', { minor: 25, key })
    t.equal(uint64(sub(map.body, 'netmap'), 'epoch'), epoch)
  }
})

t.test('a handshake counts from its Init: what is over by Signed is stored and expired', async (t) => {
  const gateway = await startUnderTest(t, { epoch: 10n })
  const grpc = connected(t, gateway.address)
  for (const dialect of LEGACY_DIALECTS) {
    gateway.epochs.set(10n)
    const client = new LegacyClient({ dialect, key: freshKey(random), lastEpoch: 10n })
    const call = grpc.stream('/session.Session/Create', { timeout_ms: PATIENCE_MS })
    call.send(client.init())
    const unsigned = client.unsigned((await call.next()) ?? new Uint8Array())
    gateway.epochs.set(11n)
    const signed = client.signedToken(unsigned)
    call.send(client.signed(signed))
    const opened = client.result((await call.next()) ?? new Uint8Array(), signed)
    t.equal((await call.status).code, 0, dialect)
    t.equal(await useOf(gateway, refOf(opened)), 'expired', dialect)
  }
})

const HOUR_MS = 3_600_000
/** What a session's own keep-alive is told when another session of its partition was kept alive first. */
const PROFILES: readonly (readonly [profile: string, after: object])[] = [
  ['safe', { kind: 'error', message: /^unknown session/ }],
  ['v0.1', { kind: 'retries', code: 2, message: /^unknown session/ }],
  ['v0.5', { kind: 'retries', code: 13, message: /^unknown session/ }],
]
for (const [profile, after] of PROFILES) {
  t.test(`Atomix at −1, 0 and +1 ns of the timeout, whatever the wall clock does, profile ${profile}`, async (t) => {
    const gateway = await startUnderTest(t, { set: [`adapters.atomix.profile=${profile}`] })
    const grpc = connected(t, gateway.address)
    for (const step_ms of [0, -HOUR_MS, HOUR_MS]) {
      for (const offset_ns of [-1n, 0n, 1n]) {
        const [one, other] = [1_000, 60_000].map(
          (timeout_ms) => new AtomixClient({ version: 'v0.4.1', partition: 1, timeout_ms }),
        )
        if (one === undefined || other === undefined) throw new Error('two clients')
        await one.open(grpc)
        await other.open(grpc)
        gateway.clock.setWallTime(gateway.clock.wallTime() + step_ms)
        gateway.clock.advanceNanoseconds(1_000_000_000n + offset_ns)
        t.same(await other.keepAlive(grpc), { kind: 'ok' })
        const name = `clock set by ${step_ms} ms, ${offset_ns} ns after the timeout`
        const verdict = await one.keepAlive(grpc)
        if (offset_ns > 0n) t.match(verdict, after, name)
        else t.same(verdict, { kind: 'ok' }, name)
        await Promise.all([one.close(grpc), other.close(grpc)])
      }
    }
    t.same(gateway.faults, [])
  })
}

t.test('a wall clock that is set takes the epochs of clock: along, and no timeout', async (t) => {
  const clock = new ManualClock()
  const { grpc: address, admin } = await testGateway(t, { epoch: 'clock:store,1h' }, { clock })
  const grpc = connected(t, address)
  const open = (validUntil: bigint) =>
    new UnaryClient({ variant: 'C v1.3.0', key: freshKey(random), validUntil }).open(grpc)
  const stateOf = async (name: string): Promise<unknown> =>
    Object(await (await fetch(`${admin}/api/v1/sessions/${name}`)).json()).state
  const idOf = (outcome: Outcome) => (outcome.kind === 'opened' ? uuidText(outcome.id) : '')
  const atomix = new AtomixClient({ version: 'v0.4.1', partition: 1, timeout_ms: 60_000 })
  t.same(await atomix.open(grpc), { kind: 'ok' })
  const toOne = idOf(await open(1n))
  const toTwo = idOf(await open(2n))
  const made_ms = clock.wallTime()
  const states = () => Promise.all([toOne, toTwo, `1:${atomix.sessionId}`].map(stateOf))

  clock.setWallTime(made_ms - HOUR_MS)
  t.same(await states(), ['open', 'open', 'open'], 'an hour back: epoch 0, nothing ends')
  clock.setWallTime(made_ms + HOUR_MS)
  t.same(await states(), ['expired', 'open', 'open'], 'an hour ahead: epoch 2')
  t.equal(answerOf(await open(1n)), 'gRPC 2')
  clock.setWallTime(made_ms)
  t.same(await states(), ['expired', 'open', 'open'], 'set right: what has ended stays ended')
  t.equal(answerOf(await open(1n)), 'opened', 'and clients of epoch 1 are served again')
  clock.advance(60_000)
  t.same(await atomix.keepAlive(grpc), { kind: 'ok' }, 'alive at exactly its timeout')
  clock.advanceNanoseconds(60_000_000_001n)
  t.match(await atomix.keepAlive(grpc), { kind: 'error' })
})

import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { eventually } from '../support/eventually.js'
import { type GatewayUnderTest, startUnderTest } from '../support/gateway-under-test.js'
import { frame, type H2Call, H2Client, type H2Reply } from '../support/h2-client.js'
import { SeededRandom } from '../support/seeded-random.js'
import { AtomixClient } from './atomix.js'
import { connected } from './in-core.js'
import { freshKey } from './keys.js'
import { opened } from './outcome.js'
import { UnaryClient } from './v1.js'
import { LegacyClient } from './v1-legacy.js'
import { V2Client } from './v2.js'

/** Abuse below the messages: frames, half-closes, resets, silence, on every path of the whole gateway. */

const P1 = '/session.Session/Create'
const BOUND_MS = 10_000
const HANDSHAKE_TIMEOUT_MS = 60_000

const key = freshKey(new SeededRandom(1))
const legacy = new LegacyClient({ dialect: 'A2', key })
const init = legacy.init()
const atomix = new AtomixClient({ version: 'v0.4.1', partition: 1 })

/** A good request of each path. */
const REQUESTS: readonly (readonly [path: string, request: Uint8Array])[] = [
  [P1, init],
  [P1, new UnaryClient({ variant: 'C v1.2.0', key }).request()],
  [P1, new UnaryClient({ variant: 'E2', key }).request()],
  ['/session.v2.Session/Create', new UnaryClient({ variant: 'P2', key }).request()],
  ['/neo.fs.v2.session.Session/Create', new UnaryClient({ variant: 'P3', key }).request()],
  [
    '/neo.fs.v2.session.SessionService/Create',
    new V2Client({ dialect: 'v2', version: { major: 2, minor: 21 }, key, expiration: 100n }).request(),
  ],
  ['/atomix.session.SessionService/OpenSession', atomix.request('OpenSession')],
  ['/atomix.session.SessionService/KeepAlive', atomix.request('KeepAlive')],
  ['/atomix.session.SessionService/CloseSession', atomix.request('CloseSession')],
]

interface Abuse {
  readonly name: string
  readonly act: (call: H2Call, request: Uint8Array) => unknown
  /** Whether the call may open a session: a whole message came. */
  readonly mayOpen: boolean
}

const half = (bytes: Uint8Array) => bytes.subarray(0, bytes.length >> 1)

const ABUSES: readonly Abuse[] = [
  { name: 'no message', act: (call) => call.halfClose(), mayOpen: false },
  { name: 'an empty message', act: (call) => call.message(new Uint8Array(0)).halfClose(), mayOpen: false },
  { name: 'a frame cut off', act: (call, request) => call.write(half(frame(request))).halfClose(), mayOpen: false },
  { name: 'a frame header cut off', act: (call) => call.write(Uint8Array.of(0, 0, 0)).halfClose(), mayOpen: false },
  {
    name: 'a length of 4 GiB',
    act: (call, request) => call.message(request, { length: 0xffffffff }).halfClose(),
    mayOpen: false,
  },
  {
    name: 'a length above the limit',
    act: (call, request) => call.message(request, { length: 4 * 1024 * 1024 + 1 }).halfClose(),
    mayOpen: false,
  },
  {
    // With the encoding `identity` grpc-js takes the flag for a slip and the message as it is.
    name: 'the flag of a compressed message, and none is',
    act: (call, request) => call.message(request, { compressed: true }).halfClose(),
    mayOpen: true,
  },
  {
    name: 'a frame flag that does not exist',
    act: (call, request) => call.write(Uint8Array.of(0xff)).write(frame(request)).halfClose(),
    mayOpen: false,
  },
  { name: 'two messages', act: (call, request) => call.message(request).message(request).halfClose(), mayOpen: true },
  {
    name: 'a message and half of one',
    act: (call, request) =>
      call
        .message(request)
        .write(half(frame(request)))
        .halfClose(),
    mayOpen: true,
  },
  {
    name: 'a message byte by byte',
    act: (call, request) => [...frame(request)].reduce((on, byte) => on.write(Uint8Array.of(byte)), call).halfClose(),
    mayOpen: true,
  },
  { name: 'reset at once', act: (call) => call.reset(), mayOpen: false },
  { name: 'reset in a frame', act: (call, request) => call.write(half(frame(request))).reset(), mayOpen: false },
  { name: 'reset after the message', act: (call, request) => call.message(request).reset(), mayOpen: true },
  {
    name: 'reset with the answer under way',
    act: async (call, request) => {
      call.message(request).halfClose()
      await call.received(1)
      call.reset('NO_ERROR')
    },
    mayOpen: true,
  },
]

/** The end of a call, within the bound. */
async function ended(call: H2Call): Promise<H2Reply> {
  const reply = await Promise.race([call.reply, sleep(BOUND_MS, undefined, { ref: false })])
  if (reply === undefined) throw new Error('the call has no end')
  return reply
}

async function stillServes(t: Test, gateway: GatewayUnderTest): Promise<void> {
  const grpc = connected(t, gateway.address)
  opened(await new LegacyClient({ dialect: 'B', key }).open(grpc))
  const version = { major: 2, minor: 25 }
  opened(await new V2Client({ dialect: 'v2', version, key, expiration: 100n }).open(grpc))
  const client = new AtomixClient({ version: 'v0.1.1', partition: 1 })
  t.same(await client.open(grpc), { kind: 'ok' })
  t.same(await client.close(grpc), { kind: 'ok' })
  t.same(gateway.faults, [], 'no fault of ours')
}

t.test('frames, half-closes and resets on every path', async (t) => {
  const gateway = await startUnderTest(t)
  const client = await H2Client.connect(gateway.address)
  for (const { name, act, mayOpen } of ABUSES) {
    const before = gateway.counts().open
    for (const [path, request] of REQUESTS) {
      const call = client.open(path)
      await act(call, request)
      const { status, message } = await ended(call)
      t.not(message, 'internal error', `${path}: ${name}: ${status} ${message}`)
    }
    // A reset is on its way for a moment after the call has ended here.
    t.ok(await eventually(() => gateway.counts().pending === 0), `${name}: no handshake is left`)
    const more = gateway.counts().open - before
    t.ok(mayOpen ? more <= REQUESTS.length : more === 0, `${name}: ${more} sessions`)
  }
  t.notOk(client.session.destroyed, 'all on one connection')
  await client.close()
  await stillServes(t, gateway)
})

t.test('2,000 handshakes that nobody goes on with leave nothing', async (t) => {
  const gateway = await startUnderTest(t)
  const clients = await Promise.all(Array.from({ length: 4 }, () => H2Client.connect(gateway.address)))
  const begin = () => clients.flatMap((client) => Array.from({ length: 500 }, () => client.open(P1).message(init)))

  const abandoned = begin()
  await Promise.all(abandoned.map((call) => call.received(1)))
  t.same(gateway.counts(), { open: 0, pending: 2000 })
  gateway.clock.advance(HANDSHAKE_TIMEOUT_MS - 1)
  t.same(gateway.counts(), { open: 0, pending: 2000 }, 'up to the last millisecond they may go on')
  gateway.clock.advance(1)
  const statuses = new Set((await Promise.all(abandoned.map(ended))).map(({ status }) => status))
  t.same([...statuses], [4], 'then each is told that it took too long')
  t.same(gateway.counts(), { open: 0, pending: 0 })

  const cut = begin()
  await Promise.all(cut.map((call) => call.received(1)))
  t.same(gateway.counts(), { open: 0, pending: 2000 })
  await Promise.all(clients.map((client) => client.close()))
  t.ok(await eventually(() => gateway.counts().pending === 0), 'connections that break end theirs')
  t.same(gateway.counts(), { open: 0, pending: 0 })
  await stillServes(t, gateway)
})

t.test('handshakes that are reset, one by one', async (t) => {
  const gateway = await startUnderTest(t)
  const client = await H2Client.connect(gateway.address)
  const begin = async (waits: boolean, code: 'CANCEL' | 'NO_ERROR') => {
    const call = client.open(P1).message(init)
    if (waits) await call.received(1)
    call.reset(code)
    await ended(call)
  }
  for (let round = 0; round < 100; round++) {
    await begin(true, 'CANCEL')
    await begin(false, 'CANCEL')
    await begin(true, 'NO_ERROR')
    await begin(false, 'NO_ERROR')
  }
  t.ok(await eventually(() => gateway.counts().pending === 0), 'none is left')
  t.equal(gateway.counts().open, 0)
  await client.close()
  await stillServes(t, gateway)
})

t.test('streams that never say a word end by the timeout', async (t) => {
  const gateway = await startUnderTest(t)
  const client = await H2Client.connect(gateway.address)
  const silent = Array.from({ length: 500 }, () => client.open(P1))
  // Half of a frame is no message either.
  const stuttering = Array.from({ length: 100 }, () => client.open(P1).write(half(frame(init))))
  t.ok(await eventually(() => gateway.clock.waiting >= 600), 'each has its timer')
  gateway.clock.advance(HANDSHAKE_TIMEOUT_MS)
  const replies = await Promise.all([...silent, ...stuttering].map(ended))
  t.same([...new Set(replies.map(({ status }) => status))], [4])
  t.same(gateway.counts(), { open: 0, pending: 0 })
  t.ok(gateway.clock.waiting < 20, `${gateway.clock.waiting} timers are left`)
  await client.close()
  await stillServes(t, gateway)
})

t.test('bytes that are no HTTP/2', async (t) => {
  const gateway = await startUnderTest(t)
  const random = new SeededRandom(8)
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  const settings = Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 0, 0)
  const openings: readonly Uint8Array[] = [
    Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    Uint8Array.of(0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0),
    preface.subarray(0, 10),
    Buffer.concat([preface, settings, Uint8Array.of(0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1)]),
    Buffer.concat([preface, settings, Uint8Array.of(0, 0, 4, 1, 0x25, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff)]),
    Buffer.concat([preface, settings, Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 9)]),
    ...Array.from({ length: 60 }, () => Buffer.concat([preface, settings, random.bytes(1 + random.below(200))])),
    ...Array.from({ length: 60 }, () => random.bytes(1 + random.below(200))),
  ]
  const [host = '', port = ''] = gateway.address.split(':')
  await Promise.all(
    openings.map(
      (bytes) =>
        new Promise<void>((resolve) => {
          const socket = connect(Number(port), host, () => socket.end(bytes))
          socket.on('error', () => {}) // a reset is a good answer
          socket.resume()
          socket.on('close', () => resolve())
          socket.setTimeout(2000, () => socket.destroy())
        }),
    ),
  )
  t.same(gateway.counts(), { open: 0, pending: 0 })
  await stillServes(t, gateway)
})

import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type GatewayUnderTest, startUnderTest } from '../support/gateway-under-test.js'
import { H2Client, type H2Reply } from '../support/h2-client.js'
import { SeededRandom } from '../support/seeded-random.js'
import { atomixFile, bytesOf, v1File, v2File } from '../support/vectors.js'
import { AtomixClient } from './atomix.js'
import { connected } from './in-core.js'
import { freshKey } from './keys.js'
import { type Mutant, Mutator } from './mutators.js'
import { opened } from './outcome.js'
import { bytes, type Fields, message, sub, uint32, uint64 } from './protos.js'
import { UnaryClient } from './v1.js'
import { LEGACY_DIALECTS, LegacyClient } from './v1-legacy.js'
import { V2Client } from './v2.js'

/**
 * Damaged messages by the thousand through real HTTP/2. Each gets an answer, none a fault of ours; sessions come and go only
 * by what was answered as done; and genuine clients in between never notice.
 */

/** Damaged messages on each path. */
const MUTANTS = 2000
/** Of which so many are in flight at a time, on one connection; and after so many comes a genuine client. */
const IN_FLIGHT = 40
const GENUINE_EVERY = 100
/** Far more than any answer takes. */
const BOUND_MS = 10_000

const P1 = '/session.Session/Create'
const P2 = '/session.v2.Session/Create'
const P3 = '/neo.fs.v2.session.Session/Create'
const P4 = '/neo.fs.v2.session.SessionService/Create'
const ATOMIX = '/atomix.session.SessionService'

/** The answers of a path that are no surprise; 13 only in the words for bytes that nobody can read. */
const CODES: Readonly<Record<string, readonly number[]>> = {
  [P1]: [0, 2, 3, 7, 8, 13, 16],
  [P2]: [0, 3, 8, 13, 16],
  [P3]: [0, 3, 8, 13, 16],
  [P4]: [0, 2, 13],
  [`${ATOMIX}/OpenSession`]: [0, 13],
  [`${ATOMIX}/KeepAlive`]: [0, 13],
  [`${ATOMIX}/CloseSession`]: [0, 13],
}
/** `limits.messageSize`: the transport refuses what is bigger, whatever it is. */
const MESSAGE_SIZE_BYTES = 128 * 1024
const RESOURCE_EXHAUSTED = 8
const UNREADABLE = /^(grpc: (error unmarshalling request|failed to unmarshal the received message)|session request:)/

interface Path {
  readonly path: string
  readonly corpus: readonly Uint8Array[]
  /** Whether the answer says that a session was opened, or closed. */
  readonly did: (reply: H2Reply) => 'opened' | 'closed' | 'nothing'
  /** A genuine client comes by; throws if it is not served. */
  readonly genuine: (round: number) => Promise<void>
}

function requests(path: string): Uint8Array[] {
  const all = [...v1File().vectors, ...v2File().vectors, ...atomixFile().vectors]
  // One genuine chain of 120 hops among them: thousands of mutants of it would only cost time.
  return all
    .filter((vector) => vector.message === 'request' && vector.path === path)
    .map(({ hex }) => bytesOf(hex))
    .filter(({ length }) => length < 5000)
}

function only(reply: H2Reply): Uint8Array {
  const [answer, ...more] = reply.messages
  if (answer === undefined || more.length > 0) throw new Error(`${reply.messages.length} messages answer one request`)
  return answer
}

/** Unary NeoFS: OK, and an id; v2 says failures with OK and a status, and without a body. */
function openedNeoFs(reply: H2Reply, inBody: boolean): 'opened' | 'nothing' {
  if (reply.status !== 0) return 'nothing'
  const type = inBody
    ? message('v2/session.proto', 'neo.fs.v2.session.CreateResponse')
    : message('v1/d2.proto', 'session.CreateResponse')
  const fields = type.decode(only(reply))
  return bytes(inBody ? sub(fields, 'body') : fields, 'id').length === 16 ? 'opened' : 'nothing'
}

/** On the shared path the first field of the answer tells: 16 bytes of C and D, a body of E, an Unsigned of A and B. */
function openedOnSharedPath(reply: H2Reply): 'opened' | 'nothing' {
  const [answer] = reply.messages
  if (reply.status !== 0 || answer === undefined) return 'nothing'
  if (answer[0] === 0x0a && answer[1] === 16) return 'opened'
  // E's body starts with the id; of A and B only Unsigned came, since nobody answered it.
  return answer[0] === 0x0a && answer[2] === 0x0a && answer[3] === 16 && answer[1] === 53 ? 'opened' : 'nothing'
}

function didAtomix(reply: H2Reply, method: string, done: 'opened' | 'closed' | 'nothing'): typeof done {
  if (reply.status !== 0) return 'nothing'
  const header = sub(message('atomix/session.proto', `atomix.session.${method}Response`).decode(only(reply)), 'header')
  if (header === undefined) throw new Error('an answer without a header crashes every Go client')
  const status = uint32(header, 'status')
  if (status > 1) throw new Error(`status ${status} makes Go clients spin`)
  if (status === 1 && uint64(header, 'index') !== 0n) throw new Error('an ERROR that moves clients to another session')
  return status === 0 ? done : 'nothing'
}

/** Sends it as a unary client does, or as a streaming one, which half-closes only when it has its answer. */
async function send(client: H2Client, path: string, mutant: Uint8Array, streaming: boolean): Promise<H2Reply> {
  const call = client.open(path).message(mutant)
  if (streaming) await inTime(call.received(1))
  if (!call.stream.closed) call.halfClose()
  return inTime(call.reply)
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const inVain = new AbortController()
  const late = sleep(BOUND_MS, undefined, { signal: inVain.signal }).then(() => {
    throw new Error(`no answer within ${BOUND_MS} ms`)
  })
  late.catch(() => {}) // it was answered
  try {
    return await Promise.race([answer, late])
  } finally {
    inVain.abort()
  }
}

/** What is wrong with an answer. */
function faultOf(path: string, reply: H2Reply, size: number): string | undefined {
  const { status, httpStatus, message } = reply
  if (status === undefined) return `no gRPC status: HTTP ${httpStatus}, reset with ${reply.resetCode}`
  const codes = size > MESSAGE_SIZE_BYTES ? [RESOURCE_EXHAUSTED] : (CODES[path] ?? [])
  if (!codes.includes(status)) return `gRPC ${status}: ${message}`
  if (message === 'internal error' || (status === 13 && !UNREADABLE.test(message))) return `gRPC ${status}: ${message}`
  return message.length > 1000 ? `a text of ${message.length} characters` : undefined
}

/** Every session there ever was on this gateway, by how it ended. */
async function tally({ sessions }: GatewayUnderTest): Promise<{ all: number; closed: number }> {
  let all = 0
  let closed = 0
  let cursor: string | undefined
  do {
    const page = await sessions.list({}, 1000, cursor)
    all += page.items.length
    closed += page.items.filter(({ end }) => end?.reason === 'closed').length
    cursor = page.cursor
  } while (cursor !== undefined)
  return { all, closed }
}

async function attack(t: Test, gateway: GatewayUnderTest, target: Path, seed: number): Promise<void> {
  const { path, corpus } = target
  const mutator = new Mutator(new SeededRandom(seed), corpus)
  const random = new SeededRandom(seed + 1)
  const before = await tally(gateway)
  const done = { opened: 0, closed: 0, nothing: 0 }
  const codes = new Map<number | undefined, number>()
  const faults: string[] = []
  let client = await H2Client.connect(gateway.address)
  let genuine = 0
  const one = async ({ bytes: mutant, how }: Mutant, streaming: boolean): Promise<void> => {
    try {
      const reply = await send(client, path, mutant, streaming)
      codes.set(reply.status, (codes.get(reply.status) ?? 0) + 1)
      const fault = faultOf(path, reply, mutant.length)
      if (fault !== undefined) throw new Error(fault)
      done[target.did(reply)] += 1
    } catch (thrown) {
      faults.push(`${thrown instanceof Error ? thrown.message : thrown} after ${how}: ${show(mutant)}`)
    }
  }
  for (let sent = 0; sent < MUTANTS; sent += IN_FLIGHT) {
    const batch = Array.from({ length: IN_FLIGHT }, () => one(mutator.next(), path === P1 && random.below(2) === 0))
    if (sent % GENUINE_EVERY < IN_FLIGHT) {
      batch.push(target.genuine(genuine))
      genuine += 1
    }
    await Promise.all(batch)
    // Node ends a connection on which very many streams were reset; a client would just open the next.
    if (client.goaway !== undefined || client.session.destroyed) client = await H2Client.connect(gateway.address)
  }
  await client.close()
  const after = await tally(gateway)
  t.same(faults.slice(0, 5), [], `${path}: every mutant is answered well`)
  t.same(gateway.faults, [], `${path}: no fault of ours`)
  t.equal(after.all - before.all, done.opened + genuine, `${path}: as many sessions opened as were answered`)
  t.equal(after.closed - before.closed, done.closed, `${path}: as many closed`)
  t.equal(gateway.counts().pending, 0, `${path}: no handshake is left`)
  t.ok((codes.get(13) ?? 0) > MUTANTS / 5, `${path}: many of them were unreadable`)
  t.ok(codes.size > 1, `${path}: and not all were: ${JSON.stringify([...codes])}, ${JSON.stringify(done)}`)
}

function show(mutant: Uint8Array): string {
  return Buffer.from(mutant.subarray(0, 600)).toString('hex')
}

const NOTHING = new Uint8Array(0)
const key = freshKey(new SeededRandom(99))

t.test('mutants on every path, with genuine clients in between', async (t) => {
  // In manual time, so that nothing ends by itself; a chain of 8 signatures is the most work that one request can ask for.
  const gateway = await startUnderTest(t, { epoch: 10n })
  const grpc = connected(t, gateway.address)

  const neoFs: readonly Path[] = [
    {
      path: P1,
      corpus: requests(P1),
      did: openedOnSharedPath,
      async genuine(round) {
        const dialect = LEGACY_DIALECTS[round % LEGACY_DIALECTS.length] ?? 'A2'
        opened(await new LegacyClient({ dialect, key }).open(grpc))
      },
    },
    ...([P2, P3] as const).map((path) => ({
      path,
      corpus: requests(P2),
      did: (reply: H2Reply) => openedNeoFs(reply, true),
      async genuine() {
        opened(await new UnaryClient({ variant: path === P2 ? 'P2' : 'P3', key }).open(grpc))
      },
    })),
    {
      path: P4,
      corpus: requests(P4),
      did: (reply) => openedNeoFs(reply, true),
      async genuine(round) {
        const version = { major: 2, minor: [0, 10, 11, 21, 22, 25][round % 6] ?? 0 }
        opened(await new V2Client({ dialect: 'v2', version, key, expiration: 100n }).open(grpc))
      },
    },
  ]
  for (const [index, target] of neoFs.entries()) {
    await t.test(target.path, (t) => attack(t, gateway, target, 1000 + index))
  }

  const methods = [
    ['OpenSession', 'opened'],
    ['KeepAlive', 'nothing'],
    ['CloseSession', 'closed'],
  ] as const
  for (const [index, [method, done]] of methods.entries()) {
    // Sessions that the mutants may renew or close.
    const victims = Array.from(
      { length: 30 },
      (_, at) => new AtomixClient({ version: 'v0.4.1', partition: 1 + (at % 3) }),
    )
    for (const victim of victims) await victim.open(grpc)
    const corpus = [...requests(`${ATOMIX}/${method}`), ...victims.map((victim) => victim.request(method))]
    await t.test(method, (t) =>
      attack(
        t,
        gateway,
        {
          path: `${ATOMIX}/${method}`,
          corpus,
          did: (reply) => didAtomix(reply, method, done),
          // On a partition that no mutant is likely to name.
          async genuine() {
            const client = new AtomixClient({ version: 'v0.1.1', partition: 4_000_000_001 })
            t.same(await client.open(grpc), { kind: 'ok' })
            t.same(await client.keepAlive(grpc), { kind: 'ok' })
          },
        },
        2000 + index,
      ),
    )
  }
})

t.test('mutants of Signed, in handshakes that were begun well', async (t) => {
  // Every mutant may cost one key recovery, and the clock stands still.
  const gateway = await startUnderTest(t, { epoch: 10n, set: ['limits.keyRecoveries=10000'] })
  const random = new SeededRandom(31)
  const client = await H2Client.connect(gateway.address)
  const allowed = [0, 3, 7, 8, 13, 16]
  let accepted = 0
  for (const dialect of LEGACY_DIALECTS) {
    // The id and the key of the session are chosen, so that one genuine Signed answers every Unsigned.
    const legacy = new LegacyClient({ dialect, key })
    const init = legacy.init()
    const fresh = () => ({
      id: random.bytes(16).map((byte, at) => (at === 0 ? dialect.charCodeAt(1) : byte)),
      scalar: random.bytes(32),
    })
    let chosen = fresh()
    let token: Fields | undefined
    let signed: Uint8Array = NOTHING
    const mutator = new Mutator(random, [init])
    for (let sent = 0; sent < MUTANTS / LEGACY_DIALECTS.length; sent++) {
      gateway.setNext(chosen.id, chosen.scalar)
      const call = client.open(P1).message(init)
      const [unsigned] = await call.received(1)
      if (unsigned === undefined) throw new Error(`${dialect}: Init was refused: ${(await call.reply).message}`)
      if (token === undefined) {
        token = legacy.signedToken(legacy.unsigned(unsigned))
        signed = legacy.signed(token)
      }
      const isGenuine = sent % 50 === 0
      const mutant = isGenuine ? { bytes: signed, how: 'nothing' } : mutator.next(signed)
      const reply = await inTime(call.message(mutant.bytes).reply)
      const { status = -1, message } = reply
      const unexpected = !allowed.includes(status) || (status === 13 && !UNREADABLE.test(message))
      if (unexpected || (isGenuine && status !== 0)) {
        t.fail(`${dialect}: gRPC ${status} ${message} after ${mutant.how}: ${show(mutant.bytes)}`)
      }
      if (reply.status !== 0) continue
      // Whatever else the mutant said: the token is the one that was issued, with the owner's own signatures.
      t.doesNotThrow(() => legacy.result(reply.messages[1] ?? NOTHING, token ?? {}), `${dialect}: ${mutant.how}`)
      accepted += 1
      // An id is given once: the next session is another one.
      chosen = fresh()
      token = undefined
    }
  }
  t.same(gateway.counts(), { open: accepted, pending: 0 })
  t.same(gateway.faults, [])
  await client.close()
})

import t from 'tap'
import type { ResponseHeader } from '../../src/generated/atomix/headers.js'
import { KeepAliveRequest, OpenSessionResponse } from '../../src/generated/atomix/session.js'
import { GrpcCode } from '../../src/transport/transport.js'
import { decode, WireError } from '../../src/wire/index.js'
import { type GatewayUnderTest, withGateway } from '../support/gateway-under-test.js'
import { type AtomixReply, callAtomix, partitionOf } from '../support/run-atomix.js'
import { TRANSPORTS } from '../support/transports.js'
import {
  type AtomixExchange,
  type AtomixGenuine,
  type AtomixSafe,
  type AtomixVector,
  atomixFile,
  bytesOf,
  hexOf,
} from '../support/vectors.js'

/** Every request of atomix.json over a real connection: the safe profile and both faithful ones. */

const { vectors, exchanges } = atomixFile()
const SERVICE = '/atomix.session.SessionService/'
const requests = vectors.filter(({ message }) => message === 'request')
const calls = requests.filter(({ path }) => path.startsWith(SERVICE))

const PROFILES = { 'framework v0.1.1': 'v0.1', 'framework v0.5.1': 'v0.5' } as const
/** As the vectors count them: partitions 1 to 3 are hosted. */
const HOSTED = 'adapters.atomix.partitions=3'
/**
 * A call that the genuine server applied after the next one: both were in flight at once, and its answer (unknown session)
 * shows that the other, a close, came first.
 */
const OVERTAKEN: Readonly<Record<string, number>> = { 'silence-then-late-keepalive-client-v0.1.1-server-v0.1.1': 6 }
/** Services whose requests are commands of a partition. */
const PRIMITIVES = /^\/atomix\.(value|counter)\./
/** Between two calls of a setup: longer than the shortest timeouts in them, shorter than the others. */
const PAUSE_ms = 10

for (const transport of TRANSPORTS) {
  t.test(transport.name, async (t) => {
    t.test('the safe profile', async (t) => {
      t.equal(calls.length, 159)
      for (const vector of calls) {
        const { name, hex, expect } = vector
        await withGateway({ transport, set: [HOSTED] }, async (gateway) => {
          const { reply, opened } = await play(gateway, vector)
          const { safe } = expect
          if (safe === undefined) throw new Error(`${name}: no expectation`)
          const faults = faultsOfSafe(safe, hex, reply)
          const faultsOfOther = safe.or === undefined ? faults : faultsOfSafe(safe.or, hex, reply)
          t.ok(faults.length === 0 || faultsOfOther.length === 0, `${name}: ${faults.join(', ')}`)
          if (isOpen(vector)) t.equal(opened, expect.outcome === 'ok' ? 1 : 0, `${name}: sessions opened`)
          t.same(gateway.faults, [], `${name}: no fault of ours`)
        })
      }
    })

    for (const server of ['framework v0.1.1', 'framework v0.5.1'] as const) {
      t.test(`the profile of ${server}`, async (t) => {
        for (const vector of calls) {
          const { name, expect } = vector
          const set = [HOSTED, `adapters.atomix.profile=${PROFILES[server]}`]
          await withGateway({ transport, set }, async (gateway) => {
            const { reply, opened } = await play(gateway, vector)
            const genuine = expect.genuine?.[server]
            if (genuine === undefined) throw new Error(`${name}: no answer of ${server}`)
            t.same(faultsOfGenuine(genuine, reply), [], `${name}: as ${server}`)
            if (isOpen(vector)) t.equal(opened, expect.outcome === 'ok' ? 1 : 0, `${name}: sessions opened`)
            t.ok(await isAlive(gateway), `${name}: still serves`)
            t.same(gateway.faults, [], `${name}: no fault of ours`)
          })
        }
      })
    }

    t.test('recorded exchanges', async (t) => {
      const genuine = exchanges.filter(isGenuine)
      t.equal(genuine.length, 23)
      for (const exchange of genuine) {
        const set = [HOSTED, `adapters.atomix.profile=${PROFILES[exchange.serverVersion]}`]
        await withGateway({ transport, set }, async (gateway) => {
          t.same(await replay(gateway, exchange), [], exchange.name)
          t.same(gateway.faults, [], `${exchange.name}: no fault of ours`)
        })
      }
    })

    t.test('control services are not served yet', async (t) => {
      await withGateway({ transport, set: [HOSTED] }, async (gateway) => {
        for (const { name, path, hex } of requests.filter(({ path }) => !path.startsWith(SERVICE))) {
          t.equal((await callAtomix(gateway, path, hex)).code, GrpcCode.UNIMPLEMENTED, name)
        }
      })
    })
  })
}

/** The vector's call after its setup, on a server that was just started. */
async function play(
  gateway: GatewayUnderTest,
  { name, path, hex, expect }: AtomixVector,
): Promise<{ reply: AtomixReply; opened: number }> {
  for (const call of expect.setup ?? []) {
    const { code } = await callAtomix(gateway, call.path, call.hex)
    if (code !== GrpcCode.OK) throw new Error(`${name}: the setup was answered with ${code}`)
    gateway.clock.advance(PAUSE_ms)
  }
  const before = gateway.counts().open
  const reply = await callAtomix(gateway, path, hex)
  return { reply, opened: gateway.counts().open - before }
}

function isOpen({ path }: AtomixVector): boolean {
  return path === `${SERVICE}OpenSession`
}

/** What the answer is not that the safe profile asks for. */
function faultsOfSafe(safe: AtomixSafe, request: string, { code, response }: AtomixReply): string[] {
  if (code !== codeOf(safe.grpc)) return [`gRPC ${code}, expected ${safe.grpc}`]
  if (safe.grpc !== 'OK') return response === undefined ? [] : ['an answer beside the error']
  const header = headerOf(response)
  if (header === undefined) return ['no header']
  const faults: string[] = []
  if (String(header.status) !== safe.status) faults.push(`status ${header.status}, expected ${safe.status}`)
  if (safe.message === 'not empty' && header.message.length === 0) faults.push('no message')
  // An error with an index would move a v0.4.1 client to another session (atomix §4.2).
  if (header.status !== 0 && (header.index !== 0n || header.sessionId !== 0n))
    faults.push('an error with an id or index')
  if (safe.session_id === 'as in the request') {
    const asked = decode(KeepAliveRequest, bytesOf(request))
    const expected = asked instanceof WireError ? undefined : asked.header?.sessionId
    if (header.sessionId !== expected) faults.push(`session ${header.sessionId}, expected ${expected}`)
    if (header.index !== 0n) faults.push(`index ${header.index}`)
  }
  if (safe.session_id === 'N >= 1, new on this partition' && header.sessionId < 1n) faults.push('no session id')
  if (safe.index === '= session_id' && header.index !== header.sessionId) faults.push(`index ${header.index}`)
  return faults
}

/** What differs from the genuine answer. Where that server died, ours may answer as it likes, but not with a session. */
function faultsOfGenuine(genuine: AtomixGenuine, { code, message, response }: AtomixReply): string[] {
  if (genuine.crash === true) {
    const accepted = code === GrpcCode.OK && headerOf(response)?.status === 0
    return accepted ? ['accepted'] : []
  }
  if (code !== codeOf(genuine.code ?? '')) return [`gRPC ${code}, expected ${genuine.code}`]
  const bytes = response === undefined ? undefined : hexOf(response)
  if (bytes !== genuine.hex) return [`${bytes}, expected ${genuine.hex}`]
  return sameMessage(message, genuine.message ?? '') ? [] : [`says ${message}, expected ${genuine.message}`]
}

/** Go's words for a decode error are its own; the beginning is grpc-go's, and ours too. */
function sameMessage(ours: string, theirs: string): boolean {
  const unreadable = 'grpc: error unmarshalling request: '
  return theirs.startsWith(unreadable) ? ours.startsWith(unreadable) || /timeout/.test(ours) : ours === theirs
}

/** What differs from the recording, step by step. */
async function replay(gateway: GatewayUnderTest, { name, steps: sent }: AtomixExchange): Promise<string[]> {
  const steps = [...sent]
  const late = OVERTAKEN[name]
  if (late !== undefined) steps.splice(late + 1, 0, ...steps.splice(late, 1))
  const faults: string[] = []
  let now_ms = 0
  for (const [index, { path, send, at_ms, receive, code, message }] of steps.entries()) {
    gateway.clock.advance(Math.max(0, at_ms - now_ms))
    now_ms = Math.max(now_ms, at_ms)
    // The recording has whole milliseconds; no two calls were at the same moment.
    gateway.clock.advanceNanoseconds(1_000n)
    if (!path.startsWith(SERVICE) && code !== 'UNIMPLEMENTED') {
      // Not ours; but a command on a primitive used up a number of its partition.
      if (PRIMITIVES.test(path)) await gateway.sessions.nextNumber(partitionOf(send))
      continue
    }
    const reply = await callAtomix(gateway, path, send)
    const expected = { code: codeOf(code ?? 'OK'), receive, message: message ?? '' }
    const actual = { code: reply.code, receive: reply.response && hexOf(reply.response), message: reply.message }
    // What an unknown method is called is each transport's own.
    if (code === 'UNIMPLEMENTED') actual.message = expected.message
    if (JSON.stringify(actual) === JSON.stringify(expected)) continue
    faults.push(`step ${index}: ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`)
  }
  return faults
}

function isGenuine(exchange: AtomixExchange): exchange is AtomixExchange & { serverVersion: keyof typeof PROFILES } {
  return exchange.serverVersion in PROFILES
}

/** A server that died answers nobody. */
async function isAlive(gateway: GatewayUnderTest): Promise<boolean> {
  const { code, response } = await callAtomix(gateway, `${SERVICE}OpenSession`, '0a0230011202081e')
  return code === GrpcCode.OK && headerOf(response)?.status === 0
}

/** Of any of the three answers: the header is field 1 in all of them. */
function headerOf(response: Uint8Array | undefined): ResponseHeader | undefined {
  const message = response === undefined ? undefined : decode(OpenSessionResponse, response)
  if (message instanceof WireError) throw message
  return message?.header
}

function codeOf(name: string): number {
  const found = Object.entries(GrpcCode).find(([known]) => known === name)
  if (found === undefined) throw new Error(`no gRPC code ${name}`)
  return found[1]
}

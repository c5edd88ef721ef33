import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { GrpcCode, type Method, type StreamCall } from '../../../src/transport/transport.js'
import { eventually } from '../../support/eventually.js'
import { type H2Call, H2Client } from '../../support/h2-client.js'
import { tempFolder } from '../../support/temp-folder.js'
import { LIMITS, type TransportUnderTest } from '../../support/transports.js'
import { bytes, CHAT, ECHO, echo, recorded, serve, WAIT, waiting } from './serve.js'

const NO_ERROR = 0

export async function connections(t: Test, under: TransportUnderTest): Promise<void> {
  await t.test('connections of one address above the limit are closed, those of others are not', async (t) => {
    const limits = { ...LIMITS, connectionsPerAddress: 2 }
    const { address, transport, limitsHit } = await serve(t, under, { methods: [echo], limits })
    const unix = await transport.listen(`unix:${tempFolder(t)}/socket`)
    const kept: H2Client[] = []
    for (const where of [address, unix]) {
      for (let n = 0; n < 2; n++) kept.push(await H2Client.connect(where))
      await t.rejects(H2Client.connect(where), 'one more of that address')
    }
    t.same(limitsHit, Array(2).fill('limits.connectionsPerAddress'))
    for (const client of kept) t.equal(await ask(client), GrpcCode.OK)
    await kept[0]?.close()
    let again: H2Client | undefined
    for (let tries = 0; tries < 50 && again === undefined; tries++) {
      again = await H2Client.connect(address).catch(() => undefined)
    }
    t.ok(again, 'there is room again when one ends')
    for (const client of [...kept, again]) await client?.close()
  })

  await t.test('the limit of all counts before that of one address', async (t) => {
    const limits = { ...LIMITS, connections: 1, connectionsPerAddress: 1 }
    const { address, limitsHit } = await serve(t, under, { methods: [echo], limits })
    const kept = await H2Client.connect(address)
    await t.rejects(H2Client.connect(address))
    t.same(limitsHit, ['limits.connections'])
    await kept.close()
  })

  await t.test('what a handler is told of the peer', async (t) => {
    const calls: StreamCall[] = []
    const sources: string[] = []
    const source: Method = {
      path: ECHO,
      kind: 'unary',
      handler(request, call) {
        sources.push(call.peer.source)
        return request
      },
    }
    const chat: Method = {
      path: CHAT,
      kind: 'stream',
      handler(call) {
        calls.push(call)
        sources.push(call.peer.source)
        return { message() {}, halfClosed: () => call.end(), gone() {} }
      },
    }
    const { transport } = await serve(t, under, { methods: [source, chat] })
    const wheres: [address: string, source: string][] = [
      ['127.0.0.1:0', '127.0.0.1'],
      [`unix:${tempFolder(t)}/socket`, 'unix'],
    ]
    if (await hasIpv6()) wheres.push(['[::1]:0', '0:0:0:0::/64'])
    for (const [where, expected] of wheres) {
      const address = await transport.listen(where)
      const [one, other] = [await H2Client.connect(address), await H2Client.connect(address)]
      calls.length = 0
      sources.length = 0
      await ask(one)
      for (const client of [one, one, other]) await client.open(CHAT).halfClose().reply
      t.same(sources, Array(4).fill(expected), where)
      t.equal(calls[0]?.connection, calls[1]?.connection, 'calls of one connection')
      t.not(calls[0]?.connection, calls[2]?.connection, 'calls of two')
      await one.close()
      await other.close()
    }
  })

  await t.test('a peer that has gone is not taken for one of a unix socket', async (t) => {
    const calls: StreamCall[] = []
    let gone = false
    const chat: Method = {
      path: CHAT,
      kind: 'stream',
      handler(call) {
        calls.push(call)
        return { message() {}, halfClosed() {}, gone: () => (gone = true) }
      },
    }
    const { address } = await serve(t, under, { methods: [chat] })
    const client = await H2Client.connect(address)
    client.open(CHAT)
    t.ok(await eventually(() => calls.length === 1))
    await client.close()
    t.ok(await eventually(() => gone))
    // Asked for the first time, when the transport has forgotten the connection.
    await sleep(50)
    const peer = calls[0]?.peer
    t.not(peer?.source, 'unix')
    t.match(peer?.address, /^unknown$|^127\.0\.0\.1:\d+$/)
  })

  await t.test('a connection without calls is told to go away, one with calls is not', async (t) => {
    const wait = waiting()
    const { method, events } = recorded()
    const limits = { ...LIMITS, connectionIdle_ms: 300 }
    const { address, limitsHit, faults } = await serve(t, under, { methods: [echo, wait.method, method], limits })
    const unary = await withCall(address, WAIT, () => wait.begun)
    const streaming = await withCall(address, CHAT, () => events.length)
    const silent = await H2Client.connect(address)
    await silent.closed
    t.equal(silent.goaway, NO_ERROR, 'politely')
    const asked = await withCall(address, ECHO, () => 0)
    t.equal((await asked.call.reply).status, GrpcCode.OK)
    await asked.client.closed
    t.equal(asked.client.goaway, NO_ERROR)
    // Two periods and more, in which only those have a call.
    t.equal(unary.client.goaway, undefined)
    t.equal(streaming.client.goaway, undefined)
    wait.release()
    t.equal((await unary.call.reply).status, GrpcCode.OK)
    streaming.call.reset()
    await Promise.all([unary.client.closed, streaming.client.closed])
    t.ok(limitsHit.length >= 4, 'each is counted')
    t.same(new Set(limitsHit), new Set(['limits.connectionIdle']))
    t.same(faults, [])
  })

  await t.test('calls in between keep a connection', async (t) => {
    const limits = { ...LIMITS, connectionIdle_ms: 1_000 }
    const { address, limitsHit } = await serve(t, under, { methods: [echo], limits })
    const client = await H2Client.connect(address)
    const until = Date.now() + 3_000
    let longest_ms = 0
    for (let last = Date.now(); Date.now() < until; last = Date.now()) {
      t.equal(await ask(client), GrpcCode.OK)
      await sleep(100)
      longest_ms = Math.max(longest_ms, Date.now() - last)
    }
    // A machine that stood still for so long proves nothing.
    if (longest_ms < 900) t.same(limitsHit, [])
    await client.closed
    t.same(limitsHit, ['limits.connectionIdle'])
  })

  await t.test('an old connection is told to go away, and its calls finish', async (t) => {
    const wait = waiting()
    const limits = { ...LIMITS, connectionAge_ms: 300 }
    const { address, limitsHit } = await serve(t, under, { methods: [echo, wait.method], limits })
    const client = await H2Client.connect(address)
    const waits = client.open(WAIT).message(bytes('x')).halfClose()
    t.ok(await eventually(() => client.goaway !== undefined))
    t.equal(client.goaway, NO_ERROR)
    t.same(limitsHit, ['limits.connectionAge'])
    t.throws(() => client.open(ECHO), 'nothing new begins on it')
    const next = await H2Client.connect(address)
    t.equal(await ask(next), GrpcCode.OK, 'but on the next')
    wait.release()
    t.equal((await waits.reply).status, GrpcCode.OK)
    await client.closed
    await next.closed
  })
}

/** A connection whose call has begun, or has its answer: a machine that stood still may have closed others as idle before. */
async function withCall(
  address: string,
  path: string,
  begun: () => number,
): Promise<{ readonly client: H2Client; readonly call: H2Call }> {
  const before = begun()
  for (;;) {
    const client = await H2Client.connect(address)
    const call = client.open(path).message(bytes('x'))
    if (path !== CHAT) call.halfClose()
    let answered = false
    void call.reply.then(({ status }) => {
      answered = status === GrpcCode.OK
    })
    await eventually(() => begun() > before || answered || client.goaway !== undefined)
    if (begun() > before || answered) return { client, call }
  }
}

/** The status of a call. */
async function ask(client: H2Client): Promise<number | undefined> {
  return (await client.open(ECHO).message(bytes('x')).halfClose().reply).status
}

export async function hasIpv6(): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.on('error', () => resolve(false))
    server.listen({ host: '::1', port: 0 }, () => server.close(() => resolve(true)))
  })
}

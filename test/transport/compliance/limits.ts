import { connect } from 'node:net'
import type { Test } from 'tap'
import { CallError, GrpcCode } from '../../../src/transport/transport.js'
import { eventually } from '../../support/eventually.js'
import { stream, unary } from '../../support/grpc-client.js'
import { H2Client } from '../../support/h2-client.js'
import { LIMITS, type TransportUnderTest } from '../../support/transports.js'
import { bytes, CHAT, ECHO, echo, recorded, serve, WAIT, waiting } from './serve.js'

export async function limits(t: Test, under: TransportUnderTest): Promise<void> {
  await t.test('a message of the limit passes, one byte more does not', async (t) => {
    const messageSize_bytes = 10_000
    const { method, events } = recorded((event, call) => {
      if (event === 'halfClosed') call.end()
    })
    const served = await serve(t, under, { methods: [echo, method], limits: { ...LIMITS, messageSize_bytes } })
    const { address, limitsHit } = served
    t.equal((await unary(address, ECHO, new Uint8Array(messageSize_bytes))).code, GrpcCode.OK)
    t.same(limitsHit, [])
    t.equal((await unary(address, ECHO, new Uint8Array(messageSize_bytes + 1))).code, GrpcCode.RESOURCE_EXHAUSTED)
    t.ok(await eventually(() => limitsHit.length === 1))

    const call = stream(address, CHAT)
    call.send(new Uint8Array(messageSize_bytes))
    await eventually(() => events.length === 2)
    call.send(new Uint8Array(messageSize_bytes + 1))
    t.equal((await call.status).code, GrpcCode.RESOURCE_EXHAUSTED)
    t.ok(await eventually(() => events.at(-1) === 'gone'))
    t.equal(events.length, 3)
    t.ok(await eventually(() => limitsHit.length === 2))
    t.same(limitsHit, ['limits.messageSize', 'limits.messageSize'])
  })

  await t.test(
    'a unary request that does not come to its end is reset, an answer that takes long is not',
    async (t) => {
      const slow = waiting()
      const limits = { ...LIMITS, requestTimeout_ms: 200 }
      const { address, limitsHit } = await serve(t, under, { methods: [echo, slow.method], limits })
      const client = await H2Client.connect(address)
      const waits = client.open(WAIT).message(bytes('x')).halfClose()
      for (const unfinished of [
        client.open(ECHO),
        client.open(ECHO).message(bytes('cut off'), { length: 100 }),
        client.open(ECHO).message(bytes('not ended')),
      ]) {
        t.not((await unfinished.reply).status, GrpcCode.OK)
      }
      t.same(limitsHit, Array(3).fill('limits.requestTimeout'))
      slow.release()
      t.equal((await waits.reply).status, GrpcCode.OK, 'the handler took its time')
      await client.close()
    },
  )

  await t.test('connections above the limit are closed, and there is room again when one ends', async (t) => {
    const { address, limitsHit } = await serve(t, under, { methods: [echo], limits: { ...LIMITS, connections: 2 } })
    const ask = (client: H2Client) => client.open(ECHO).message(bytes('x')).halfClose().reply
    const kept = [await H2Client.connect(address), await H2Client.connect(address)]
    const [host = '', port] = address.split(':')
    const refused = connect(Number(port), host)
    await new Promise((resolve) => refused.once('close', resolve))
    t.same(limitsHit, ['limits.connections'])
    for (const client of kept) t.equal((await ask(client)).status, GrpcCode.OK)
    await kept[0]?.close()
    const room = async () => {
      const next = await H2Client.connect(address).catch(() => undefined)
      if (next === undefined) return false
      const { status } = await ask(next)
      await next.close()
      return status === GrpcCode.OK
    }
    let found = false
    for (let tries = 0; tries < 50 && !found; tries++) found = await room()
    t.ok(found)
    await kept[1]?.close()
  })

  await t.test('a status that a handler chose is no limit of the transport', async (t) => {
    const { address, limitsHit, transport } = await serve(t, under, {
      methods: [
        {
          path: ECHO,
          kind: 'unary',
          handler: () => Promise.reject(new CallError(GrpcCode.RESOURCE_EXHAUSTED, 'too many sessions')),
        },
      ],
    })
    t.equal((await unary(address, ECHO, bytes('x'))).code, GrpcCode.RESOURCE_EXHAUSTED)
    await transport.close()
    t.same(limitsHit, [])
  })

  await t.test('an answer may be larger than a request', async (t) => {
    const { address } = await serve(t, under, {
      methods: [{ path: ECHO, kind: 'unary', handler: () => new Uint8Array(5_000_000) }],
      limits: { ...LIMITS, messageSize_bytes: 1000 },
    })
    const reply = await unary(address, ECHO, bytes('x'))
    t.equal(reply.code, GrpcCode.OK)
    t.equal(reply.response?.length, 5_000_000)
  })

  await t.test('streams above the limit are refused, and served when others have ended', async (t) => {
    const wait = waiting()
    const { address } = await serve(t, under, { methods: [wait.method], limits: { ...LIMITS, concurrentStreams: 5 } })
    const client = await H2Client.connect(address)
    t.teardown(() => client.close())
    t.equal(client.session.remoteSettings.maxConcurrentStreams, 5, 'the client is told')
    const calls = Array.from({ length: 5 }, () => client.open(WAIT).message(bytes('x')).halfClose())
    await eventually(() => wait.begun === 5)
    const other = await H2Client.connect(address)
    t.teardown(() => other.close())
    other.open(WAIT).message(bytes('x')).halfClose()
    t.ok(await eventually(() => wait.begun === 6), 'the limit counts per connection')
    wait.release()
    for (const call of calls) t.equal((await call.reply).status, GrpcCode.OK)
    t.equal((await client.open(WAIT).message(bytes('x')).halfClose().reply).status, GrpcCode.OK)
  })

  await t.test('streams that the server ended and the client forgot do not count', async (t) => {
    const { method } = recorded((event, call) => {
      if (event === 'hello') call.end()
    })
    const { address } = await serve(t, under, { methods: [method], limits: { ...LIMITS, concurrentStreams: 3 } })
    const client = await H2Client.connect(address)
    t.teardown(() => client.close())
    for (let i = 0; i < 20; i++) {
      t.equal((await client.open(CHAT).message(bytes('hello')).reply).status, GrpcCode.OK)
    }
  })

  await t.test('too large headers end the call and nothing else', async (t) => {
    const { address } = await serve(t, under, { methods: [echo], limits: { ...LIMITS, headerSize_bytes: 4000 } })
    const client = await H2Client.connect(address)
    t.teardown(() => client.close())
    const call = (size: number) =>
      client
        .open(ECHO, { 'x-large': 'x'.repeat(size) })
        .message(bytes('x'))
        .halfClose()
    t.equal((await call(3000).reply).status, GrpcCode.OK)
    t.not((await call(5000).reply).status, GrpcCode.OK)
    t.equal((await call(3000).reply).status, GrpcCode.OK)
  })

  await t.test('a peer that gives no sign of life is dropped', async (t) => {
    const served = await serve(t, under, {
      methods: [echo],
      limits: { ...LIMITS, keepaliveInterval_ms: 50, keepaliveTimeout_ms: 50 },
    })
    const alive = await H2Client.connect(served.address) // answers pings
    t.teardown(() => alive.close())
    const socket = connect(Number(served.address.split(':').at(-1)), '127.0.0.1')
    socket.on('error', () => {})
    socket.resume()
    // The preface and empty SETTINGS, and then nothing, not even answers to pings.
    socket.write(
      Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.from('000000040000000000', 'hex')]),
    )
    let dropped = false
    socket.on('close', () => {
      dropped = true
    })
    t.ok(await eventually(() => dropped))
    t.equal((await alive.open(ECHO).message(bytes('x')).halfClose().reply).status, GrpcCode.OK)
  })

  await t.test('a client that resets what the server has ended', async (t) => {
    const { method } = recorded((event, call) => {
      if (event !== 'hello') return
      call.send(bytes('answer'))
      call.end()
    })
    const { address, transport, faults, limitsHit } = await serve(t, under, { methods: [echo, method] })
    const other = await H2Client.connect(address)
    t.teardown(() => other.close())
    const client = await H2Client.connect(address)
    let resets = 0
    while (resets < 5000 && client.goaway === undefined && !client.session.destroyed) {
      const call = client.open(CHAT).message(bytes('hello'))
      await call.received(1)
      await call.reset().reply
      resets++
    }
    if ('survives' in under.resets) {
      t.ok(resets >= under.resets.survives, `${resets} resets`)
      t.equal(client.goaway, undefined)
    } else {
      const [min, max] = under.resets.endsAfter
      t.ok(resets >= min && resets <= max, `ended after ${resets} resets`)
      await client.closed
    }
    t.equal((await other.open(ECHO).message(bytes('x')).halfClose().reply).status, GrpcCode.OK, 'others are unharmed')
    t.equal((await unary(address, ECHO, bytes('x'))).code, GrpcCode.OK, 'and so is whoever connects anew')
    await client.close()
    await other.close()
    const before_ms = Date.now()
    await transport.drain(10_000)
    t.ok(Date.now() - before_ms < 9000, 'nothing is left to wait for')
    t.same({ faults, limitsHit }, { faults: [], limitsHit: [] })
  })
}

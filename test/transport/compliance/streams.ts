import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { CallError, GrpcCode, type Method, type StreamCall } from '../../../src/transport/transport.js'
import { eventually } from '../../support/eventually.js'
import { stream } from '../../support/grpc-client.js'
import { type H2Call, H2Client } from '../../support/h2-client.js'
import type { TransportUnderTest } from '../../support/transports.js'
import { answerOnce, bytes, CHAT, chat, ONCE, recorded, serve, text } from './serve.js'

export async function streamCalls(t: Test, under: TransportUnderTest): Promise<void> {
  await t.test('each message is answered at once, in order, without a half close', async (t) => {
    const { address } = await serve(t, under, { methods: [chat] })
    const call = stream(address, CHAT)
    for (const message of ['one', '', 'three']) {
      call.send(bytes(message))
      t.equal(text(await call.next()), message)
    }
    const many = Array.from({ length: 500 }, (_, i) => `message ${i}`)
    for (const message of many) call.send(bytes(message))
    t.equal((await call.end()).code, GrpcCode.OK)
    t.same((await call.rest()).map(text), many)
  })

  await t.test('a client that half-closes still hears', async (t) => {
    const later: Method = {
      path: CHAT,
      kind: 'stream',
      handler: (call) => ({
        message() {},
        halfClosed() {
          setImmediate(() => {
            call.send(bytes('after'))
            call.send(bytes('the half close'))
            call.end()
          })
        },
        gone() {},
      }),
    }
    const { address } = await serve(t, under, { methods: [later] })
    const call = stream(address, CHAT)
    t.equal((await call.end()).code, GrpcCode.OK)
    t.same((await call.rest()).map(text), ['after', 'the half close'])
  })

  await t.test('the server may end first, and the stream is over for both', async (t) => {
    const { address } = await serve(t, under, { methods: [answerOnce] })
    const call = stream(address, ONCE)
    call.send(bytes('hello'))
    t.equal((await call.status).code, GrpcCode.OK)
    t.equal(text(await call.next()), 'hello')
    t.equal(await call.next(), undefined)

    const client = await H2Client.connect(address)
    t.teardown(() => client.close())
    const silent = client.open(ONCE).message(bytes('hello')) // neither half-closes nor resets
    t.match(await silent.reply, { status: GrpcCode.OK, resetCode: 0, messages: { length: 1 } })
  })

  await t.test('what was sent before the end arrives, nothing after it', async (t) => {
    const endings: Readonly<Record<string, { act: (call: StreamCall) => void; code: GrpcCode; message: string }>> = {
      end: { act: (call) => call.end(), code: GrpcCode.OK, message: 'OK' },
      fail: {
        act: (call) => call.fail(new CallError(GrpcCode.ABORTED, 'no – enough')),
        code: GrpcCode.ABORTED,
        message: 'no – enough',
      },
    }
    for (const [name, { act, code, message }] of Object.entries(endings)) {
      const { method, events } = recorded((event, call) => {
        if (event !== 'go') return
        call.send(bytes('1'))
        call.send(bytes('2'))
        act(call)
        call.send(bytes('3'))
        call.end()
        call.fail(new CallError(GrpcCode.DATA_LOSS, 'too late'))
      })
      const { address, transport, faults } = await serve(t, under, { methods: [method] })
      const call = stream(address, CHAT)
      call.send(bytes('go'))
      call.send(bytes('ignored'))
      t.match(await call.end(), { code, message }, name)
      t.same((await call.rest()).map(text), ['1', '2'])
      await transport.close()
      t.same(events, ['opened', 'go'], 'no message, half close or gone after the end')
      t.same(faults, [])
    }
  })

  await t.test('a handler may answer and end before it returns', async (t) => {
    const method: Method = {
      path: CHAT,
      kind: 'stream',
      handler(call) {
        call.send(bytes('at once'))
        call.fail(new CallError(GrpcCode.UNAVAILABLE, 'draining'))
        return { message: () => t.fail('message'), halfClosed: () => t.fail('half'), gone: () => t.fail('gone') }
      },
    }
    const { address } = await serve(t, under, { methods: [method] })
    const call = stream(address, CHAT)
    call.send(bytes('x'))
    t.match(await call.end(), { code: GrpcCode.UNAVAILABLE, message: 'draining' })
    t.same((await call.rest()).map(text), ['at once'])
  })

  await t.test('a client that is away before it has an answer', async (t) => {
    const { method, events } = recorded(() => {})
    const { address, transport } = await serve(t, under, { methods: [method] })
    const client = await H2Client.connect(address)
    for (const code of ['NO_ERROR', 'CANCEL'] as const) client.open(CHAT).message(bytes(code)).reset(code)
    // A call may be over before the handler sees it; one that was opened has to be told.
    const count = (wanted: string) => events.filter((event) => event === wanted).length
    t.ok(await eventually(() => count('opened') > 0 && count('gone') === count('opened')), events.join())
    await transport.drain(5000)
    await client.closed
  })

  await t.test('a client that goes away is told once', async (t) => {
    const ways: Readonly<Record<string, (client: H2Client, call: H2Call) => unknown>> = {
      reset: (_, call) => call.reset(),
      'reset without an error': (_, call) => call.reset('NO_ERROR'),
      'connection lost': (client) => client.close(),
    }
    for (const [name, leave] of Object.entries(ways)) {
      let signal: AbortSignal | undefined
      const { method, events } = recorded((event, call) => {
        signal ??= call.gone
        if (event === 'gone') {
          call.send(bytes('nobody listens'))
          call.end()
        }
      })
      const { address, transport } = await serve(t, under, { methods: [method] })
      const client = await H2Client.connect(address)
      const call = client.open(CHAT).message(bytes('hello'))
      await eventually(() => events.includes('hello'))
      t.equal(signal?.aborted, false)
      await leave(client, call)
      t.ok(await eventually(() => events.includes('gone')), name)
      t.ok(await eventually(() => signal?.aborted === true))
      await client.close()
      await transport.close()
      t.same(events, ['opened', 'hello', 'gone'], name)
    }
  })

  await t.test('a deadline ends a stream', async (t) => {
    const { method, events } = recorded((event, call) => {
      if (event === 'hello') call.send(bytes('answer'))
    })
    const { address } = await serve(t, under, { methods: [method] })
    const client = await H2Client.connect(address)
    t.teardown(() => client.close())
    const call = client.open(CHAT, { 'grpc-timeout': '60m' }).message(bytes('hello'))
    t.match(await call.reply, { status: GrpcCode.DEADLINE_EXCEEDED, messages: { length: 1 } })
    t.ok(await eventually(() => events.includes('gone')))
    t.same(events, ['opened', 'hello', 'gone'])
  })

  await t.test('what a sink throws ends the call as what a handler throws', async (t) => {
    for (const place of ['opened', 'hello', 'halfClosed']) {
      for (const thrown of [new CallError(GrpcCode.OUT_OF_RANGE, 'no such step'), new Error('the secret')]) {
        const { method, events } = recorded((event) => {
          if (event === place) throw thrown
        })
        const { address, faults, transport } = await serve(t, under, { methods: [method] })
        const call = stream(address, CHAT)
        call.send(bytes('hello'))
        const expected =
          thrown instanceof CallError
            ? { code: thrown.code, message: thrown.message }
            : { code: GrpcCode.INTERNAL, message: 'internal error' }
        t.match(await call.end(), expected, `${place} ${thrown.message}`)
        await transport.close()
        t.same(faults, thrown instanceof CallError ? [] : [{ fault: thrown, path: CHAT }])
        t.equal(events.at(-1), place, 'nothing follows')
      }
    }
  })

  await t.test('what a sink throws at a client that is gone is reported', async (t) => {
    const thrown = new Error('the secret')
    const { method, events } = recorded((event) => {
      if (event === 'gone') throw thrown
    })
    const { address, faults } = await serve(t, under, { methods: [method] })
    const client = await H2Client.connect(address)
    client.open(CHAT).message(bytes('hello'))
    await eventually(() => events.includes('hello'))
    await client.close()
    t.ok(await eventually(() => faults.length === 1))
    t.same(faults, [{ fault: thrown, path: CHAT }])
  })

  await t.test('a client that does not read its answers is not read from', async (t) => {
    const messages = 300
    const size_bytes = 16 * 1024
    let taken = 0
    const method: Method = {
      path: CHAT,
      kind: 'stream',
      handler: (call) => ({
        message(request) {
          taken++
          call.send(request)
        },
        halfClosed: () => call.end(),
        gone() {},
      }),
    }
    const { address } = await serve(t, under, { methods: [method] })
    const client = await H2Client.connect(address)
    t.teardown(() => client.close())
    const call = client.open(CHAT)
    call.stream.pause()
    for (let i = 0; i < messages; i++) call.message(new Uint8Array(size_bytes))
    call.halfClose()
    await eventually(() => taken > 0)
    let before = 0
    while (taken !== before) {
      before = taken
      await sleep(50)
    }
    t.ok(taken < messages / 3, `stalled after ${taken} of ${messages} messages`)
    call.stream.resume()
    const reply = await call.reply
    t.equal(reply.status, GrpcCode.OK)
    t.equal(reply.messages.length, messages)
    t.equal(taken, messages)
  })
}

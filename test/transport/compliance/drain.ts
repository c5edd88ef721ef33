import { connect } from 'node:net'
import type { Test } from 'tap'
import { GrpcCode, type Method } from '../../../src/transport/transport.js'
import { eventually } from '../../support/eventually.js'
import { GrpcClient, unary } from '../../support/grpc-client.js'
import { H2Client } from '../../support/h2-client.js'
import { tempFolder } from '../../support/temp-folder.js'
import { observed, type TransportUnderTest } from '../../support/transports.js'
import { answerOnce, bytes, CHAT, chat, ECHO, echo, ONCE, serve, text, WAIT, waiting } from './serve.js'

export async function draining(t: Test, under: TransportUnderTest): Promise<void> {
  await t.test('calls in flight finish, nothing new comes in', async (t) => {
    const wait = waiting()
    const { address, transport, faults } = await serve(t, under, { methods: [wait.method, chat] })
    const client = new GrpcClient(address)
    t.teardown(() => client.close())
    const call = client.unary(WAIT, bytes('in flight'))
    const conversation = client.stream(CHAT)
    conversation.send(bytes('one'))
    await conversation.next()
    t.ok(await eventually(() => wait.begun === 1))

    let drained = false
    const drain = transport.drain(10_000).then(() => {
      drained = true
    })
    await t.rejects(transport.listen('127.0.0.1:0'), /draining/)
    t.equal((await unary(address, WAIT, bytes('new'))).code, GrpcCode.UNAVAILABLE)
    conversation.send(bytes('two'))
    t.equal(text(await conversation.next()), 'two', 'an open stream still talks')
    t.equal(drained, false)
    wait.release()
    t.match(await call, { code: GrpcCode.OK, response: bytes('in flight') })
    t.equal(drained, false)
    t.equal((await conversation.end()).code, GrpcCode.OK)
    await drain
    t.equal(wait.begun, 1)
    t.same(faults, [])
  })

  await t.test('what does not finish is cut off', async (t) => {
    const wait = waiting()
    let gone = 0
    const silent: Method = {
      path: CHAT,
      kind: 'stream',
      handler: () => ({ message() {}, halfClosed() {}, gone: () => gone++ }),
    }
    const { address, transport } = await serve(t, under, { methods: [wait.method, silent] })
    const client = await H2Client.connect(address)
    const call = client.open(WAIT).message(bytes('x')).halfClose()
    const conversation = client.open(CHAT).message(bytes('x'))
    t.ok(await eventually(() => wait.begun === 1))
    await transport.drain(100)
    t.equal((await call.reply).status, undefined)
    t.equal((await conversation.reply).status, undefined)
    await client.closed
    t.ok(await eventually(() => wait.gone === 1 && gone === 1), 'and the handlers know')
  })

  await t.test('a connection that is being lost holds nothing up', async (t) => {
    for (const where of ['127.0.0.1:0', `unix:${tempFolder(t)}/socket`]) {
      let closing: Promise<void> | undefined
      // When a handler is told, the connection is over for one half of the transport and not yet for the other.
      const telling: Method = {
        path: CHAT,
        kind: 'stream',
        handler: () => ({
          message() {},
          halfClosed() {},
          gone() {
            closing = transport.close()
          },
        }),
      }
      const transport = under.factory(observed({ methods: [telling, echo] }))
      const client = await H2Client.connect(await transport.listen(where))
      client.open(CHAT).message(bytes('x'))
      await client.open(ECHO).message(bytes('x')).halfClose().reply
      await client.close()
      t.ok(await eventually(() => closing !== undefined, 30_000), where)
      await closing
    }
  })

  await t.test('it does not wait for those who have nothing in flight', async (t) => {
    const { address, transport } = await serve(t, under, { methods: [echo, answerOnce] })
    const idle = await H2Client.connect(address)
    await idle.open(ECHO).message(bytes('x')).halfClose().reply
    const forgetful = await H2Client.connect(address)
    await forgetful.open(ONCE).message(bytes('x')).received(1) // never half-closes what the server has ended
    // Speaks no HTTP/2, and keeps its side open when the server closes.
    const mute = connect({ port: Number(address.split(':').at(-1)), host: '127.0.0.1', allowHalfOpen: true })
    mute.on('error', () => {})
    mute.resume()
    const muted = new Promise((resolve) => mute.on('close', resolve))
    await unary(address, ECHO, bytes('x'))
    const before_ms = Date.now()
    await transport.drain(20_000)
    t.ok(Date.now() - before_ms < 10_000)
    await Promise.all([idle.closed, forgetful.closed])
    mute.destroy()
    await muted
  })

  await t.test('close ends a drain under way; both may come twice', async (t) => {
    const wait = waiting()
    const { address, transport } = await serve(t, under, { methods: [wait.method] })
    const client = await H2Client.connect(address)
    client.open(WAIT).message(bytes('x')).halfClose()
    t.ok(await eventually(() => wait.begun === 1))
    const drains = [transport.drain(60_000), transport.drain(60_000)]
    await transport.close()
    await Promise.all(drains)
    await transport.drain(60_000)
    await client.closed
  })
}

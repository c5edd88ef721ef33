import type { Test } from 'tap'
import { CallError, GrpcCode, type Method } from '../../../src/transport/transport.js'
import { eventually } from '../../support/eventually.js'
import { GrpcClient, unary } from '../../support/grpc-client.js'
import { H2Client } from '../../support/h2-client.js'
import { observed, type TransportUnderTest } from '../../support/transports.js'
import { bytes, ECHO, echo, serve, text, WAIT, waiting } from './serve.js'

const THROW = '/test.Wire/Throw'

export async function unaryCalls(t: Test, under: TransportUnderTest): Promise<void> {
  await t.test('answers at once and later, whatever the size', async (t) => {
    const later: Method = { path: WAIT, kind: 'unary', handler: async (request) => request }
    const view: Method = { path: '/test.Wire/View', kind: 'unary', handler: () => bytes('--view--').subarray(2, 6) }
    const { address } = await serve(t, under, { methods: [echo, later, view] })
    for (const path of [ECHO, WAIT]) {
      for (const size_bytes of [0, 1, 5, 16_384, 65_536, 1_000_000]) {
        const request = new Uint8Array(size_bytes).map((_, i) => i % 251)
        const reply = await unary(address, path, request)
        t.equal(reply.code, GrpcCode.OK)
        t.ok(Buffer.from(request).equals(reply.response ?? bytes('none')), `${path} ${size_bytes} bytes`)
      }
    }
    t.equal(text((await unary(address, view.path, bytes(''))).response), 'view')
  })

  await t.test('a thrown or rejected CallError is the status', async (t) => {
    const codes = Object.values(GrpcCode).filter((code) => code !== GrpcCode.OK)
    const cases = [
      ...codes.map((code) => ({ code, message: `code ${code}`, arrives: `code ${code}` })),
      { code: GrpcCode.NOT_FOUND, message: '', arrives: '' },
      { code: GrpcCode.NOT_FOUND, message: 'line\nbreak, 100 % – é 漢 🙂', arrives: 'line\nbreak, 100 % – é 漢 🙂' },
      { code: GrpcCode.NOT_FOUND, message: 'half \ud83d of it', arrives: 'half \ufffd of it' },
    ]
    let next: CallError = new CallError(GrpcCode.UNKNOWN, '')
    const throws: Method = {
      path: THROW,
      kind: 'unary',
      handler() {
        throw next
      },
    }
    const rejects: Method = { path: WAIT, kind: 'unary', handler: () => Promise.reject(next) }
    const { address, faults } = await serve(t, under, { methods: [throws, rejects] })
    const client = new GrpcClient(address)
    t.teardown(() => client.close())
    for (const { code, message, arrives } of cases) {
      next = new CallError(code, message)
      for (const path of [THROW, WAIT]) {
        const reply = await client.unary(path, bytes('x'))
        t.match(reply, { code, message: arrives }, `${path} ${code} ${JSON.stringify(message)}`)
        t.notOk('response' in reply)
      }
    }
    t.same(faults, [])
  })

  await t.test('anything else thrown is a fault: reported, and INTERNAL without its text', async (t) => {
    for (const thrown of [new Error('the secret'), new TypeError('the secret'), 'the secret', undefined, null, 7]) {
      for (const kind of ['throws', 'rejects']) {
        const method: Method = {
          path: THROW,
          kind: 'unary',
          handler() {
            if (kind === 'rejects') return Promise.reject(thrown)
            throw thrown
          },
        }
        const { address, faults, transport } = await serve(t, under, { methods: [method] })
        const reply = await unary(address, THROW, bytes('x'))
        t.match(reply, { code: GrpcCode.INTERNAL, message: 'internal error' }, `${kind} ${String(thrown)}`)
        t.equal(faults.length, 1)
        t.equal(faults[0]?.fault, thrown)
        t.equal(faults[0]?.path, THROW)
        await transport.close()
      }
    }
  })

  await t.test('the handler sees who calls, and how', async (t) => {
    const seen: unknown[] = []
    const method: Method = {
      path: ECHO,
      kind: 'unary',
      handler(request, call) {
        const { path, authority, peer, deadline_ms } = call
        const first = ['x-session', 'user-agent', 'x-absent', 'grpc-timeout'].map((name) => call.metadata.get(name))
        seen.push({ path, authority, peer, deadline_ms, first })
        return request
      },
    }
    const { address } = await serve(t, under, { methods: [method] })
    const before_ms = Date.now()
    const client = await H2Client.connect(address)
    t.teardown(() => client.close())
    const headers = { ':authority': 'node.example:8080', 'x-session': 'abc', 'user-agent': 'old-client/1.2, fork' }
    await client.open(ECHO, headers).message(bytes('x')).halfClose().reply
    await client
      .open(ECHO, { ...headers, 'grpc-timeout': '50S' })
      .message(bytes('x'))
      .halfClose().reply
    t.match(seen, [
      { path: ECHO, authority: 'node.example:8080', peer: { address: /^127\.0\.0\.1:\d+$/ }, deadline_ms: undefined },
      { deadline_ms: Number },
    ])
    t.match(seen[0], { first: ['abc', 'old-client/1.2, fork', undefined] })
    const deadline_ms = Number(Reflect.get(Object(seen[1]), 'deadline_ms'))
    t.ok(deadline_ms >= before_ms + 50_000 && deadline_ms <= Date.now() + 50_000)
  })

  await t.test('1,000 calls at once', async (t) => {
    const wait = waiting()
    const { address } = await serve(t, under, { methods: [wait.method] })
    const client = new GrpcClient(address)
    t.teardown(() => client.close())
    const calls = Array.from({ length: 1000 }, (_, i) => client.unary(WAIT, bytes(`call ${i}`)))
    t.ok(await eventually(() => wait.begun === 1000), 'all are under way together')
    wait.release()
    const replies = await Promise.all(calls)
    t.same(
      replies.map(({ code, response }) => [code, text(response)]),
      replies.map((_, i) => [GrpcCode.OK, `call ${i}`]),
    )
  })

  await t.test('`gone` fires when the client goes, and when the call ends', async (t) => {
    const wait = waiting()
    const signals: AbortSignal[] = []
    const keeps: Method = {
      path: ECHO,
      kind: 'unary',
      handler(request, call) {
        signals.push(call.gone)
        return request
      },
    }
    const { address, faults } = await serve(t, under, { methods: [wait.method, keeps] })

    const resets = await H2Client.connect(address)
    const call = resets.open(WAIT).message(bytes('x')).halfClose()
    await eventually(() => wait.begun === 1)
    t.equal(wait.gone, 0)
    call.reset()
    t.ok(await eventually(() => wait.gone === 1), 'reset')

    resets.open(WAIT).message(bytes('x')).halfClose()
    await eventually(() => wait.begun === 2)
    await resets.close()
    t.ok(await eventually(() => wait.gone === 2), 'connection lost')

    const slow = unary(address, WAIT, bytes('x'), { timeout_ms: 30 })
    t.equal((await slow).code, GrpcCode.DEADLINE_EXCEEDED)
    t.ok(await eventually(() => wait.gone === 3), 'deadline')

    wait.release() // the handlers answer calls that are over: nothing happens
    t.equal((await unary(address, ECHO, bytes('x'))).code, GrpcCode.OK)
    t.ok(await eventually(() => signals[0]?.aborted === true), 'answered')
    t.same(faults, [])
  })

  await t.test('a handler that lets the abort reason through is not faulty', async (t) => {
    let stopped = false
    const method: Method = {
      path: WAIT,
      kind: 'unary',
      handler: (_, call) =>
        new Promise((_, reject) => {
          call.gone.addEventListener('abort', () => {
            stopped = true
            reject(call.gone.reason)
          })
        }),
    }
    const { address, faults } = await serve(t, under, { methods: [method] })
    t.equal((await unary(address, WAIT, bytes('x'), { timeout_ms: 20 })).code, GrpcCode.DEADLINE_EXCEEDED)
    t.ok(await eventually(() => stopped))
    t.same(faults, [])
  })

  await t.test('two methods on one path are refused', async (t) => {
    t.throws(() => under.factory(observed({ methods: [echo, echo] })), new RegExp(ECHO.replaceAll('.', '\\.')))
  })
}

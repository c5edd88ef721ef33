import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { GrpcCode, type Method } from '../../../src/transport/transport.js'
import { H2Client } from '../../support/h2-client.js'
import type { TransportUnderTest } from '../../support/transports.js'
import { bytes, CHAT, recorded, serve, WAIT } from './serve.js'

/** The handler takes 30 ms: longer than any timer that fired at once, shorter than any deadline meant to hold. */
const HANDLER_ms = 30

const SERVED = [
  '1S',
  '600H',
  '596H',
  '597H',
  '99999999H',
  '99999999M',
  '35792M',
  '99999999S',
  '2147484S',
  '2147483S',
  '99999999m',
  '2147483647m',
  '2147483648m',
  '4294967296m',
  '4294967297m',
  '99999999u',
  '9223372036854775807n',
  '1234567890n',
  `${'9'.repeat(400)}H`,
]
const EXPIRED = ['0n', '0H', '0m', '1n', '999u', '00000001m', '000000000001m', '1m']
const MALFORMED = ['', 'S', 'H', 'soon', '-', 'NaN', '∞', 'x'.repeat(1000)]

export async function deadlines(t: Test, under: TransportUnderTest): Promise<void> {
  const slow: Method = {
    path: WAIT,
    kind: 'unary',
    async handler(request) {
      await sleep(HANDLER_ms)
      return request
    },
  }

  await t.test('timeouts that hold, are over, or are none', async (t) => {
    const { address, faults } = await serve(t, under, { methods: [slow] })
    const client = await H2Client.connect(address)
    t.teardown(() => client.close())
    const end = (timeout: string) =>
      client.open(WAIT, { 'grpc-timeout': timeout }).message(bytes('x')).halfClose().reply
    const results = async (timeouts: readonly string[]) =>
      Object.fromEntries(await Promise.all(timeouts.map(async (timeout) => [timeout, (await end(timeout)).status])))
    const all = (timeouts: readonly string[], status: number) =>
      Object.fromEntries(timeouts.map((timeout) => [timeout, status]))

    t.same(await results(SERVED), all(SERVED, GrpcCode.OK))
    t.same(await results(EXPIRED), all(EXPIRED, GrpcCode.DEADLINE_EXCEEDED))
    for (const timeout of MALFORMED) {
      const { status } = await end(timeout)
      const answered: readonly (number | undefined)[] = [GrpcCode.INTERNAL, GrpcCode.INVALID_ARGUMENT, GrpcCode.OK]
      t.ok(answered.includes(status), `${timeout.slice(0, 20)}: ${status}`)
    }
    t.equal(client.goaway, undefined)
    t.same(faults, [])
  })

  await t.test('a stream without an end in sight stays open', async (t) => {
    const { method, events } = recorded((event, call) => {
      if (event === 'hello') call.send(bytes('answer'))
      if (event === 'halfClosed') call.end()
    })
    const { address } = await serve(t, under, { methods: [method] })
    const client = await H2Client.connect(address)
    t.teardown(() => client.close())
    const call = client.open(CHAT, { 'grpc-timeout': '99999999H' })
    await sleep(HANDLER_ms)
    call.message(bytes('hello'))
    await call.received(1)
    t.match(await call.halfClose().reply, { status: GrpcCode.OK, messages: { length: 1 } })
    t.same(events, ['opened', 'hello', 'halfClosed'])
  })

  await t.test('a deadline beyond any timer is not shown as a near one', async (t) => {
    const seen: (number | undefined)[] = []
    const method: Method = {
      path: WAIT,
      kind: 'unary',
      handler(request, call) {
        seen.push(call.deadline_ms)
        return request
      },
    }
    const { address } = await serve(t, under, { methods: [method] })
    const client = await H2Client.connect(address)
    t.teardown(() => client.close())
    const day_ms = 86_400_000
    for (const timeout of ['99999999H', '600H', '240H']) {
      await client.open(WAIT, { 'grpc-timeout': timeout }).message(bytes('x')).halfClose().reply
    }
    for (const [days, deadline_ms] of [
      [24.8, seen[0]],
      [24.8, seen[1]],
      [9.9, seen[2]],
    ] as const) {
      t.ok(deadline_ms === undefined || deadline_ms > Date.now() + days * day_ms, `${deadline_ms}`)
    }
    t.type(seen[2], 'number')
  })
}

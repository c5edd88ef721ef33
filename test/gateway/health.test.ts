import t, { type Test } from 'tap'
import type { Generation } from '../../src/adapters/adapter.js'
import { Health } from '../../src/gateway/health.js'
import { HealthCheckRequest, HealthCheckResponse } from '../../src/generated/grpc/health.js'
import { GrpcCode } from '../../src/transport/transport.js'
import { decode, encode, WireError } from '../../src/wire/index.js'
import { GrpcClient } from '../support/grpc-client.js'
import { observed, TRANSPORTS } from '../support/transports.js'

const CHECK = '/grpc.health.v1.Health/Check'
const WATCH = '/grpc.health.v1.Health/Watch'
const SERVING = 1
const NOT_SERVING = 2
const SERVICE_UNKNOWN = 3

function ask(service: string): Uint8Array {
  return encode(HealthCheckRequest, HealthCheckRequest.create({ service }))
}

function statusIn(bytes: Uint8Array | undefined): number | undefined {
  if (bytes === undefined) return undefined
  const message = decode(HealthCheckResponse, bytes)
  if (message instanceof WireError) throw message
  return message.status
}

for (const { name, factory } of TRANSPORTS) {
  const serve = async (t: Test, enabled: readonly Generation[] = ['v1-legacy', 'v2']) => {
    const health = new Health(enabled)
    const transport = factory(observed({ methods: health.methods }))
    const client = new GrpcClient(await transport.listen('127.0.0.1:0'))
    t.teardown(async () => {
      client.close()
      await transport.close()
    })
    return { health, client, transport }
  }

  t.test(`${name}: Check knows what is served and nothing else`, async (t) => {
    const { health, client } = await serve(t)
    const known = [
      '',
      'v1-legacy',
      'v2',
      'session.Session',
      'neo.fs.v2.session.SessionService',
      'grpc.health.v1.Health',
    ]
    for (const [serving, status] of [
      [false, NOT_SERVING],
      [true, SERVING],
      [false, NOT_SERVING],
    ] as const) {
      health.setServing(serving)
      for (const service of known) {
        const reply = await client.unary(CHECK, ask(service))
        t.equal(statusIn(reply.response), status, `'${service}' while serving is ${serving}`)
      }
    }
    for (const service of ['v1', 'atomix', 'session.v2.Session', 'atomix.session.SessionService', 'V2', 'nobody']) {
      t.equal((await client.unary(CHECK, ask(service))).code, GrpcCode.NOT_FOUND, service)
    }
  })

  t.test(`${name}: Watch streams every change`, async (t) => {
    const { health, client } = await serve(t)
    const call = client.stream(WATCH)
    call.send(ask('v2'))
    call.halfClose()
    t.equal(statusIn(await call.next()), NOT_SERVING)
    health.setServing(true)
    t.equal(statusIn(await call.next()), SERVING)
    health.setServing(true)
    health.setServing(false)
    t.equal(statusIn(await call.next()), NOT_SERVING, 'the same state is not sent twice')
    call.cancel()
    t.equal((await call.status).code, GrpcCode.CANCELLED)
  })

  t.test(`${name}: Watch of an unknown service stays open`, async (t) => {
    const { health, client } = await serve(t)
    const call = client.stream(WATCH)
    call.send(ask('atomix'))
    t.equal(statusIn(await call.next()), SERVICE_UNKNOWN)
    health.setServing(true)
    const other = client.stream(WATCH)
    other.send(ask(''))
    t.equal(statusIn(await other.next()), SERVING)
    call.cancel()
    other.cancel()
    t.strictSame(await call.rest(), [], 'changes of others are not its own')
  })

  t.test(`${name}: watches do not hold up a shutdown`, async (t) => {
    const { health, client, transport } = await serve(t)
    const call = client.stream(WATCH)
    call.send(ask(''))
    await call.next()
    health.close()
    t.equal((await call.status).code, GrpcCode.UNAVAILABLE)
    const late = client.stream(WATCH)
    late.send(ask(''))
    t.equal((await late.status).code, GrpcCode.UNAVAILABLE, 'nor do those that come afterwards')
    await transport.drain(60_000)
  })

  t.test(`${name}: bytes that are no request`, async (t) => {
    const { client } = await serve(t)
    const broken = Uint8Array.of(0x0a, 0x05, 0x61)
    t.equal((await client.unary(CHECK, broken)).code, GrpcCode.INTERNAL)
    const watch = client.stream(WATCH)
    watch.send(broken)
    t.equal((await watch.status).code, GrpcCode.INTERNAL)
    t.equal((await client.stream(WATCH).end()).code, GrpcCode.INTERNAL, 'a watch without a message')
  })
}

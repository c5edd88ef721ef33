import type { Test } from 'tap'
import { GrpcCode, type TlsConfig } from '../../../src/transport/transport.js'
import { certificates } from '../../support/fixtures.js'
import { type ClientTls, unary } from '../../support/grpc-client.js'
import { H2Client } from '../../support/h2-client.js'
import { observed, type TransportUnderTest } from '../../support/transports.js'
import { bytes, ECHO, echo, serve } from './serve.js'

const { authority, server, client, stranger } = certificates
const trusting: ClientTls = { authority }

export async function tls(t: Test, under: TransportUnderTest): Promise<void> {
  await t.test('encrypted', async (t) => {
    const { address } = await serve(t, under, { methods: [echo], tls: server })
    t.match(await unary(address, ECHO, bytes('x'), { tls: trusting }), { code: GrpcCode.OK, response: bytes('x') })
    t.equal((await unary(address, ECHO, bytes('x'), { timeout_ms: 2000 })).code, GrpcCode.UNAVAILABLE, 'plain text')
    t.match(await unary(address, ECHO, bytes('x'), { tls: trusting }), { code: GrpcCode.OK }, 'and it goes on')
  })

  await t.test('client certificates', async (t) => {
    const { address } = await serve(t, under, { methods: [echo], tls: { ...server, clientAuthority: authority } })
    const cases: [string, ClientTls, GrpcCode][] = [
      ['known', { ...trusting, ...client }, GrpcCode.OK],
      ['none', trusting, GrpcCode.UNAVAILABLE],
      ['stranger', { ...trusting, ...stranger }, GrpcCode.UNAVAILABLE],
      ['known again', { ...trusting, ...client }, GrpcCode.OK],
    ]
    for (const [name, tls, code] of cases) {
      t.equal((await unary(address, ECHO, bytes('x'), { tls, timeout_ms: 2000 })).code, code, name)
    }
  })

  await t.test('other certificates, while it serves', async (t) => {
    const { address, transport } = await serve(t, under, { methods: [echo], tls: server })
    const before = await H2Client.connect(address, trusting)
    transport.useTls(stranger)
    const call = (tls: ClientTls) => unary(address, ECHO, bytes('x'), { tls, timeout_ms: 2000 })
    t.equal((await call(trusting)).code, GrpcCode.UNAVAILABLE, 'the new certificate is of another authority')
    t.equal((await before.open(ECHO).message(bytes('x')).halfClose().reply).status, GrpcCode.OK, 'open ones go on')
    t.throws(() => transport.useTls({ ...server, privateKey: client.privateKey }), /tls\.privateKey does not belong/)
    transport.useTls(server)
    t.equal((await call(trusting)).code, GrpcCode.OK, 'and back')
  })

  await t.test('drains', async (t) => {
    const { address, transport } = await serve(t, under, { methods: [echo], tls: server })
    const h2 = await H2Client.connect(address, trusting)
    t.equal((await h2.open(ECHO).message(bytes('x')).halfClose().reply).status, GrpcCode.OK)
    await transport.drain(10_000)
    await h2.closed
  })

  await t.test('material that cannot work is refused, by name', async (t) => {
    const garbage = bytes('no PEM')
    const cases: [TlsConfig, RegExp][] = [
      [{ ...server, certificate: garbage }, /tls\.certificate/],
      [{ ...server, privateKey: garbage }, /tls\.privateKey/],
      [{ ...server, privateKey: client.privateKey }, /tls\.privateKey does not belong/],
      [{ ...server, clientAuthority: garbage }, /tls\.clientAuthority/],
    ]
    for (const [tls, message] of cases) t.throws(() => under.factory(observed({ tls })), message)
  })
}

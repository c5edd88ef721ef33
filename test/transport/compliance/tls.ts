import { connect as connectSocket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ConnectionOptions, connect, Server as TlsServer } from 'node:tls'
import { queryObjects } from 'node:v8'
import type { Test } from 'tap'
import {
  type ClientCertificate,
  GrpcCode,
  type Method,
  type Peer,
  type TlsConfig,
} from '../../../src/transport/transport.js'
import { certificates } from '../../support/fixtures.js'
import { type ClientTls, unary } from '../../support/grpc-client.js'
import { H2Client } from '../../support/h2-client.js'
import { tempFolder } from '../../support/temp-folder.js'
import { LIMITS, observed, type TransportUnderTest } from '../../support/transports.js'
import { bytes, CHAT, chat, ECHO, echo, serve, text } from './serve.js'

const { authority, server, client, stranger } = certificates
const trusting: ClientTls = { authority }

export async function tls(t: Test, under: TransportUnderTest): Promise<void> {
  await t.test('encrypted', async (t) => {
    const { address } = await serve(t, under, { methods: [echo], tls: server })
    t.match(await unary(address, ECHO, bytes('x'), { tls: trusting }), { code: GrpcCode.OK, response: bytes('x') })
    t.equal((await unary(address, ECHO, bytes('x'), { timeout_ms: 2000 })).code, GrpcCode.UNAVAILABLE, 'plain text')
    t.match(await unary(address, ECHO, bytes('x'), { tls: trusting }), { code: GrpcCode.OK }, 'and it goes on')
  })

  await t.test('a peer at a unix socket is one here, too', async (t) => {
    const peers: Peer[] = []
    const telling: Method = {
      path: ECHO,
      kind: 'unary',
      handler(request, call) {
        peers.push(call.peer)
        return request
      },
    }
    const { address, transport } = await serve(t, under, { methods: [telling], tls: server })
    const unix = await transport.listen(`unix:${tempFolder(t)}/socket`)
    const tls = { authority }
    t.equal((await unary(address, ECHO, bytes('x'), { tls })).code, GrpcCode.OK)
    t.equal((await unary(unix, ECHO, bytes('x'), { tls })).code, GrpcCode.OK)
    t.match(peers, [{ source: '127.0.0.1' }, { source: 'unix', address: 'unix' }])
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

  await t.test('what a handler is told of a client certificate', async (t) => {
    const seen: (ClientCertificate | undefined)[] = []
    const telling: Method = {
      path: ECHO,
      kind: 'unary',
      handler(request, call) {
        seen.push(call.certificate)
        return request
      },
    }
    const asked = { ...server, clientAuthority: authority }
    const cases: [tls: TlsConfig | undefined, client: ClientTls | undefined, told: object | undefined][] = [
      [undefined, undefined, undefined],
      [server, { ...trusting, ...client }, undefined],
      [
        asked,
        { ...trusting, ...client },
        { names: ['session-gateway test client'], fingerprint: /^([0-9A-F]{2}:){31}/ },
      ],
    ]
    for (const [tls, client, told] of cases) {
      const { address } = await serve(t, under, { methods: [telling], ...(tls === undefined ? {} : { tls }) })
      t.equal((await unary(address, ECHO, bytes('x'), client === undefined ? {} : { tls: client })).code, GrpcCode.OK)
      const certificate = seen.pop()
      if (told === undefined) t.equal(certificate, undefined)
      else t.match(certificate, told)
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

  await t.test('a stream goes on across reloads, and who comes then sees the new certificate', async (t) => {
    const { address, transport } = await serve(t, under, { methods: [chat], tls: server })
    const before = await H2Client.connect(address, trusting)
    const stream = before.open(CHAT).message(bytes('before'))
    t.same((await stream.received(1)).map(text), ['before'])
    transport.useTls(stranger)
    t.equal(await certificateOf(address), 'session-gateway test stranger')
    transport.useTls(server)
    t.equal(await certificateOf(address), 'localhost')
    t.same((await stream.message(bytes('after')).received(2)).map(text), ['before', 'after'])
    t.equal((await stream.halfClose().reply).status, GrpcCode.OK)
    t.equal(before.goaway, undefined)
    await before.close()
  })

  await t.test('reloads leave nothing behind', async (t) => {
    const { address, transport } = await serve(t, under, { methods: [echo], tls: server })
    const warnings: Error[] = []
    const warned = (warning: Error): void => void warnings.push(warning)
    process.on('warning', warned)
    t.teardown(() => process.removeListener('warning', warned))
    const secured = queryObjects(TlsServer, { format: 'count' })
    for (let n = 0; n < 100; n++) {
      transport.useTls(n % 2 === 0 ? stranger : server)
      if (n % 10 === 9) t.equal(await certificateOf(address), 'localhost')
    }
    t.ok(queryObjects(TlsServer, { format: 'count' }) <= secured + 2, 'no server is kept for each')
    t.same(
      warnings.filter(({ name }) => name === 'MaxListenersExceededWarning'),
      [],
    )
  })

  await t.test('TLS 1.2 and later, with HTTP/2 asked for', async (t) => {
    const { address, faults, limitsHit } = await serve(t, under, {
      methods: [echo],
      tls: server,
      // If what is refused kept its place, the next could not connect.
      limits: { ...LIMITS, connections: 1 },
    })
    const old = { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0', ALPNProtocols: ['h2'] } as const
    const table: readonly (readonly [name: string, options: ConnectionOptions, outcome: RegExp])[] = [
      ['TLS 1.1', { ...old, maxVersion: 'TLSv1.1' }, /ALERT_PROTOCOL_VERSION/],
      ['TLS 1.0', { ...old, maxVersion: 'TLSv1' }, /ALERT_PROTOCOL_VERSION/],
      ['TLS 1.2', { maxVersion: 'TLSv1.2', ALPNProtocols: ['h2'] }, /^h2 over TLSv1\.2$/],
      ['TLS 1.3', { minVersion: 'TLSv1.3', ALPNProtocols: ['h2'] }, /^h2 over TLSv1\.3$/],
      ['several', { ALPNProtocols: ['http/1.1', 'h2'] }, /^h2 over/],
      ['HTTP/1.1 alone', { ALPNProtocols: ['http/1.1'] }, /ALPN|APPLICATION_PROTOCOL|closed/i],
      ['no protocol', {}, /^closed$/],
    ]
    for (const [name, options, outcome] of table) {
      let said = ''
      // The place of the one before is free a moment later.
      await eventuallyAsync(async () => {
        said = await handshake(address, options)
        return outcome.test(said)
      })
      t.match(said, outcome, name)
    }
    t.same(faults, [])
    t.same(new Set(limitsHit.filter((limit) => limit !== 'limits.connections')), new Set())
  })

  await t.test('a client that does not agree on TLS in time gives back its place', async (t) => {
    const { address, limitsHit } = await serve(t, under, {
      methods: [echo],
      tls: server,
      limits: { ...LIMITS, connections: 1, tlsTimeout_ms: 200 },
    })
    const silent = connectSocket(Number(address.split(':').at(-1)), '127.0.0.1')
    await new Promise((resolve) => silent.on('close', resolve).resume())
    t.same(limitsHit, ['limits.tlsTimeout'])
    t.match(await unary(address, ECHO, bytes('x'), { tls: trusting }), { code: GrpcCode.OK })
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

/** The name in the certificate that a client is shown. */
function certificateOf(address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...hostAndPort(address), ALPNProtocols: ['h2'], rejectUnauthorized: false })
    socket.on('error', reject)
    socket.on('secureConnect', () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
  })
}

/** What comes of a TLS handshake: `h2 over TLSv1.3`, an error code, or `closed`. */
function handshake(address: string, options: ConnectionOptions): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ ...hostAndPort(address), ca: Buffer.from(authority), servername: 'localhost', ...options })
    socket.on('error', (error) => resolve('code' in error ? String(error.code) : error.message))
    socket.on('close', () => resolve('closed'))
    // The settings of HTTP/2; whoever is let in gets them.
    socket.once('data', () => {
      resolve(`${socket.alpnProtocol} over ${socket.getProtocol()}`)
      socket.destroy()
    })
  })
}

async function eventuallyAsync(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100 && !(await holds()); tries++) await sleep(20)
}

function hostAndPort(address: string): { host: string; port: number } {
  const [host = '', port] = address.split(':')
  return { host, port: Number(port) }
}

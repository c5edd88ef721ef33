import type { OutgoingHttpHeaders } from 'node:http2'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { Test } from 'tap'
import { GrpcCode } from '../../../src/transport/transport.js'
import { unary } from '../../support/grpc-client.js'
import { frame, H2Client } from '../../support/h2-client.js'
import type { TransportUnderTest } from '../../support/transports.js'
import { bytes, CHAT, chat, ECHO, echo, serve, text } from './serve.js'

interface Case {
  readonly name: string
  /** One write each. */
  readonly writes?: readonly Uint8Array[]
  readonly headers?: OutgoingHttpHeaders
  /** What a client may see of a unary call; any end at all where none is given. */
  readonly unary?: { readonly status?: readonly GrpcCode[]; readonly httpStatus?: number }
  readonly stream?: { readonly status?: readonly GrpcCode[]; readonly httpStatus?: number }
}

const hello = frame(bytes('hello'))
const refused = { status: [GrpcCode.UNIMPLEMENTED, GrpcCode.INTERNAL, GrpcCode.INVALID_ARGUMENT] }
const answered = { status: [GrpcCode.OK] }

const CASES: readonly Case[] = [
  { name: 'one message', writes: [hello], unary: answered, stream: answered },
  {
    name: 'a frame byte by byte',
    writes: [...hello].map((byte) => Uint8Array.of(byte)),
    unary: answered,
    stream: answered,
  },
  { name: 'no message', unary: refused, stream: answered },
  { name: 'two messages', writes: [hello, hello], unary: refused, stream: answered },
  { name: 'two messages in one write', writes: [Buffer.concat([hello, hello])], unary: refused, stream: answered },
  { name: 'a message cut off', writes: [hello.subarray(0, 7)], unary: refused },
  { name: 'a header cut off', writes: [hello.subarray(0, 3)], unary: refused },
  { name: 'a second message cut off', writes: [hello, hello.subarray(0, 7)] },
  {
    name: 'a length of 4 GiB',
    writes: [frame(bytes('x'), { length: 0xffffffff })],
    unary: { status: [GrpcCode.RESOURCE_EXHAUSTED] },
    stream: { status: [GrpcCode.RESOURCE_EXHAUSTED] },
  },
  { name: 'a length too long', writes: [frame(bytes('x'), { length: 6 })], unary: refused },
  { name: 'the compressed flag without an encoding', writes: [frame(bytes('x'), { compressed: true })] },
  { name: 'an unknown flag', writes: [Uint8Array.of(7, 0, 0, 0, 1, 65)] },
  {
    name: 'an unknown encoding',
    writes: [frame(bytes('x'), { compressed: true })],
    headers: { 'grpc-encoding': 'snappy' },
    unary: { status: [GrpcCode.UNIMPLEMENTED] },
    stream: { status: [GrpcCode.UNIMPLEMENTED] },
  },
  {
    name: 'bytes that are no gzip',
    writes: [frame(bytes('not gzip'), { compressed: true })],
    headers: { 'grpc-encoding': 'gzip' },
    unary: { status: [GrpcCode.INTERNAL, GrpcCode.UNIMPLEMENTED] },
    stream: { status: [GrpcCode.INTERNAL, GrpcCode.UNIMPLEMENTED] },
  },
  {
    name: 'gzip cut off',
    writes: [frame(gzipSync('x'.repeat(1000)).subarray(0, 20), { compressed: true })],
    headers: { 'grpc-encoding': 'gzip' },
    unary: { status: [GrpcCode.INTERNAL, GrpcCode.UNIMPLEMENTED] },
    stream: { status: [GrpcCode.INTERNAL, GrpcCode.UNIMPLEMENTED] },
  },
  {
    name: 'gzip of more than the limit',
    writes: [frame(gzipSync(new Uint8Array(5 * 1024 * 1024)), { compressed: true })],
    headers: { 'grpc-encoding': 'gzip' },
    unary: { status: [GrpcCode.RESOURCE_EXHAUSTED, GrpcCode.UNIMPLEMENTED] },
    stream: { status: [GrpcCode.RESOURCE_EXHAUSTED, GrpcCode.UNIMPLEMENTED] },
  },
  {
    name: 'a wrong content type',
    headers: { 'content-type': 'text/html' },
    unary: { httpStatus: 415 },
    stream: { httpStatus: 415 },
  },
  {
    name: 'no content type',
    headers: { 'content-type': undefined },
    unary: { httpStatus: 415 },
    stream: { httpStatus: 415 },
  },
  { name: 'no te header', writes: [hello], headers: { te: undefined }, unary: answered, stream: answered },
  { name: 'GET', writes: [hello], headers: { ':method': 'GET' } },
  { name: 'HEAD', writes: [hello], headers: { ':method': 'HEAD' } },
  { name: 'CONNECT', headers: { ':method': 'CONNECT', ':path': undefined, ':scheme': undefined, ':authority': 'x:1' } },
  { name: 'expect: 100-continue', writes: [hello], headers: { expect: '100-continue' } },
]

export async function malformedCalls(t: Test, under: TransportUnderTest): Promise<void> {
  await t.test('every call gets an end, and the connection lives on', async (t) => {
    const { address, faults } = await serve(t, under, { methods: [echo, chat] })
    const client = await H2Client.connect(address)
    t.teardown(() => client.close())
    for (const { name, writes = [], headers = {}, ...expected } of CASES) {
      for (const kind of ['unary', 'stream'] as const) {
        const call = client.open(kind === 'unary' ? ECHO : CHAT, headers)
        for (const bytes of writes) call.write(bytes)
        const reply = await call.halfClose().reply
        const { status, httpStatus } = expected[kind] ?? {}
        const seen = `${name}, ${kind}: HTTP ${reply.httpStatus}, status ${reply.status}`
        if (status !== undefined)
          t.ok(
            status.some((code) => code === reply.status),
            seen,
          )
        if (httpStatus !== undefined) t.equal(reply.httpStatus, httpStatus, seen)
        const good = await client.open(ECHO).message(bytes('good')).halfClose().reply
        t.match(good, { status: GrpcCode.OK, messages: [bytes('good')] }, `a good call after: ${name}, ${kind}`)
      }
    }
    t.equal(client.goaway, undefined)
    t.same(faults, [])
  })

  await t.test('a gzip message is unpacked or refused, by the transport and never by the handler', async (t) => {
    const { address } = await serve(t, under, { methods: [echo] })
    const client = await H2Client.connect(address)
    t.teardown(() => client.close())
    const packed = frame(gzipSync('hello'), { compressed: true })
    const reply = await client.open(ECHO, { 'grpc-encoding': 'gzip' }).write(packed).halfClose().reply
    if (reply.status === GrpcCode.OK) t.same(reply.messages.map(text), ['hello'])
    else t.equal(reply.status, GrpcCode.UNIMPLEMENTED)
  })

  await t.test('unknown methods', async (t) => {
    const { address } = await serve(t, under, { methods: [echo] })
    for (const path of ['/test.Wire/Nothing', '/test.wire/echo', '/test.Wire/Echo/', '/', '/test.Wire/100%']) {
      const reply = await unary(address, path, bytes('x'))
      t.equal(reply.code, GrpcCode.UNIMPLEMENTED, path)
      t.ok(reply.message.includes(path), reply.message)
    }
    const client = await H2Client.connect(address)
    t.teardown(() => client.close())
    const open = client.open('/test.Wire/Nothing').message(bytes('never half-closed'))
    t.equal((await open.reply).status, GrpcCode.UNIMPLEMENTED)
  })

  await t.test('headers that gRPC has no name or value for are not written anywhere', async (t) => {
    const { address } = await serve(t, under, { methods: [echo] })
    const written = (['log', 'warn', 'error', 'info'] as const).map((name) => t.capture(console, name))
    const client = await H2Client.connect(address)
    t.teardown(() => client.close())
    const headers = { 'x!odd': 'the secret', 'x-latin': 'caf\u00e9', 'x-bin': '!not base64!' }
    t.equal((await client.open(ECHO, headers).message(bytes('x')).halfClose().reply).status, GrpcCode.OK)
    for (const capture of written) t.same(capture(), [])
  })

  await t.test('what is not HTTP/2 harms nobody', async (t) => {
    const { address, faults } = await serve(t, under, { methods: [echo] })
    const port = Number(address.split(':').at(-1))
    for (const garbage of [
      'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
      '\0'.repeat(100),
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff',
    ]) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      socket.resume()
      const ended = new Promise((resolve) => socket.on('close', resolve))
      socket.end(Buffer.from(garbage, 'latin1'))
      await ended
    }
    t.equal((await unary(address, ECHO, bytes('x'))).code, GrpcCode.OK)
    t.same(faults, [])
  })
}

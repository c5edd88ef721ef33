import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { GrpcCode } from '../../../src/transport/transport.js'
import { unary } from '../../support/grpc-client.js'
import { H2Client } from '../../support/h2-client.js'
import { tempFolder } from '../../support/temp-folder.js'
import { observed, type TransportUnderTest } from '../../support/transports.js'
import { hasIpv6 } from './connections.js'
import { bytes, ECHO, echo, serve } from './serve.js'

export async function listening(t: Test, under: TransportUnderTest): Promise<void> {
  await t.test('the address in use is returned, and calls arrive there', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'transport-'))
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    const peers: string[] = []
    const transport = under.factory(
      observed({
        methods: [
          {
            path: ECHO,
            kind: 'unary',
            handler(request, call) {
              peers.push(call.peer.address)
              return request
            },
          },
        ],
      }),
    )
    t.teardown(() => transport.close())
    const cases: [string, RegExp][] = [
      ['127.0.0.1:0', /^127\.0\.0\.1:[1-9]\d*$/],
      ['127.0.0.1:0', /^127\.0\.0\.1:[1-9]\d*$/],
      ['localhost:0', /^(127\.0\.0\.1|\[::1\]):[1-9]\d*$/],
      [`unix:${join(folder, 'socket')}`, /^unix:.*socket$/],
    ]
    if (await hasIpv6()) cases.push(['[::1]:0', /^\[::1\]:[1-9]\d*$/])
    const addresses: string[] = []
    for (const [asked, expected] of cases) {
      const address = await transport.listen(asked)
      t.match(address, expected, asked)
      addresses.push(address)
    }
    t.equal(new Set(addresses).size, cases.length)
    for (const address of addresses) t.equal((await unary(address, ECHO, bytes('x'))).code, GrpcCode.OK, address)
    t.match(peers[0], /^127\.0\.0\.1:\d+$/)
    if (cases.length === 5) t.match(peers[4], /^\[::1\]:\d+$/)
    t.ok(peers[3], 'a unix peer has some name')
    await transport.close()
    for (const address of addresses) t.equal((await unary(address, ECHO, bytes('x'))).code, GrpcCode.UNAVAILABLE)
  })

  await t.test('an address that cannot be had is named, with the reason', async (t) => {
    const { address, transport } = await serve(t, under, { methods: [echo] })
    const cases: [string, RegExp][] = [
      [address, /in use/],
      ['192.0.2.1:0', /no such address/],
      ['no-such-host.invalid:0', /host name/],
      ['unix:/nowhere/at/all', /directory|denied|ENOENT/],
      ['127.0.0.1', /HOST:PORT/],
      ['127.0.0.1:', /port/],
      ['127.0.0.1:65536', /65535/],
      ['127.0.0.1:http', /port/],
      ['127.0.0.1:-1', /port/],
      [':8080', /host/],
      ['::1:8080', /\[IPV6\]/],
      ['unix:', /path/],
      ['', /HOST:PORT/],
    ]
    for (const [asked, reason] of cases) {
      const error: unknown = await transport.listen(asked).then(
        (got) => t.fail(`${asked} was listened to at ${got}`),
        (error: unknown) => error,
      )
      t.ok(error instanceof Error, asked)
      if (!(error instanceof Error)) continue
      t.match(error.message, reason)
      t.ok(error.message.includes(asked), error.message)
    }
    t.equal((await unary(address, ECHO, bytes('x'))).code, GrpcCode.OK, 'the others go on')
    const second = await transport.listen('127.0.0.1:0')
    t.equal((await unary(second, ECHO, bytes('x'))).code, GrpcCode.OK, 'and it can listen elsewhere')
  })

  await t.test('a unix socket: who may connect, who left it behind, and when it goes', async (t) => {
    const folder = tempFolder(t)
    const path = join(folder, 'socket')
    for (const [socketMode, mode] of [
      [undefined, 0o600],
      [0o660, 0o660],
      [0o666, 0o666],
    ] as const) {
      const { transport } = await serve(t, under, { methods: [echo] })
      const umask = process.umask()
      await transport.listen(`unix:${path}`, socketMode === undefined ? {} : { socketMode })
      t.equal(statSync(path).mode & 0o777, mode)
      t.equal(process.umask(), umask)
      t.equal((await unary(`unix:${path}`, ECHO, bytes('x'))).code, GrpcCode.OK)
      const other = under.factory(observed({ methods: [echo] }))
      await t.rejects(other.listen(`unix:${path}`), /in use/, 'somebody listens there')
      t.equal((await unary(`unix:${path}`, ECHO, bytes('x'))).code, GrpcCode.OK, 'and is not disturbed')
      await other.close()
      await transport.close()
      t.notOk(existsSync(path), 'it goes with its listener')
    }
    leaveSocketBehind(path)
    const { transport } = await serve(t, under, { methods: [echo] })
    await transport.listen(`unix:${path}`)
    t.equal((await unary(`unix:${path}`, ECHO, bytes('x'))).code, GrpcCode.OK, 'what was left behind is replaced')
    const file = join(folder, 'file')
    writeFileSync(file, 'mine')
    await t.rejects(transport.listen(`unix:${file}`), /in use/)
    t.equal(readFileSync(file, 'utf8'), 'mine', 'what is no socket stays')
  })

  await t.test('close cuts off, comes twice, and needs no listener', async (t) => {
    const unused = under.factory(observed({ methods: [echo] }))
    await unused.close()
    await unused.close()
    await t.rejects(unused.listen('127.0.0.1:0'), /127\.0\.0\.1:0/)

    const { address, transport } = await serve(t, under, { methods: [echo] })
    const client = await H2Client.connect(address)
    await Promise.all([transport.close(), transport.close(), client.closed])
  })

  await t.test('connections that never say a word are closed too', async (t) => {
    const { address, transport } = await serve(t, under, { methods: [echo] })
    const socket = connect(Number(address.split(':').at(-1)), '127.0.0.1')
    socket.on('error', () => {})
    socket.resume()
    const closed = new Promise((resolve) => socket.on('close', resolve))
    await new Promise((resolve) => socket.on('connect', resolve))
    await unary(address, ECHO, bytes('x')) // so the server has seen the other one
    await Promise.all([transport.close(), closed])
  })
}

/** A process that is killed leaves its socket there. */
function leaveSocketBehind(path: string): void {
  const script = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', script, path])
}

import { createServer, type Socket } from 'node:net'
import t from 'tap'
import { CreateRequest as CRequest, CreateResponse as CResponse } from '../../src/generated/v1/c.js'
import {
  CreateRequest,
  CreateResponse,
  CreateResponseBody,
  ResponseMetaHeader,
} from '../../src/generated/v2/session.js'
import { Identity, probe, type Report, ROWS, rowsOf, UnreachableError } from '../../src/probe/index.js'
import { decode, encode, WireError } from '../../src/wire/index.js'
import { bareServer, Refusal, unaryServer } from '../support/answering-server.js'
import { testGateway } from '../support/gateway.js'

type Asked = Partial<Parameters<typeof probe>[1]>

function probed(server: string, asked: Asked = {}): Promise<Report> {
  const all = { rows: ROWS, identity: Identity.throwaway(), repeat: 1, timeout_ms: 10_000, conformance: false }
  return probe(server, { ...all, ...asked })
}

/** Names by outcome. */
function outcomes({ rows }: Report): Record<string, string[]> {
  const names: Record<string, string[]> = {}
  for (const { outcome, name } of rows) {
    names[outcome] ??= []
    names[outcome].push(name)
  }
  return names
}

/** A unary handler elsewhere answers streaming clients only when they end their half, which they never do. */
const SILENCE_MS = 1000

const NAMES = ROWS.map(({ name }) => name)

t.test('everything works with the gateway, whatever the policy', async (t) => {
  for (const settings of [{}, { strict: 'true' }, { 'adapters.atomix.profile': 'v0.5' }, { epoch: 'fixed:0' }]) {
    const { grpc } = await testGateway(t, { 'admin.listen': 'off', ...settings })
    const report = await probed(grpc)
    t.same(outcomes(report), { works: NAMES }, JSON.stringify(settings))
    t.equal(report.works, true)
    for (const { latency_ms } of report.rows) t.ok(latency_ms !== null && latency_ms.min > 0)
  }
})

t.test('sessions are as asked for, and Atomix ones are closed', async (t) => {
  const { grpc, gateway } = await testGateway(t)
  const identity = Identity.parse('01'.repeat(32))
  await probed(grpc, { identity, rows: rowsOf('a2,2.25,atomix') })
  await probed(grpc, { identity, rows: rowsOf('c'), epoch: 7n })
  const answer = await fetch(`http://${gateway.ready.admin}/api/v1/sessions?state=open`)
  const found: unknown = await answer.json()
  t.match(found, {
    sessions: [
      { dialect: 'A2', lifetime: { expiration: String(2n ** 64n - 1n) } },
      { dialect: 'v2', lifetime: { expiration: '110' } },
      { dialect: 'C', lifetime: { notBefore: '7', expiration: '107' } },
    ],
  })
  t.match(found, { sessions: { length: 3 } })
})

t.test('a server without any of it', async (t) => {
  const report = await probed(await bareServer(t), { conformance: true })
  t.same(outcomes(report), { 'not served': NAMES })
  t.equal(report.works, false)
  t.match(report, { conformance: { survived: true, cases: [] } })
})

t.test('a gateway that serves one generation', async (t) => {
  const generations = { v1Legacy: 'v1-legacy', v1: 'v1', v2: 'v2', atomix: 'atomix' }
  for (const [kept, group] of Object.entries(generations)) {
    const off = Object.keys(generations).filter((each) => each !== kept)
    const settings = Object.fromEntries(off.map((each) => [`adapters.${each}.enabled`, 'false']))
    const { grpc } = await testGateway(t, { 'admin.listen': 'off', 'companions.enabled': 'false', ...settings })
    const expected = ROWS.map((row) => (row.group === group ? 'works' : 'not served'))
    t.same(
      (await probed(grpc)).rows.map(({ outcome }) => outcome),
      expected,
      kept,
    )
  }
})

const CREATED = {
  id: Buffer.from('0f0e0d0c0b0a49088706050403020100', 'hex'),
  sessionKey: Identity.throwaway().publicKey,
}

t.test("another implementation of C alone: other dialects can't be read, or get no answer", async (t) => {
  const server = await unaryServer(t, {
    '/session.Session/Create': (bytes) => {
      const request = decode(CRequest, bytes)
      if (request instanceof WireError) throw new Refusal(13, `grpc: error unmarshalling request: ${request.message}`)
      return encode(CResponse, CResponse.create(CREATED))
    },
  })
  const report = await probed(server, { timeout_ms: SILENCE_MS, rows: rowsOf('a0,a2,b,c,cx,d,e2,v2,atomix') })
  const absent = report.rows.map(({ name }) => name).filter((name) => name !== 'c' && name !== 'cx')
  t.same(outcomes(report), { works: ['c', 'cx'], 'not served': absent })
})

t.test('another implementation of C that reads anything it is sent', async (t) => {
  const server = await unaryServer(t, {
    '/session.Session/Create': () => encode(CResponse, CResponse.create(CREATED)),
  })
  const report = await probed(server, { timeout_ms: SILENCE_MS, rows: rowsOf('a2,v1') })
  t.same(outcomes(report), {
    // D has the same answer, so nothing tells that it was not understood.
    works: ['c', 'cx', 'd'],
    'not served': ['a2', 'e2', 'p2', 'p3'],
  })
})

t.test('a node of the releases: F0 and newer versions are not served, where others work', async (t) => {
  const server = await unaryServer(t, {
    '/neo.fs.v2.session.SessionService/Create': (bytes) => {
      const request = decode(CreateRequest, bytes)
      // It drops what it does not know and finds that the signature covers something else.
      if (request instanceof WireError) throw new Refusal(2, 'could not verify request: invalid signature')
      if (request.verifyHeader?.originSignature === undefined) throw new Refusal(2, 'missing origin signature')
      const body = CreateResponseBody.create(CREATED)
      return encode(CreateResponse, CreateResponse.create({ body, metaHeader: ResponseMetaHeader.create() }))
    },
  })
  const rows = rowsOf('f0,2.22,2.25')
  t.same(outcomes(await probed(server, { rows })), { works: ['2.22'], 'not served': ['f0', '2.25'] })
  const alone = await probed(server, { rows: rowsOf('2.25') })
  t.match(alone.rows, [{ outcome: 'fails', findings: [{ what: 'refused: UNKNOWN "missing origin signature"' }] }])
})

t.test('a refusal that shows understanding is no absence', async (t) => {
  const refuse = (code: number) => () => {
    throw new Refusal(code, 'no')
  }
  const server = await unaryServer(t, { '/session.Session/Create': refuse(7), '/session.v2.Session/Create': refuse(8) })
  const report = await probed(server, { rows: rowsOf('c,p2,p3') })
  t.same(
    report.rows.map(({ outcome, findings }) => [outcome, findings[0]?.what]),
    [
      ['fails', 'refused: PERMISSION_DENIED "no"'],
      ['fails', 'refused: RESOURCE_EXHAUSTED "no"'],
      ['not served', 'UNIMPLEMENTED "The server does not implement the method /neo.fs.v2.session.Session/Create"'],
    ],
  )
})

t.test('repeated, a row ends at its first failure', async (t) => {
  let calls = 0
  const server = await unaryServer(t, {
    '/session.Session/Create': () => {
      if (++calls === 3) throw new Refusal(13, 'grpc: error unmarshalling request')
      return encode(CResponse, CResponse.create(CREATED))
    },
  })
  const seen: string[] = []
  const progress = { show: (name: string) => void seen.push(name), advance: (count = 1) => void seen.push(`+${count}`) }
  const report = await probed(server, { rows: rowsOf('c,cx'), repeat: 5, progress })
  t.match(report.rows, [
    { name: 'c', outcome: 'fails', attempts: 3, latency_ms: { min: Number, median: Number, max: Number } },
    { name: 'cx', outcome: 'works', attempts: 5 },
  ])
  const advanced = seen.filter((each) => each.startsWith('+')).reduce((sum, each) => sum + Number(each), 0)
  t.equal(advanced, 10, 'also what is left out counts as done')
  for (const { latency_ms } of report.rows) {
    t.ok(latency_ms !== null && latency_ms.min <= latency_ms.median && latency_ms.median <= latency_ms.max)
  }
})

t.test('no server', async (t) => {
  const gone = await testGateway(t, { 'admin.listen': 'off' })
  await gone.gateway.stop()
  const reached = await probed(gone.grpc, { timeout_ms: 5000 }).catch((error: unknown) => error)
  t.ok(reached instanceof UnreachableError)
  t.match(reached, { message: new RegExp(`^can't reach ${gone.grpc}: .*ECONNREFUSED`) })
})

t.test('something else than a gRPC server', async (t) => {
  const others: Readonly<Record<string, (socket: Socket) => unknown>> = {
    silent: () => undefined,
    closing: (socket) => socket.destroy(),
    'of HTTP/1': (socket) => socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n'),
  }
  for (const [name, serve] of Object.entries(others)) {
    const sockets: Socket[] = []
    const server = createServer((socket) => {
      sockets.push(socket.on('error', () => {}))
      serve(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.teardown(() => {
      server.close()
      for (const socket of sockets) socket.destroy()
    })
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const reached = await probed(`127.0.0.1:${port}`, { timeout_ms: SILENCE_MS }).catch((error: unknown) => error)
    t.ok(reached instanceof UnreachableError, name)
    t.match(reached, { message: /^can't reach 127\.0\.0\.1:\d+: [^\n]+$/ }, name)
  }
})

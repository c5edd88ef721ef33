import t from 'tap'
import { CreateRequest, CreateResponse } from '../../src/generated/v1/c.js'
import { Identity, probe, type Report, ROWS, type rowsOf as RowsOf, rowsOf } from '../../src/probe/index.js'
import { decode, encode, WireError } from '../../src/wire/index.js'
import { Refusal, unaryServer } from '../support/answering-server.js'
import { testGateway } from '../support/gateway.js'

function conforming(server: string, rows: ReturnType<typeof RowsOf> | typeof ROWS = ROWS): Promise<Report> {
  const identity = Identity.throwaway()
  return probe(server, { rows, identity, repeat: 1, timeout_ms: 10_000, conformance: true })
}

/** `row: what was sent`, of the cases that are answered otherwise than by the genuine servers. */
function different({ conformance }: Report): string[] {
  return (conformance?.cases ?? []).filter(({ agrees }) => !agrees).map(({ row, sent }) => `${row}: ${sent}`)
}

/** docs/generations.md: work per request is bounded. */
const BOUNDED = ['2.21: a request through 32 nodes']
/** docs/generations.md, Atomix profiles: nothing that makes a client repeat the call for ever. */
const SAFE = [
  'atomix-v0.2: KeepAlive of an unknown session',
  'atomix-v0.2: CloseSession of an unknown session',
  'atomix-v0.2: CloseSession twice',
  'atomix-v0.2: a timeout of more nanoseconds than 63 bits',
  'atomix-v0.2: a timeout with too many nanos',
  'atomix-v0.2: a timeout of two signs',
]

t.test('the gateway differs where its documentation says so', async (t) => {
  const table: readonly [settings: Record<string, string>, expected: string[]][] = [
    [{}, [...BOUNDED, ...SAFE]],
    [{ 'adapters.atomix.profile': 'v0.1' }, BOUNDED],
    [{ 'adapters.atomix.profile': 'v0.5', 'limits.originChain': '40' }, []],
  ]
  for (const [settings, expected] of table) {
    const { grpc } = await testGateway(t, { 'admin.listen': 'off', ...settings })
    const report = await conforming(grpc)
    t.same(different(report), expected, JSON.stringify(settings))
    t.match(report, { works: true, conformance: { survived: true } })
    const { cases = [] } = report.conformance ?? {}
    for (const group of ['a2', 'b', 'c', 'e2', '2.10', '2.21', '2.25', 'atomix-v0.2', 'local-node-info']) {
      t.ok(
        cases.some(({ row }) => row === group),
        group,
      )
    }
  }
})

t.test('a gateway that verifies nothing is seen through', async (t) => {
  const off = { 'adapters.v2.signatures': 'off', 'adapters.v1Legacy.signatures': 'off', 'limits.originChain': '40' }
  const { grpc } = await testGateway(t, { 'admin.listen': 'off', 'adapters.v1Legacy.ownerCheck': 'off', ...off })
  const report = await conforming(grpc, rowsOf('a2,b,v2'))
  t.same(different(report), [
    'a2: a header signature in Init that is not valid',
    "a2: a token signed by another's key",
    'a2: a header signature in Signed that is not valid',
    'b: a header signature in Init that is not valid',
    "b: a token signed by another's key",
    'b: a header signature in Signed that is not valid',
    '2.10: an owner changed after signing',
    '2.21: an owner changed after signing',
    '2.21: no verification header',
    '2.21: no body signature',
    '2.21: no meta signature',
    '2.21: no origin signature',
    '2.21: signatures of scheme 7',
    '2.21: a meta header deeper than its signatures',
    '2.25: no body signature',
    '2.25: a request of 2.25 through a node of 2.24',
  ])
  t.equal(report.works, true, 'differences are told, and fail nothing')
  const told = report.conformance?.cases.find(({ sent }) => sent === 'no verification header')
  t.match(told, { row: '2.21', genuine: 'status 1026 or 1024', observed: 'accepted', reference: 'neofs-v2 §3.6' })
})

t.test('only cases of rows that work are run', async (t) => {
  const { grpc } = await testGateway(t, { 'admin.listen': 'off', 'adapters.atomix.enabled': 'false' })
  const { conformance } = await conforming(grpc, rowsOf('c,atomix'))
  t.same([...new Set(conformance?.cases.map(({ row }) => row))], ['c'])
})

const CREATED = {
  id: Buffer.from('0f0e0d0c0b0a49088706050403020100', 'hex'),
  sessionKey: Identity.throwaway().publicKey,
}

t.test('a server that does not survive fails, and nothing more is sent to it', async (t) => {
  let alive = true
  const server = await unaryServer(t, {
    '/session.Session/Create': (bytes) => {
      alive &&= !(decode(CreateRequest, bytes) instanceof WireError)
      if (!alive) throw new Refusal(14, 'gone')
      return encode(CreateResponse, CreateResponse.create(CREATED))
    },
  })
  const report = await conforming(server, rowsOf('c'))
  t.match(report, { works: false, rows: [{ outcome: 'works' }], conformance: { survived: false } })
  t.same(different(report), ['c: a lifetime that is over', 'c: an owner of 24 bytes'])
  t.equal(report.conformance?.cases.at(-1)?.sent, 'an owner of 24 bytes')
})

t.test('a server that refuses with UNAVAILABLE is still there', async (t) => {
  const server = await unaryServer(t, {
    '/session.Session/Create': (bytes) => {
      if (decode(CreateRequest, bytes) instanceof WireError) throw new Refusal(14, 'come again')
      return encode(CreateResponse, CreateResponse.create(CREATED))
    },
  })
  const report = await conforming(server, rowsOf('c'))
  t.match(report, { works: true, conformance: { survived: true } })
  t.same(different(report), [
    'c: a lifetime that is over',
    'c: an owner of 24 bytes',
    'c: a request cut short',
    'c: a lifetime of another wire type',
  ])
})

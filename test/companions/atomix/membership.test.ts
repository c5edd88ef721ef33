import t, { type Test } from 'tap'
import { membershipCompanion } from '../../../src/companions/atomix/membership.js'
import type { Companion } from '../../../src/companions/companion.js'
import { silentLogger } from '../../../src/log.js'
import { testGateway } from '../../support/gateway.js'
import { GrpcClient } from '../../support/grpc-client.js'
import { ManualClock, settled } from '../../support/manual-clock.js'
import { ManualEpochs } from '../../support/manual-epochs.js'
import { FakeStreamCall } from '../../support/stream-call.js'
import { atomixFile, bytesOf } from '../../support/vectors.js'

const PATH = '/atomix.membership.MembershipService/JoinGroup'
const JOINS = atomixFile().vectors.filter(({ path, message }) => path === PATH && message === 'request')
const JOIN = bytesOf(JOINS[0]?.hex ?? '')

function make(): {
  companion: Companion
  outcomes: string[]
  open: () => { call: FakeStreamCall; sink: ReturnType<typeof handle> }
} {
  const outcomes: string[] = []
  const observer = {
    signatureCheck() {},
    limit() {},
    companionCall: ({ outcome }: { outcome: string }) => void outcomes.push(outcome),
  }
  const companion = membershipCompanion({ epochs: new ManualEpochs(), observer, log: silentLogger }, 256)
  const open = () => {
    const call = new FakeStreamCall(PATH)
    return { call, sink: handle(companion, call) }
  }
  return { companion, outcomes, open }
}

function handle({ methods: [method] }: Companion, call: FakeStreamCall) {
  if (method?.kind !== 'stream') throw new Error('not a stream')
  return method.handler(call)
}

async function serve(t: Test, settings: Readonly<Record<string, string>> = {}, clock?: ManualClock) {
  const { gateway, grpc } = await testGateway(t, settings, clock === undefined ? {} : { clock })
  const client = new GrpcClient(grpc)
  t.teardown(() => client.close())
  return { gateway, client }
}

t.test('one empty message at once, then silence until the client leaves', async (t) => {
  t.equal(JOINS.length, 2)
  for (const { name, hex } of JOINS) {
    const { outcomes, open } = make()
    const { call, sink } = open()
    t.same(call.answers, [], `${name}: nothing before it asks`)
    sink.message(bytesOf(hex))
    t.same(call.answers, [''], `${name}: one empty message`)
    sink.halfClosed()
    sink.message(bytesOf(hex))
    t.same(call.answers, [''], `${name}: and no more`)
    t.same(outcomes, ['ok'])
    call.leave()
    sink.gone()
  }
})

t.test('closing ends what is open, and what comes later at its answer', async (t) => {
  const { companion, open } = make()
  const joined = open()
  joined.sink.message(JOIN)
  const silent = open()
  const left = open()
  left.sink.message(JOIN)
  left.sink.gone()
  companion.close?.()
  t.same(joined.call.answers, ['', 0], 'with OK: clients print anything else')
  t.same(silent.call.answers, [0], 'one that never asked')
  t.same(left.call.answers, [''], 'one that left is not touched')
  const late = open()
  late.sink.message(JOIN)
  t.same(late.call.answers, ['', 0], 'still answered: a client would wait for ever')
  companion.close?.()
})

t.test('what is no request', async (t) => {
  for (const hex of ['ff', '1205', '08']) {
    const { companion, outcomes, open } = make()
    const { call, sink } = open()
    sink.message(bytesOf(hex))
    t.same(call.answers, [13], hex)
    t.match(call.status?.message, /^grpc: failed to unmarshal the received message /)
    t.same(outcomes, ['malformed'])
    companion.close?.()
    t.same(call.answers, [13], 'ended once')
  }
  const { outcomes, open } = make()
  const { call, sink } = open()
  sink.halfClosed()
  t.same(call.answers, [13], 'a call without a message')
  t.same(outcomes, ['malformed'])
})

t.test('over the wire: it stays open, and ends when the client cancels', async (t) => {
  const { client } = await serve(t)
  const call = client.stream(PATH)
  call.send(JOIN)
  call.halfClose()
  t.equal((await call.next())?.length, 0)
  let ended = false
  void call.status.then(() => {
    ended = true
  })
  // Other calls come and go meanwhile.
  for (let n = 0; n < 3; n++) await client.unary('/grpc.health.v1.Health/Check', new Uint8Array(0))
  t.equal(ended, false)
  call.cancel()
  t.equal((await call.status).code, 1)
})

t.test('a join does not hold up a shutdown, and lasts as long as the grace', async (t) => {
  const clock = new ManualClock()
  const { gateway, client } = await serve(t, { 'shutdown.grace': '1s', 'shutdown.timeout': '60s' }, clock)
  const calls = [client.stream(PATH), client.stream(PATH)]
  for (const call of calls) {
    call.send(JOIN)
    call.halfClose()
    t.equal((await call.next())?.length, 0)
  }
  let ended = 0
  for (const call of calls) void call.status.then(() => ended++)
  const drained = gateway.drain()
  const late = client.stream(PATH)
  late.send(JOIN)
  t.equal((await late.next())?.length, 0, 'while draining, clients still get their answer')
  clock.advance(999)
  await settled()
  t.equal(ended, 0, 'the grace is not over')
  clock.advance(1)
  await drained
  for (const call of [...calls, late]) t.equal((await call.status).code, 0)
})

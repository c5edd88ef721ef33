import t, { type Test } from 'tap'
import { freshKey, ownerOf } from '../../clients/keys.js'
import { type Fields, sub, uint32, uint64 } from '../../clients/protos.js'
import { ask, pathOf, readReply } from '../../clients/v2-companions.js'
import { testGateway } from '../../support/gateway.js'
import { GrpcClient } from '../../support/grpc-client.js'
import { SeededRandom } from '../../support/seeded-random.js'
import { bytesOf, v2File } from '../../support/vectors.js'

const key = freshKey(new SeededRandom(50))
const owner = ownerOf(key, 'eraC')
const MINORS = Array.from({ length: 28 }, (_, minor) => minor)

async function serve(t: Test, settings: Readonly<Record<string, string>> = {}): Promise<GrpcClient> {
  const { grpc } = await testGateway(t, { epoch: 'fixed:900', ...settings })
  const client = new GrpcClient(grpc)
  t.teardown(() => client.close())
  return client
}

t.test('the empty, unsigned probe is answered at once', async (t) => {
  const client = await serve(t)
  const probe = v2File().vectors.find(({ name }) => name === 'balance/sdk-rc3')
  if (probe === undefined) throw new Error('no such vector')
  t.equal(probe.hex, '')
  const reply = await client.unary(probe.path, bytesOf(probe.hex), { timeout_ms: 5_000 })
  t.equal(reply.code, 2, 'as every version without statuses is refused')
  t.equal(reply.message, 'missing verification header')
})

t.test('nobody holds anything', async (t) => {
  const client = await serve(t)
  for (const minor of MINORS) {
    const reply = await ask(client, 'Balance', { minor, key }, { owner_id: { value: owner } })
    t.same([reply.code, reply.status], [0, 0], `2.${minor}: ${reply.message}`)
    t.equal(reply.isSigned, minor <= 21, `2.${minor}: signed`)
    const balance = sub(reply.body, 'balance')
    t.same([uint64(balance, 'value'), uint32(balance, 'precision')], [0n, 12], `2.${minor}`)
  }
})

t.test('whose balance it is has to be said', async (t) => {
  const client = await serve(t)
  const wrong = new Uint8Array(owner)
  wrong[24] = (wrong[24] ?? 0) ^ 1
  const table: readonly (readonly [body: Fields, message: RegExp])[] = [
    [{}, /^missing account$/],
    [{ owner_id: { value: owner.subarray(1) } }, /^invalid account .*invalid length 24, expected 25/],
    [{ owner_id: { value: wrong } }, /^invalid account .*checksum mismatch/],
  ]
  for (const [body, message] of table) {
    const older = await ask(client, 'Balance', { minor: 10, key }, body)
    t.match(older, { code: 2, message })
    for (const minor of [11, 21, 22, 25]) {
      t.match(await ask(client, 'Balance', { minor, key }, body), { code: 0, status: 1024, message }, `2.${minor}`)
    }
  }
})

t.test('what a genuine client was content with is well formed', async (t) => {
  const answer = v2File().vectors.find(({ name }) => name === 'response/balance-accepted-by-sdk-rc4')
  const reply = readReply('Balance', { minor: 21 }, bytesOf(answer?.hex ?? ''))
  t.equal(reply.status, 1026)
  const client = await serve(t)
  const tampering = ({ verify_header, ...rest }: Fields): Fields => rest
  const ours = await ask(client, 'Balance', { minor: 12, key, tampering })
  t.same(
    [ours.status, ours.message],
    [reply.status, reply.message],
    'and ours says the same where a version is announced',
  )
})

t.test('with signatures off, an unsigned question is answered', async (t) => {
  const client = await serve(t, { 'adapters.v2.signatures': 'off' })
  const { code } = await client.unary(pathOf('Balance'), new Uint8Array(0))
  t.equal(code, 2, 'the probe names no account')
  const tampering = ({ verify_header, ...rest }: Fields): Fields => rest
  const reply = await ask(client, 'Balance', { minor: 25, key, tampering }, { owner_id: { value: owner } })
  t.equal(reply.status, 0)
})

import t, { type Test } from 'tap'
import { freshKey } from '../../clients/keys.js'
import { messages, sub, text, uint32, uint64 } from '../../clients/protos.js'
import { ask, epochLength_ms, parameter, type Question, type Reply, readReply } from '../../clients/v2-companions.js'
import { testGateway } from '../../support/gateway.js'
import { GrpcClient } from '../../support/grpc-client.js'
import { SeededRandom } from '../../support/seeded-random.js'
import { bytesOf, hexOf, type V2Vector, v2File } from '../../support/vectors.js'

const key = freshKey(new SeededRandom(40))
const QUESTIONS = ['LocalNodeInfo', 'NetworkInfo', 'NetmapSnapshot'] as const
const SERVICE = '/neo.fs.v2.netmap.NetmapService/'
/** Every version that was released, and what is above. */
const MINORS = Array.from({ length: 28 }, (_, minor) => minor)

async function serve(t: Test, settings: Readonly<Record<string, string>> = {}) {
  const { gateway, grpc } = await testGateway(t, { epoch: 'fixed:900', ...settings })
  const client = new GrpcClient(grpc)
  t.teardown(() => client.close())
  return { client, grpc, publicKey: gateway.ready.publicKey }
}

/** What every answer to the service has to be. */
function checkAnswer(t: Test, question: Question, reply: Reply, minor: number, publicKey: string, name: string): void {
  t.equal(reply.code, 0, `${name}: gRPC code (${reply.message})`)
  t.equal(reply.status, 0, `${name}: status (${reply.message})`)
  t.equal(reply.isSigned, minor <= 21, `${name}: signed`)
  if (reply.isSigned) t.equal(hexOf(reply.signer), publicKey, `${name}: by the gateway's own key`)
  t.equal(uint64(reply.meta, 'epoch'), 900n, `${name}: epoch in the header`)
  t.ok(uint32(sub(reply.meta, 'version'), 'minor') <= minor, `${name}: no newer version in the header`)
  const node = question === 'LocalNodeInfo' ? sub(reply.body, 'node_info') : undefined
  if (node !== undefined) {
    const { public_key } = node
    t.same(public_key, bytesOf(publicKey), `${name}: the gateway's own key`)
    t.equal(node['state'], 1, `${name}: online`)
    t.match(sub(reply.body, 'version'), { major: 2, minor: 25 }, `${name}: the version to negotiate with`)
  }
}

t.test('what genuine clients sent', async (t) => {
  const { client, publicKey } = await serve(t)
  const vectors = v2File().vectors.filter(({ path, message }) => message === 'request' && path.startsWith(SERVICE))
  t.equal(vectors.length, 14)
  for (const vector of vectors) {
    const { name, path, hex } = vector
    t.equal(vector.expect.outcome, 'accepted')
    const question = questionOf(vector)
    const minor = minorOf(vector)
    const { code, message, response } = await client.unary(path, bytesOf(hex))
    if (response === undefined) throw new Error(`${name}: ${code} ${message}`)
    const reply = readReply(question, { minor }, response)
    checkAnswer(t, question, reply, minor, publicKey, name)
    t.equal(reply.isSigned, vector.expect.responseSigned, `${name}: signed as the vector says`)
    t.equal(sub(reply.meta, 'status') !== undefined, vector.expect.responseHasStatus, `${name}: status as it says`)
  }
})

t.test('what genuine clients went on with has what ours has', async (t) => {
  const { client } = await serve(t)
  const responses = v2File().vectors.filter(
    ({ name, path }) => name.startsWith('response/') && path.startsWith(SERVICE) && !path.endsWith('Snapshot'),
  )
  t.equal(responses.length, 5)
  for (const vector of responses) {
    const question = questionOf(vector)
    const minor = vector.expect.responseSigned === true ? 21 : 24
    const theirs = readReply(question, { minor }, bytesOf(vector.hex))
    const ours = await ask(client, question, { minor, key })
    t.same(shapeOf(ours.body), shapeOf(theirs.body), `${vector.name}: the same fields`)
  }
})

t.test('every version, every question, every scheme, with and without a body', async (t) => {
  const { client, publicKey } = await serve(t)
  for (const minor of MINORS) {
    for (const question of QUESTIONS) {
      const scheme = minor < 12 ? 0 : minor % 3 === 0 ? 2 : minor % 3 === 1 ? 1 : 0
      for (const withBody of [true, false]) {
        const name = `${question} of 2.${minor}, scheme ${scheme}, ${withBody ? 'with' : 'without'} body`
        const reply = await ask(client, question, { minor, key, scheme, withBody })
        checkAnswer(t, question, reply, minor, publicKey, name)
        if (question !== 'NetworkInfo') continue
        const info = sub(reply.body, 'network_info')
        t.equal(uint64(info, 'current_epoch'), 900n, name)
        t.equal(uint64(info, 'magic_number'), 15405n, name)
        t.equal(sub(info, 'network_config') !== undefined, minor >= 10, `${name}: settings where they are known`)
      }
    }
  }
  const unversioned = await ask(client, 'LocalNodeInfo', { minor: undefined, key })
  t.equal(unversioned.isSigned, true, 'no version counts as 2.0')
})

t.test('several addresses reach those who know that there can be several', async (t) => {
  const own = ['/dns4/a.example/tcp/8080', '10.0.0.1:8081', '/ip6/::1/tcp/8082/tls']
  const { client } = await serve(t, { 'companions.addresses': own.join() })
  const all = ['/dns4/a.example/tcp/8080', '/ip4/10.0.0.1/tcp/8081', '/ip6/::1/tcp/8082/tls']
  for (const minor of MINORS) {
    const { body } = await ask(client, 'LocalNodeInfo', { minor, key })
    t.same(sub(body, 'node_info')?.['addresses'], minor < 8 ? all.slice(0, 1) : all, `2.${minor}`)
  }
})

t.test('the map has the one node, at the epoch', async (t) => {
  const { client } = await serve(t)
  const { body } = await ask(client, 'NetmapSnapshot', { minor: 24, key })
  const netmap = sub(body, 'netmap')
  const local = await ask(client, 'LocalNodeInfo', { minor: 24, key })
  t.equal(uint64(netmap, 'epoch'), 900n)
  t.same(messages(netmap, 'nodes'), [sub(local.body, 'node_info')])
})

t.test('the length of an epoch, as clients reckon it', async (t) => {
  const table: readonly (readonly [settings: Record<string, string>, ms: number, blocks: number])[] = [
    [{}, 15_000, 240],
    [{ epoch: 'clock:store,1h' }, 15_000, 240],
    [{ epoch: 'clock:store,4m' }, 15_000, 16],
    [{ epoch: 'clock:store,7s' }, 7_000, 1],
    [{ epoch: 'clock:store,1h', 'companions.msPerBlock': '1000' }, 1_000, 3_600],
    [{ epoch: 'clock:store,1h', 'companions.epochDuration': '60' }, 60_000, 60],
    [{ epoch: 'manual:3', 'companions.msPerBlock': '1000', 'companions.epochDuration': '5' }, 1_000, 5],
  ]
  for (const [settings, ms, blocks] of table) {
    const { client } = await serve(t, settings)
    const { body } = await ask(client, 'NetworkInfo', { minor: 25, key })
    const info = sub(body, 'network_info')
    const config = sub(info, 'network_config')
    t.equal(uint64(info, 'ms_per_block'), BigInt(ms), JSON.stringify(settings))
    t.equal(parameter(config, 'EpochDuration'), BigInt(blocks), JSON.stringify(settings))
    t.equal(epochLength_ms(info), BigInt(ms * blocks))
    t.equal(parameter(config, 'MaxObjectSize'), 64n * 1024n * 1024n)
  }
})

t.test('signatures are checked as those of Create', async (t) => {
  const { client } = await serve(t)
  const other = freshKey(new SeededRandom(41))
  const tamperings = {
    'no verification header': ({ verify_header, ...rest }) => rest,
    'a wrong meta header': ({ meta_header, ...rest }) => ({
      ...rest,
      meta_header: { ...sub({ meta_header }, 'meta_header'), ttl: 3 },
    }),
    'the key of somebody else': (request) => {
      const verify = sub(request, 'verify_header')
      const signature = { ...sub(verify, 'body_signature'), key: other.publicKey }
      return { ...request, verify_header: { ...verify, body_signature: signature } }
    },
  } satisfies Record<string, NonNullable<Parameters<typeof ask>[2]['tampering']>>
  for (const [name, tampering] of Object.entries(tamperings)) {
    for (const minor of [0, 10, 11, 21, 22, 24, 25, 26]) {
      const reply = await ask(client, 'LocalNodeInfo', { minor, key, tampering })
      const got = minor < 11 ? reply.code : reply.status
      t.equal(got, minor < 11 ? 2 : 1026, `2.${minor}, ${name}: refused`)
      t.equal(reply.body, undefined)
      t.match(reply.message, /verification header/)
    }
  }
  const lax = await serve(t, { 'adapters.v2.signatures': 'off' })
  const unsigned = await ask(lax.client, 'NetworkInfo', {
    minor: 24,
    key,
    tampering: ({ verify_header, ...rest }) => rest,
  })
  t.equal(unsigned.status, 0, 'the policy of the generation is theirs, too')
})

t.test('bytes that are no request', async (t) => {
  const { client } = await serve(t)
  for (const question of QUESTIONS) {
    for (const hex of ['ff', '1205', '0a027f7f', '10', '1201']) {
      const { code, response } = await client.unary(`${SERVICE}${question}`, bytesOf(hex))
      t.same([code, response], [13, undefined], `${question} ${hex}`)
    }
  }
})

t.test('attributes are there, once, with values', async (t) => {
  const { client } = await serve(t)
  const { body } = await ask(client, 'LocalNodeInfo', { minor: 25, key })
  const attributes = messages(sub(body, 'node_info'), 'attributes').map((each) => [
    text(each, 'key'),
    text(each, 'value'),
  ])
  t.same(attributes, [
    ['Capacity', '100'],
    ['Price', '0'],
  ])
})

function questionOf({ path, name }: V2Vector): (typeof QUESTIONS)[number] {
  const question = QUESTIONS.find((each) => path === `${SERVICE}${each}`)
  if (question === undefined) throw new Error(name)
  return question
}

function minorOf({ clientVersion, name }: V2Vector): number {
  const minor = /^2\.(\d+)$/.exec(clientVersion ?? '')?.[1]
  if (minor === undefined) throw new Error(name)
  return Number(minor)
}

/** Which fields there are, and of which kind; of lists only that they are there. */
function shapeOf(value: unknown): unknown {
  if (value instanceof Uint8Array) return 'bytes'
  if (Array.isArray(value)) return 'list'
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)]))
}

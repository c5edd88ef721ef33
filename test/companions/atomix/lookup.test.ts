import t, { type Test } from 'tap'
import {
  controllerDatabases,
  controllerGroups,
  database,
  databases,
  type FoundDatabase,
  type Name,
} from '../../clients/atomix-companions.js'
import { testGateway } from '../../support/gateway.js'
import { GrpcClient } from '../../support/grpc-client.js'
import { atomixFile, bytesOf, hexOf } from '../../support/vectors.js'

async function serve(t: Test, settings: Readonly<Record<string, string>> = {}, authority?: string) {
  const { grpc } = await testGateway(t, settings)
  const client = new GrpcClient(grpc, authority === undefined ? {} : { authority })
  t.teardown(() => client.close())
  return { client, grpc }
}

/** Each way of asking for one database by name. */
const BY_NAME: readonly (readonly [way: string, ask: (client: GrpcClient, id: Name) => Promise<FoundDatabase[]>])[] = [
  ['ControllerService/GetDatabases', controllerDatabases],
  ['ControllerService/GetPartitionGroups', controllerGroups],
  ['DatabaseService/GetDatabase', async (client, id) => await database(client, id).then((one) => (one ? [one] : []))],
]

/** Each way of asking for all of a namespace. */
const BY_NAMESPACE: readonly (readonly [
  way: string,
  ask: (client: GrpcClient, namespace: string) => Promise<FoundDatabase[]>,
])[] = [
  ['ControllerService/GetDatabases', (client, namespace) => controllerDatabases(client, { namespace })],
  ['ControllerService/GetPartitionGroups', (client, namespace) => controllerGroups(client, { namespace })],
  ['DatabaseService/GetDatabases', databases],
]

const placed = (count: number, address: string) =>
  Array.from({ length: count }, (_, index) => ({ id: index + 1, address }))

t.test('what genuine clients sent, and the bytes that made them go on', async (t) => {
  const { client } = await serve(t, { 'companions.address': '10.0.0.1:5678' })
  const { vectors } = atomixFile()
  const hexNamed = (name: string) => vectors.find((vector) => vector.name === name)?.hex ?? 'none'
  // The third partition of the vector is somewhere else than the other two; here all are in one place.
  const inOnePlace = (name: string) => hexNamed(name).replaceAll('31302e302e302e32', '31302e302e302e31')
  const table: readonly (readonly [request: string, response: string])[] = [
    ['setup-getdatabases-client-v0.1.1', inOnePlace('setup-getdatabases-answer-3-partitions')],
    ['setup-getdatabase-client-v0.3.1-v0.4.1', inOnePlace('setup-getdatabase-answer-3-partitions')],
  ]
  for (const [name, response] of table) {
    const request = vectors.find((vector) => vector.name === name)
    if (request === undefined) throw new Error(name)
    const reply = await client.unary(request.path, bytesOf(request.hex))
    t.equal(reply.response && hexOf(reply.response), response, name)
  }
  for (const name of ['setup-getdatabases-all-client-v0.1.1', 'setup-getdatabases-client-v0.3.1-v0.4.1']) {
    const request = vectors.find((vector) => vector.name === name)
    const reply = await client.unary(request?.path ?? '', bytesOf(request?.hex ?? ''))
    t.equal(reply.code, 0, name)
    t.ok((reply.response?.length ?? 0) > 0, `${name}: a list that is not empty`)
  }
})

t.test('by default every name is a database of three partitions, where the client called', async (t) => {
  const { client, grpc } = await serve(t)
  for (const [way, ask] of BY_NAME) {
    for (const id of [{ name: 'db', namespace: 'ns' }, { name: 'other' }]) {
      t.same(await ask(client, id), [{ namespace: '', ...id, partitions: placed(3, grpc) }], `${way} ${id.name}`)
    }
  }
  for (const [way, ask] of BY_NAMESPACE) {
    t.same(await ask(client, 'ns'), [{ name: 'default', namespace: 'ns', partitions: placed(3, grpc) }], way)
  }
  t.equal(await database(client, undefined), undefined, 'no id')
  t.equal(await database(client, { namespace: 'ns' }), undefined, 'no name')
})

t.test('the partitions that are hosted, and where', async (t) => {
  const table: readonly (readonly [settings: Record<string, string>, count: number])[] = [
    [{ 'companions.partitions': '1' }, 1],
    [{ 'companions.partitions': '256' }, 256],
    [{ 'adapters.atomix.partitions': '5' }, 5],
    [{ 'adapters.atomix.partitions': '5', 'companions.partitions': '2' }, 5],
    [{ 'adapters.atomix.partitions': '4000000000' }, 256],
  ]
  for (const [settings, count] of table) {
    const { client } = await serve(t, { ...settings, 'companions.address': '[::1]:5678' })
    for (const [way, ask] of BY_NAME) {
      const [only] = await ask(client, { name: 'db' })
      t.same(only?.partitions, placed(count, '::1:5678'), `${way} with ${JSON.stringify(settings)}`)
    }
  }
})

t.test('the authority that the client used, so that mapped ports work', async (t) => {
  const table: readonly (readonly [authority: string, address: string])[] = [
    ['controller.example:15678', 'controller.example:15678'],
    ['127.0.0.1:49152', '127.0.0.1:49152'],
    ['[2001:db8::1]:5678', '2001:db8::1:5678'],
    ['controller.example', 'controller.example:80'],
  ]
  for (const [authority, address] of table) {
    const { client } = await serve(t, {}, authority)
    for (const [way, ask] of BY_NAME) {
      const [only] = await ask(client, { name: 'db' })
      t.same(only?.partitions, placed(3, address), `${way} at ${authority}`)
    }
  }
  const fixed = await serve(t, { 'companions.address': '10.0.0.1:5678' }, 'controller.example:15678')
  for (const [way, ask] of BY_NAME) {
    const [only] = await ask(fixed.client, { name: 'db' })
    t.same(only?.partitions, placed(3, '10.0.0.1:5678'), `${way}: what is configured wins`)
  }
  const odd = await serve(t, {}, 'a_b..c:1')
  const [only] = await controllerDatabases(odd.client, { name: 'db' })
  t.same(only?.partitions, placed(3, odd.grpc), 'what nobody could dial is not repeated')
})

t.test('databases by configuration', async (t) => {
  const { client } = await serve(t, { 'companions.databases': 'ns/db,everywhere' })
  for (const [way, ask] of BY_NAME) {
    const there = async (name: string, namespace: string) => (await ask(client, { name, namespace })).length
    t.same(
      [await there('db', 'ns'), await there('everywhere', 'x'), await there('db', 'x'), await there('other', 'ns')],
      [1, 1, 0, 0],
      way,
    )
  }
  for (const [way, ask] of BY_NAMESPACE) {
    const names = async (namespace: string) => (await ask(client, namespace)).map(({ name }) => name)
    t.same([await names('ns'), await names('x')], [['db', 'everywhere'], ['everywhere']], way)
  }
  const { vectors } = atomixFile()
  for (const name of ['setup-getdatabases-client-v0.1.1', 'setup-getdatabase-client-v0.3.1-v0.4.1']) {
    const request = vectors.find((vector) => vector.name === name)
    const none = await serve(t, { 'companions.databases': 'other/db' })
    const { code, response } = await none.client.unary(request?.path ?? '', bytesOf(request?.hex ?? ''))
    t.same([code, response?.length], [0, 0], `${name}: an unknown database is an empty answer`)
  }
})

t.test('names that are not UTF-8 come back as they are', async (t) => {
  const { client } = await serve(t)
  const { code, response } = await client.unary('/atomix.database.DatabaseService/GetDatabase', bytesOf('0a040a02fffe'))
  t.equal(code, 0)
  t.match(response && hexOf(response), /0a040a02fffe/)
})

t.test('bytes that are no request', async (t) => {
  const { client } = await serve(t)
  const paths = [
    '/atomix.controller.ControllerService/GetDatabases',
    '/atomix.controller.ControllerService/GetPartitionGroups',
    '/atomix.database.DatabaseService/GetDatabase',
    '/atomix.database.DatabaseService/GetDatabases',
  ]
  for (const path of paths) {
    for (const hex of ['ff', '0a05', '08']) t.equal((await client.unary(path, bytesOf(hex))).code, 13, `${path} ${hex}`)
  }
})

import { AtomixClient } from '../clients/atomix.js'
import { freshKey } from '../clients/keys.js'
import { Mutator } from '../clients/mutators.js'
import { type Fields, message } from '../clients/protos.js'
import { pathOf, type Question, requestOf } from '../clients/v2-companions.js'
import type { SeededRandom } from '../support/seeded-random.js'
import { atomixFile, bytesOf, v1File, v2File } from '../support/vectors.js'
import { ATOMIX, type Handshake, handshakes, SHARED_PATH, unaryRequests, V2_PATH } from './valid-requests.js'

/** A path of the gateway, and what may be sent to it. */
export interface Target {
  readonly path: string
  readonly isStream: boolean
  /** The gateway holds such calls open until their client leaves. */
  readonly isEndless: boolean
  /** What genuine clients send there. */
  readonly valid: readonly Uint8Array[]
  readonly mutator: Mutator
  /** Of the path that streaming clients of NeoFS share with others. */
  readonly handshakes?: readonly Handshake[]
}

/** By how often they are called. */
export type Targets = readonly (readonly [weight: number, target: Target])[]

/** Mutants of a long chain of origins only take time. */
const SIZE_MAX_BYTES = 5000
/** 2^64-1 as a varint: a session that lives up to it is never over, so memory could not be compared. */
const NO_END = Buffer.from('ffffffffffffffffff01', 'hex')
const CONTROLLER = '/atomix.controller.ControllerService'
const DATABASE = '/atomix.database.DatabaseService'
const MEMBERSHIP = '/atomix.membership.MembershipService'
const ENDLESS = ['/JoinGroup', '/Watch']
const QUESTIONS: readonly Question[] = ['LocalNodeInfo', 'NetworkInfo', 'NetmapSnapshot', 'Balance']
/** A session number in a mutant hits one of few sessions. */
const VICTIMS = 30

/** Every path of the gateway, and one that it has not. Sessions live up to `expiration`. */
export function fuzzTargets(random: SeededRandom, expiration: bigint): Targets {
  const unary = unaryRequests(random, expiration)
  const streaming = handshakes(random, expiration)
  const neoFs = (weight: number, path: string): readonly [number, Target] => {
    const valid = unary.filter((one) => one.path === path).map(({ request }) => request)
    const golden = goldenRequests(path)
    if (path !== SHARED_PATH) return [weight, target(random, path, false, valid, golden)]
    const inits = streaming.map(({ init }) => init)
    return [weight, { ...target(random, path, true, [...valid, ...inits], golden), handshakes: streaming }]
  }
  const atomix = (['OpenSession', 'KeepAlive', 'CloseSession'] as const).map((method): readonly [number, Target] => {
    const genuine = Array.from({ length: VICTIMS }, (_, at) => atomixRequest(method, BigInt(1 + at)))
    return [3, target(random, `${ATOMIX}/${method}`, false, genuine, goldenRequests(`${ATOMIX}/${method}`))]
  })
  const key = freshKey(random)
  const questions = QUESTIONS.map((question): readonly [number, Target] => {
    const valid = [undefined, 0, 13, 22, 25].map((minor) => requestOf(question, { minor, key }, {}))
    return [1, target(random, pathOf(question), false, valid)]
  })
  return [
    neoFs(12, SHARED_PATH),
    neoFs(6, V2_PATH),
    neoFs(2, '/session.v2.Session/Create'),
    neoFs(2, '/neo.fs.v2.session.Session/Create'),
    ...atomix,
    ...questions,
    ...around(random).map((one): readonly [number, Target] => [1, one]),
  ]
}

/** What is called around sessions, by clients, by hand and by machines. */
function around(random: SeededRandom): Target[] {
  const id = { name: 'default', namespace: 'test' }
  const rows: readonly (readonly [path: string, file: string, request: string, isStream: boolean, valid: Fields])[] = [
    [`${CONTROLLER}/GetDatabases`, 'atomix/controller', 'atomix.controller.GetDatabases', false, { id }],
    [`${CONTROLLER}/GetPartitionGroups`, 'atomix/controller', 'atomix.controller.GetPartitionGroups', false, { id }],
    [`${DATABASE}/GetDatabase`, 'atomix/database', 'atomix.database.GetDatabase', false, { id }],
    [`${DATABASE}/GetDatabases`, 'atomix/database', 'atomix.database.GetDatabases', false, { namespace: 'test' }],
    [`${MEMBERSHIP}/JoinGroup`, 'atomix/membership', 'atomix.membership.JoinGroup', true, { group_id: id }],
    ['/grpc.health.v1.Health/Check', 'grpc/health', 'grpc.health.v1.HealthCheck', false, { service: 'v2' }],
    ['/grpc.health.v1.Health/Watch', 'grpc/health', 'grpc.health.v1.HealthCheck', true, { service: 'atomix' }],
    ...(['v1', 'v1alpha'] as const).map((version) => {
      const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`
      const symbol = { host: 'here', file_containing_symbol: 'session.Session' }
      return [path, `grpc/reflection_${version}`, `grpc.reflection.${version}.ServerReflection`, true, symbol] as const
    }),
    ['/nobody.Serves/This', 'grpc/health', 'grpc.health.v1.HealthCheck', false, { service: 'v2' }],
  ]
  return rows.map(([path, file, request, isStream, valid]) =>
    target(random, path, isStream, [message(`${file}.proto`, `${request}Request`).encode(valid)]),
  )
}

function target(
  random: SeededRandom,
  path: string,
  isStream: boolean,
  valid: readonly Uint8Array[],
  golden: readonly Uint8Array[] = [],
): Target {
  const isEndless = ENDLESS.some((method) => path.endsWith(method))
  return { path, isStream, isEndless, valid, mutator: new Mutator(random, [...valid, ...golden]) }
}

function atomixRequest(method: 'OpenSession' | 'KeepAlive' | 'CloseSession', number: bigint): Uint8Array {
  const client = new AtomixClient({ version: 'v0.4.1', partition: 1 + Number(number % 3n), timeout_ms: 10_000 })
  if (method === 'OpenSession') return client.request(method)
  const header = { partition: client.wish.partition, session_id: number, index: number }
  return message('atomix/session.proto', `atomix.session.${method}Request`).encode({ header })
}

function goldenRequests(path: string): Uint8Array[] {
  return GOLDEN.filter((vector) => vector.path === path && vector.message === 'request')
    .map(({ hex }) => bytesOf(hex))
    .filter((bytes) => bytes.length < SIZE_MAX_BYTES && !Buffer.from(bytes).includes(NO_END))
}

const GOLDEN = [...v1File().vectors, ...v2File().vectors, ...atomixFile().vectors]

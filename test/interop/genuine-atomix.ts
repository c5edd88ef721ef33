import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { startGateway } from '../../src/gateway/gateway.js'
import { projectRoot } from '../support/fixtures.js'
import { recordingLogger, testConfig } from '../support/gateway.js'
import { goVersion } from './build.js'
import { PARTITIONS } from './genuine-atomix/calls.js'
import { type Explanation, type LockstepResult, runInLockstep } from './genuine-atomix/lockstep.js'
import { GenuineNode } from './genuine-atomix/node.js'
import { strictnessFaults } from './genuine-atomix/strictness.js'
import type { Row } from './row.js'
import { CACHE, runNicely } from './stacks/stack.js'

/** The gateway beside live genuine servers: the same random calls to both, and every answer compared. */

/** Which genuine server each profile copies. */
const VERSIONS = { 'v0.1.1': 'v0.1', 'v0.5.1': 'v0.5' } as const
type Version = keyof typeof VERSIONS
const CLIENT = 'go-framework with go-local'
const SEQUENCES = 10_000
const UNIMPLEMENTED = 12
const INTERNAL = 13
const UNREADABLE = 'grpc: error unmarshalling request: '

/** Each has its line under "Beside live genuine servers" in docs/generations.md. */
const EXPLANATIONS: readonly Explanation[] = [
  {
    name: 'words about unreadable requests',
    covers: (_call, genuine, ours) =>
      genuine.code === INTERNAL &&
      ours.code === INTERNAL &&
      genuine.message.startsWith(UNREADABLE) &&
      ours.message.startsWith(UNREADABLE),
  },
  {
    name: 'words about paths that are not served',
    covers: ({ method }, genuine, ours) =>
      method === undefined && genuine.code === UNIMPLEMENTED && ours.code === UNIMPLEMENTED,
  },
]

export interface GenuineOptions {
  readonly sequences?: number
  /** The same seed gives the same calls, but for those that time decides about. */
  readonly seed?: number
  readonly onRow?: (row: Row) => void
  /** Told what is about to be done, seed included: a run that hangs or crashes has said it. */
  readonly onProgress?: (text: string) => void
}

/** One row per version. */
export async function runGenuineAtomix(options: GenuineOptions = {}): Promise<Row[]> {
  const { onRow = () => {}, onProgress = () => {}, sequences = SEQUENCES } = options
  const rows: Row[] = []
  for (const version of ['v0.1.1', 'v0.5.1'] as const) {
    const name = `the same answers as \`${VERSIONS[version]}\` to ${sequences} random sequences of calls`
    const seed = options.seed ?? randomInt(2 ** 31)
    const row = { client: CLIENT, version, case: name, ...(await outcomeOf(version, sequences, seed, onProgress)) }
    rows.push(row)
    onRow(row)
  }
  return rows
}

type Outcome = Pick<Row, 'result' | 'detail'>

async function outcomeOf(
  version: Version,
  sequences: number,
  seed: number,
  onProgress: (text: string) => void,
): Promise<Outcome> {
  if (goVersion() === undefined) return { result: 'skipped', detail: 'there is no go here' }
  try {
    const binary = build(version)
    onProgress(`${CLIENT} ${version}: ${sequences} random sequences, seed ${seed}`)
    return await compare(version, binary, sequences, seed)
  } catch (error) {
    return { result: 'fails', detail: `seed ${seed}: ${error instanceof Error ? error.message : String(error)}` }
  }
}

async function compare(version: Version, binary: string, sequences: number, seed: number): Promise<Outcome> {
  const genuine = await GenuineNode.start(binary)
  const settings = { 'adapters.atomix.profile': VERSIONS[version], 'adapters.atomix.partitions': String(PARTITIONS) }
  const log = recordingLogger()
  const gateway = await startGateway(testConfig({ 'admin.listen': 'off', ...settings }), { log })
  try {
    const ours = gateway.ready.grpc[0] ?? ''
    const result = await runInLockstep({ genuine: genuine.address, ours, sequences, seed, explanations: EXPLANATIONS })
    const stricter = await strictnessFaults(genuine.address, ours)
    const crash = genuine.crash === undefined ? [] : [`the genuine server: ${genuine.crash}`]
    const faults = log.lines.filter(({ level }) => level === 'error').map(({ message }) => `the gateway: ${message}`)
    return verdict(result, seed, [...result.differences, ...stricter, ...crash, ...faults])
  } finally {
    await gateway.stop()
    await genuine.stop()
  }
}

function verdict(run: LockstepResult, seed: number, faults: readonly string[]): Outcome {
  const list = (counts: ReadonlyMap<unknown, number>) =>
    [...counts].map(([name, count]) => `${name}: ${count}`).join(', ')
  const summary =
    `seed ${seed}, ${run.sequences} sequences, ${run.calls} calls; genuine gRPC codes ${list(run.codes)}; ` +
    `explained ${list(run.explained)}`
  if (faults.length === 0) return { result: 'works', detail: summary }
  return { result: 'fails', detail: [summary, ...faults].join('\n') }
}

function build(version: Version): string {
  const binary = join(CACHE, `genuine-atomix-${version}`)
  const folder = join(projectRoot(), 'test', 'interop', 'genuine-atomix', version)
  const env = { GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local', GOWORK: 'off' }
  runNicely('go', ['build', '-C', folder, '-o', binary, '.'], env)
  return binary
}

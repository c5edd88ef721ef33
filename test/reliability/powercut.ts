import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SeededRandom } from '../support/seeded-random.js'
import { connectGrpc } from './callers.js'
import { Child, ChildDied } from './child.js'
import { DiskModel } from './disk-model.js'
import { GatewayProcess } from './gateway-process.js'
import { Ledger, type LedgerEntry } from './ledger.js'
import type { Common, Run } from './options.js'
import { type Report, Skipped } from './report.js'
import { FIRST_EPOCH, MANUAL_EPOCH, MANY_CLIENTS } from './settings.js'
import { type Asked, type Looked, readLooked } from './store-child.js'
import { brokenPromises } from './store-file.js'
import { readTrace, traced } from './strace-calls.js'
import { Traffic } from './traffic.js'
import { handshakes, unaryRequests } from './valid-requests.js'

type PowerCutOptions = {
  /** Moments at which the power fails, in all traces together. */
  readonly points: number
  /** Of traffic, before and after the store was closed and opened again. */
  readonly seconds: number
  readonly connections: number
  readonly width: number
}

/**
 * A disk that does what it is told; and one on which every fifth sync fails, after which the system may take for
 * written what is not.
 */
const TRACES = [
  { disk: 'a good disk', inject: [], env: {} },
  // Syncs are counted by thread, and so there is only one that does any.
  { disk: 'failing syncs', inject: ['fdatasync:error=EIO:when=10+5'], env: { UV_THREADPOOL_SIZE: '1' } },
]
const PAUSE_MS = 20
const FAULTS_SHOWN = 10

interface Traced {
  readonly disk: string
  readonly folder: string
  readonly trace: string
  readonly ledger: Ledger
}

export const powercut: Run<PowerCutOptions> = {
  name: 'powercut',
  what: 'the writes and syncs of a busy run replayed up to random moments; what was not synced is there, is not, or is torn',
  short: { points: 50, seconds: 1, connections: 2, width: 8 },
  long: { points: 500, seconds: 3, connections: 4, width: 16 },

  async run(options, report) {
    if (spawnSync('strace', ['-V']).error !== undefined) throw new Skipped('there is no strace')
    for (const [index, kind] of TRACES.entries()) {
      const scratch = mkdtempSync(join(tmpdir(), 'session-gateway-'))
      try {
        const seed = options.seed + index
        const done = await trace(kind, scratch, { ...options, seed }, report)
        await cutAll(done, join(scratch, 'cut'), { ...options, seed, points: options.points / TRACES.length }, report)
      } finally {
        rmSync(scratch, { recursive: true, force: true })
      }
    }
  },
}

/** A gateway from its first start on, with a clean end in the middle, traced until it is killed. */
async function trace(
  { disk, inject, env }: (typeof TRACES)[number],
  scratch: string,
  options: PowerCutOptions & Common,
  report: Report,
): Promise<Traced> {
  const random = new SeededRandom(options.seed)
  const file = join(scratch, 'trace')
  const ledger = new Ledger()
  const gateway = await GatewayProcess.start({
    store: 'lmdb:./data',
    restarts: true,
    directory: mkdtempSync(join(scratch, 'gateway-')),
    under: traced(file, inject),
    env,
    args: MANUAL_EPOCH,
    settings: { ...MANY_CLIENTS, 'shutdown.grace': '0' },
  })
  try {
    const requests = unaryRequests(random, FIRST_EPOCH + 1n)
    const handshaken = handshakes(random, FIRST_EPOCH + 1n)
    const { connections, width } = options
    const busy = async () => {
      const traffic = new Traffic({
        ...{ address: gateway.address, random, ledger, connect: connectGrpc, connections, width },
        ...{ requests, handshakes: handshaken, pause_ms: PAUSE_MS },
      })
      await sleep(options.seconds * 1000)
      return traffic
    }
    await (await busy()).stop()
    await gateway.restart('SIGTERM')
    const traffic = await busy()
    gateway.kill('SIGKILL')
    await Promise.all([gateway.exited, traffic.stop()])
  } finally {
    await gateway.dispose()
  }
  report.figure(`creates and closes, ${disk}`, ledger.done)
  report.check(ledger.done > 0, 'nothing was acknowledged')
  report.check(ledger.faults.length === 0, ledger.faults.slice(0, FAULTS_SHOWN).join('\n'))
  return { disk, folder: gateway.directory, trace: file, ledger }
}

async function cutAll(
  traced: Traced,
  into: string,
  { seed, points }: { seed: number; points: number },
  report: Report,
): Promise<void> {
  const { disk, folder, trace, ledger } = traced
  const random = new SeededRandom(seed)
  const model = new DiskModel(folder)
  const total = await countEvents(trace, model)
  const moments = Array.from({ length: points }, () => random.below(total)).sort((a, b) => a - b)
  const child = new Child<Asked>(new URL('./store-child.js', import.meta.url))
  let lost = 0
  let unopened = 0
  let syncsFailed = 0
  let at = 0
  try {
    for await (const event of readTrace(trace)) {
      const concerns = model.concerns(event)
      for (; concerns && moments[0] === at; moments.shift()) {
        model.cut(into, random)
        const faults = await faultsOf(child, join(into, 'data'), ledger, event.call.at_ms)
        rmSync(into, { recursive: true, force: true })
        lost += faults.lost.length
        unopened += faults.unopened.length
        const what = `${disk}, power cut before event ${at} of ${total} (${event.kind} of ${event.call.name})`
        const [fault] = [...faults.unopened, ...faults.lost]
        if (fault !== undefined && lost + unopened <= FAULTS_SHOWN) report.check(false, `${what}: ${fault}`)
      }
      if (event.kind === 'begin') model.begin(event.call)
      else model.end(event.call, event.end)
      if (event.kind === 'end' && event.call.name === 'fdatasync' && event.end.result < 0) syncsFailed += 1
      if (concerns) at += 1
    }
  } finally {
    child.kill()
  }
  // The model is of use only if it read the trace as the system did.
  const isRight = model.reads('data/data.mdb', readFileSync(join(folder, 'data', 'data.mdb')))
  report.check(isRight, 'the replay of the whole trace gives another file than there is')
  report.figure(`points, ${disk}`, points)
  report.check(lost + unopened === 0, `${disk}: ${lost} acknowledged lost, ${unopened} not opened`)
  report.figure('syncs failed', syncsFailed)
  report.figure('acknowledged lost', lost)
  report.figure('not opened', unopened)
}

async function countEvents(trace: string, model: DiskModel): Promise<number> {
  let count = 0
  for await (const event of readTrace(trace)) if (model.concerns(event)) count += 1
  return count
}

async function faultsOf(
  child: Child<Asked>,
  directory: string,
  ledger: Ledger,
  at_ms: number,
): Promise<{ readonly lost: string[]; readonly unopened: readonly string[] }> {
  let looked: Looked
  try {
    looked = readLooked(await child.ask({ kind: 'look', directory }))
  } catch (error) {
    if (error instanceof ChildDied) return { lost: [], unopened: [error.message] }
    throw error
  }
  if (looked.refused !== undefined) return { lost: [], unopened: [looked.refused] }
  if (looked.faults.length > 0) return { lost: [], unopened: looked.faults }
  const told = [...ledger.entries()].filter(({ createdAt_ms }) => createdAt_ms <= at_ms)
  return { lost: [...brokenPromises(told, looked.names, at_ms), ...reused(told, looked.numbers)], unopened: [] }
}

/** Numbers that clients have and that would be handed out again. */
function reused(told: readonly LedgerEntry[], next: ReadonlyMap<number, bigint>): string[] {
  return told.flatMap(({ name }) => {
    const [partition, number] = name.split(':')
    if (number === undefined || BigInt(number) < (next.get(Number(partition)) ?? 0n)) return []
    return [`${name} would be handed out again`]
  })
}
